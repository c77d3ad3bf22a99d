"""Proof of reliability: both sides of a sandbox live their lives while things go wrong, and nothing is lost."""

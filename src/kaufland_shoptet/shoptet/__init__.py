"""Shoptet's REST API."""

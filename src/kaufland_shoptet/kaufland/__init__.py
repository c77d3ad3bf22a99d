"""Kaufland's Marketplace Seller API."""

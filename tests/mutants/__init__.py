"""Bugs to be caught."""

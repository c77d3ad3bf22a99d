"""Flows: what is done with both APIs. Each can say what it would write before it writes anything."""

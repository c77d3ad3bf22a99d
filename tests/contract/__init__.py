"""The generated code against the vendors' documents. Skipped unless the documents are at hand.

Set ``KAUFLAND_OPENAPI`` and ``SHOPTET_OPENAPI`` to their paths.
"""

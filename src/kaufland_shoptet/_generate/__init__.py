"""Writes the resource modules from the vendors' OpenAPI documents.

The way of a document through this package::

    documents   load it, follow its references, fold the ways it says "or null"
    overlay     our names and words, from kaufland.toml and shoptet.toml
    shapes      schemas become attrs classes and enumerations, equal ones become one
    operations  paths become methods of a resource
    homes       which module each class lives in
    emit        the modules as text, formatted by ruff

``python -m kaufland_shoptet._generate --kaufland PATH --shoptet PATH`` writes both packages;
``python -m kaufland_shoptet._generate.drift`` compares them with newer documents instead.
"""

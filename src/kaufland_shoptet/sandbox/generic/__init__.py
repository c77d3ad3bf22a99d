"""Answers to the operations that have no behaviour of their own, made from the vendors' documents.

What is created is kept in memory and can be read, changed and removed again; every request is checked and
every answer fits the document. Nothing happens by itself, and what the documents leave to prose is ignored.
The tables are read when the first such operation is called.
"""

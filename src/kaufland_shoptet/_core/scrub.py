"""Blanking out what may be personal or secret in other people's words."""

from __future__ import annotations

import re

# Compiled when first needed: importing should cost next to nothing.
_MAIL = r"[^\s@<>\"',;]+@[^\s@<>\"',;]+"
_PRIVATE = (
    _MAIL + r"|[A-Za-z0-9_-]{32,}"  # keys, tokens, signatures
    r"|\+?\d[\d ()/-]{7,}\d"  # telephone and other long numbers
)


def scrub(text: str) -> str:
    """Blank out what looks like an e-mail address, a telephone number or a key.

    >>> scrub("no customer jan@example.cz, +420 601 000 111")
    'no customer ***, ***'
    """
    return re.sub(_PRIVATE, "***", text)


def scrub_mail(text: str) -> str:
    """Blank out what looks like an e-mail address.

    >>> scrub_mail("data.customer jan@example.cz")
    'data.customer ***'
    """
    return re.sub(_MAIL, "***", text)

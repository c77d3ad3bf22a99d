"""Blanking out what may be personal or secret in other people's words."""

from __future__ import annotations

import re

# Compiled when first needed: importing should cost next to nothing. Lengths are limited, so that a long text
# takes a time in proportion.
_MAIL = r"[^\s@<>\"',;]{1,64}+@[^\s@<>\"',;]{1,255}"
_PRIVATE = (
    _MAIL + r"|[A-Za-z0-9_-]{32,}"  # keys, tokens, signatures
    r"|\+?\d[\d ()/-]{7,}\d"  # telephone and other long numbers
)
_TELLING = (
    _MAIL + r"|(?=[a-z_-]{0,200}[A-Z0-9])[A-Za-z0-9_-]{32,}"  # not the vendors' long words
    r"|\+\d[\d ()/-]{7,}\d"
)
_CONTROL = r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+"
_LONGEST = 4000


def scrub(text: str) -> str:
    """Blank out what looks like an e-mail address, a telephone number or a key.

    >>> scrub("no customer jan@example.cz, +420 601 000 111")
    'no customer ***, ***'
    """
    return re.sub(_PRIVATE, "***", text)


def scrub_name(text: str) -> str:
    """The same for a code or a place, which may well have a long number or word in it.

    >>> scrub_name("data.customer jan@example.cz of 314568015200000")
    'data.customer *** of 314568015200000'
    """
    return re.sub(_TELLING, "***", text[:_LONGEST])


def told(value: object) -> str:
    r"""What a vendor tells, on one line and not too long; empty when it is no text.

    >>> told("wrong\nkey"), told(7), told(None), told({"a": 1})
    ('wrong key', '7', '', '')
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return re.sub(_CONTROL, " ", str(value)[:_LONGEST])

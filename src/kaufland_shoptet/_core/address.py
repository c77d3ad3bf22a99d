"""Addresses that may carry secrets."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
"""This machine itself."""


def sheltered(url: str) -> bool:
    """Whether nobody on the way to *url* can read along: https, or this machine itself.

    >>> sheltered("https://shop.example/x"), sheltered("http://127.0.0.1:8080"), sheltered("http://shop.example")
    (True, True, False)
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port  # which may be none
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))


def takes_keys(url: str) -> bool:
    """Whether paths can be put behind *url*: it is sheltered, and has no user, query, fragment or odd character.

    >>> takes_keys("https://api.example/v2"), takes_keys("https://me:secret@api.example"), takes_keys("https://x.cz/?a=1")
    (True, False, False)
    """
    plain = url.isascii() and url.isprintable() and not any(mark in url for mark in " \\?#@")
    return plain and sheltered(url)

"""Shoptet's REST API: its resources, each loaded when it is touched.

A resource taken from here makes values; on a client it makes calls.

>>> from kaufland_shoptet.shoptet import Products
>>> print(Products.get_by_code("32/ZEL"))
GET /api/products/code/32%2FZEL
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .resources import *  # noqa: F403


def __dir__() -> list[str]:
    from . import resources

    return resources.__all__


def __getattr__(name: str) -> Any:
    from . import resources

    if name not in resources.__all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(resources, name)

"""Shoptet's REST API: its resources, each loaded when it is touched.

A resource taken from here makes values; on a client it makes calls.

>>> from kaufland_shoptet.shoptet import Products
>>> print(Products.get_by_code("32/ZEL"))
GET /api/products/code/32%2FZEL
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .resources import *  # noqa: F403


def __dir__() -> list[str]:
    return import_module(".resources", __name__).__all__  # type: ignore[no-any-return]


def __getattr__(name: str) -> Any:
    resources = import_module(".resources", __name__)
    if name not in resources.__all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(resources, name)

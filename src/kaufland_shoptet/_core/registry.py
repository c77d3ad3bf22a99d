"""The list of operations of an API, readable without loading them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any

from attrs import frozen

from .request import Repeat


@frozen
class Operation:
    """One operation of an API, as the vendor and as we call it.

    Attributes:
        vendor_id: The ``operationId`` in the vendor's document.
        resource: The attribute of the client, such as ``order_units``.
        name: The method of the resource, such as ``send``.
        module: Where the resource is defined.
        owner: The resource's class.
        repeat: Whether it may be sent again when its outcome is unknown.
    """

    vendor_id: str
    method: str
    route: str
    resource: str
    name: str
    module: str
    owner: str
    repeat: Repeat

    def __str__(self) -> str:
        return f"{self.resource}.{self.name}: {self.method} {self.route}"

    @property
    def declared(self) -> Any:
        """The declaration itself; loads the resource."""
        owner: Any = getattr(import_module(self.module), self.owner)
        return inspect.getattr_static(owner, self.name)

    @property
    def build(self) -> Callable[..., Any]:
        """The function that builds the request; loads the resource."""
        build: Callable[..., Any] = self.declared.build
        return build

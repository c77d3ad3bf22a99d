"""Miniature documents, and what the generator makes of them."""

from __future__ import annotations

import itertools
import sys
from types import ModuleType
from typing import Any

from kaufland_shoptet._generate.documents import Document
from kaufland_shoptet._generate.overlay import Overlay
from kaufland_shoptet._generate.project import Project
from kaufland_shoptet._generate.vendors import KAUFLAND_VENDOR, SHOPTET_VENDOR, Vendor

_numbers = itertools.count()
PAGING = [
    {"name": name, "in": "query", "schema": {"type": "integer"}, "description": "one of several"}
    for name in ("page", "itemsPerPage")
]
HEADER = {"name": "Content-Type", "in": "header", "required": True, "schema": {"type": "string"}}
PAGINATOR = {"type": "object", "required": ["totalCount"], "properties": {"totalCount": {"type": "integer"}}}


def obj(required: str = "", /, **properties: Any) -> dict[str, Any]:
    """An object schema; *required* names the properties that have to be there, ``*`` all of them."""
    names = list(properties) if required == "*" else required.split()
    return {"type": "object", "properties": properties, "required": names, "additionalProperties": False}


def ref(name: str, **beside: Any) -> dict[str, Any]:
    """A reference to a component, with what stands beside it."""
    return {"$ref": f"#/components/schemas/{name}", **beside}


def document(paths: dict[str, Any] | None = None, **schemas: Any) -> Document:
    """A document with these paths and components."""
    return Document({"openapi": "3.1.0", "paths": paths or {}, "components": {"schemas": schemas}})


def operation(
    name: str,
    data: Any = None,
    *,
    status: int = 200,
    body: Any = None,
    parameters: list[Any] | None = None,
    envelope: Any = None,
    content: bool = True,
    kind: str = "application/json",
) -> dict[str, Any]:
    """An operation that answers ``{data: …}``."""
    answered = envelope or obj("data", data=data or {"type": ["object", "null"]})
    made: dict[str, Any] = {
        "operationId": name,
        "tags": ["Things"],
        "parameters": [HEADER, *(parameters or [])],
        "responses": {status: {"content": {kind: {"schema": answered}}} if content else {}},
    }
    if body is not None:
        made["requestBody"] = {"content": {"application/json": {"schema": body}}}
    return made


def project(
    source: Document,
    operations: dict[str, str] | dict[str, dict[str, Any]] | None = None,
    vendor: Vendor = SHOPTET_VENDOR,
    **sections: Any,
) -> Project:
    """Generate from *source*; *operations* gives each key a name or a whole entry."""
    given: dict[str, Any] = {}
    for method, path, _ in source.operations():
        key = f"{method} {path}"
        entry = (operations or {}).get(key, f"things.{_plain(method, path)}")
        full = {"name": entry} if isinstance(entry, str) else dict(entry)
        full.setdefault("name", f"things.{_plain(method, path)}")
        full.setdefault("summary", "Do a thing.")
        if method != "GET":
            full.setdefault("repeat", "never")
        given[key] = full
    overlay = Overlay.read(
        {"operation": given, "resource": {"things": {"tag": "Things", "summary": "Things."}}, **sections}
    )
    return Project.read(source, overlay, vendor)


def _plain(method: str, path: str) -> str:
    return "_".join(
        [method.lower(), *(part for part in path.replace("-", "_").split("/") if part and part[0] != "{")]
    )


def run(made: Project, name: str = "things") -> ModuleType:
    """Execute a generated module as if it stood in its package."""
    vendor = "kaufland" if "import KAUFLAND" in made.files[f"{name}.py"] else "shoptet"
    package = f"kaufland_shoptet.{vendor}.resources"
    full = f"{package}.miniature{next(_numbers)}"
    module = ModuleType(full)
    module.__package__ = package
    sys.modules[full] = module
    exec(compile(made.files[f"{name}.py"], full, "exec"), module.__dict__)
    return module


def kaufland(source: Document, operations: Any = None, **sections: Any) -> Project:
    """Generate in Kaufland's way."""
    return project(source, operations, KAUFLAND_VENDOR, **sections)

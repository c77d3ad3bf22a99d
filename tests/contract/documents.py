"""A second, independent reading of the documents: enough to make specimens and to validate with jsonschema."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from attrs import frozen
from jsonschema import Draft202012Validator

from kaufland_shoptet import KAUFLAND, SHOPTET

METHODS = ("get", "post", "put", "patch", "delete")
CANDIDATES = (
    *("text", "1", "12", "CZK", "CZ", "1.0", "1.00", "1.000", "1.0000", "1.00000000", "1.000000000", "00112"),
    *("2026-05-29", "2026-05-29T09:02:27+0200", "2026-05-29T09:02:27Z", "12345678", "#ff0000", "logo.png"),
    "0b5f1a7e-7d5c-11ee-8f1b-0242ac120002",
)
"""Texts to try until one fits a pattern."""
MOMENT, DAY, MONEY = "2026-05-29T09:02:27Z", "2026-05-29", "21.00"
PRECISE = {
    **dict.fromkeys(
        ("ts_created", "ts_updated", "ts_last_row_updated", "ts_completed", "ts_created_iso"), MOMENT
    ),
    **dict.fromkeys(("date_requested", "created_at"), MOMENT),
    "creationTime": "2026-05-29T09:02:27+0200",
    **dict.fromkeys(("begin_at", "end_at"), DAY),
    **dict.fromkeys(
        ("unitPriceWithVat", "unitPriceWithoutVat", "itemPriceWithVat", "itemPriceWithoutVat"), MONEY
    ),
    **dict.fromkeys(
        ("buyPriceWithVat", "buyPriceWithoutVat", "buyPriceVatRate", "vatRate", "taxValue"), MONEY
    ),
    **dict.fromkeys(("price", "priceRatio", "weight", "duration", "latitude", "longitude"), MONEY),
    **dict.fromkeys(("heurekaCPC", "maximalCPC", "maximalSearchCPC"), MONEY),
}
"""Strings of which the client knows more than the documents say."""


@frozen(eq=False)
class Vendor:
    """One API and its document."""

    api: Any
    root: Any
    corrected: dict[str, str]
    """Paths of the document that are broken -> the real ones."""

    def __str__(self) -> str:
        return str(self.api)

    def operations(self) -> Iterator[tuple[str, str, Any]]:
        """Method, path and node of every operation."""
        for path, item in self.root["paths"].items():
            for method in METHODS:
                if method in item:
                    yield method.upper(), path, item[method]

    def node(self, vendor_id: str) -> Any:
        """The operation with this id."""
        return next(node for _, _, node in self.operations() if node["operationId"] == vendor_id)

    def deref(self, node: Any) -> Any:
        """Follow a reference; what is beside it wins."""
        while "$ref" in node:
            target: Any = self.root
            for key in node["$ref"].removeprefix("#/").split("/"):
                target = target[key]
            beside = {key: value for key, value in node.items() if key != "$ref"}
            properties = {**target.get("properties", {}), **beside.pop("properties", {})}
            node = {**target, **beside, **({"properties": properties} if properties else {})}
        return node

    def success(self, node: Any) -> tuple[int, Any | None]:
        """Status and content of the answer that is not an error."""
        for status, response in node["responses"].items():
            if str(status).startswith("2"):
                contents = list(response.get("content", {}).values())
                return int(status), contents[0] if contents else None
        raise AssertionError(node["operationId"])

    def body(self, node: Any) -> Any | None:
        """Content of the request."""
        contents = list(node.get("requestBody", {}).get("content", {}).values())
        return contents[0] if contents else None

    def meant(self, schema: Any) -> Any:
        """A body schema; one of Shoptet's stands in a property called ``schema`` by mistake."""
        return schema.get("properties", {}).get("schema", schema)

    def parameters(self, node: Any) -> dict[str, Any]:
        """Query and path parameters by name."""
        found = [self.deref(each) for each in node.get("parameters", ())]
        return {each["name"]: each for each in found if each["in"] in ("query", "path")}

    def complaints(self, schema: Any, value: Any) -> list[str]:
        """What jsonschema finds wrong with *value*."""
        validator = Draft202012Validator({**_standard(schema), "components": self._components()})
        return [f"{error.json_path}: {error.message[:160]}" for error in validator.iter_errors(value)]

    @lru_cache(1)  # noqa: B019 - there are two of these, and they live as long as the tests
    def _components(self) -> Any:
        return _standard(self.root["components"])


def _standard(node: Any) -> Any:
    """OpenAPI 3.0's ``nullable`` in the words of JSON Schema."""
    if isinstance(node, list):
        return [_standard(each) for each in node]
    if not isinstance(node, dict):
        return node
    rest = {
        key: _standard(value) for key, value in node.items() if key not in ("nullable", "example", "examples")
    }
    if node.get("nullable") is True and not isinstance(node.get("nullable"), dict):
        return {"anyOf": [rest, {"type": "null"}]}
    return rest


def load(variable: str) -> Any | None:
    """The document that an environment variable points to."""
    name = os.environ.get(variable)
    if not name:
        return None
    raw = Path(name).read_bytes()
    if name.endswith(".json"):
        return json.loads(raw)
    import yaml

    return yaml.load(raw, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@lru_cache(1)
def vendors() -> tuple[Vendor, ...]:
    """The vendors whose documents are at hand."""
    broken = {"/api_orders_{code}_proforma-invoice.yaml": "/api/orders/{code}/proforma-invoice"}
    found = [
        (KAUFLAND, load("KAUFLAND_OPENAPI"), dict[str, str]()),
        (SHOPTET, load("SHOPTET_OPENAPI"), broken),
    ]
    return tuple(Vendor(api, root, fixes) for api, root, fixes in found if root is not None)


# Specimens


@frozen
class Maker:
    """Makes JSON values that a schema describes.

    Attributes:
        told: Use the examples of the document.
        all: Fill optional properties too.
        surprising: Add keys and enumeration values that nobody has heard of.
    """

    vendor: Vendor
    told: bool = False
    all: bool = True
    surprising: bool = False

    def make(self, node: Any, depth: int = 0, name: str = "") -> Any:
        """A value for *node*."""
        node = self.vendor.deref(node)
        shown = (
            [each for each in examples(node) if not self.vendor.complaints(node, each)] if self.told else []
        )
        if shown and not node.get("properties"):
            return shown[0]
        if "allOf" in node:
            return self._merged(node, depth, name)
        for keyword in ("oneOf", "anyOf"):
            options = [each for each in node.get(keyword, ()) if set(each) - {"required"}]
            real = [each for each in options if each.get("type") != "null"]
            if real:
                return self.make({**_plain(node), **self.vendor.deref(real[0])}, depth, name)
        kinds = node.get("type", "string" if "enum" in node else "object")
        kind = next((each for each in kinds if each != "null"), "null") if isinstance(kinds, list) else kinds
        if "enum" in node:
            return self._word(node, kind)
        return self._of_kind(kind, node, depth, name)

    def _merged(self, node: Any, depth: int, name: str) -> Any:
        parts = [self.vendor.deref(each) for each in node["allOf"]]
        merged: dict[str, Any] = {}
        for part in (*parts, {key: value for key, value in node.items() if key != "allOf"}):
            properties = {**merged.get("properties", {}), **part.get("properties", {})}
            required = [*merged.get("required", ()), *part.get("required", ())]
            merged = {**merged, **part, "properties": properties, "required": required}
        if not merged["properties"]:
            del merged["properties"]
        return self.make(merged, depth, name)

    def _word(self, node: Any, kind: str) -> Any:
        word = next(each for each in node["enum"] if each is not None)
        if self.surprising and kind == "string" and not self.told:
            return "something-new"
        return word

    def _of_kind(self, kind: str, node: Any, depth: int, name: str) -> Any:
        match kind:
            case "object":
                return self._object(node, depth)
            case "array":
                few = max(node.get("minItems", 1), 1)
                items = node.get("items", {})
                return [self.make(items, depth + 1, name) for _ in range(few)] if items and depth < 12 else []
            case "string":
                return self._text(node, name)
            case "integer" | "number":
                return max(int(node.get("minimum", 1)), 1)
            case "boolean":
                return True
        return None

    def _object(self, node: Any, depth: int) -> Any:
        properties, required = dict(node.get("properties", {})), list(node.get("required", ()))
        choices = [
            set(each["required"])
            for key in ("oneOf", "anyOf")
            for each in node.get(key, ())
            if set(each) == {"required"}
        ]
        if choices:
            required += choices[0]
            for name in set[str]().union(*choices) - choices[0]:
                del properties[name]
        wanted = [name for name in properties if (self.all and depth < 12) or name in required]
        wanted = [*wanted, *(name for name in properties if name not in wanted)][
            : max(len(wanted), node.get("minProperties", 0))
        ]
        made = {name: self.make(properties[name], depth + 1, name) for name in wanted}
        if self.surprising:
            made["keyNobodyKnows"] = {"a": [1, None]}
        return made

    def _text(self, node: Any, name: str) -> str:
        if name in PRECISE and not {"pattern", "format"} & node.keys():
            return PRECISE[name]
        form = node.get("format")
        if form == "date":
            return "2026-05-29"
        if form == "date-time":
            return "2026-05-29T09:02:27Z"
        pattern, longest = node.get("pattern", ""), node.get("maxLength", 10_000)
        for text in CANDIDATES:
            if len(text) <= longest and len(text) >= node.get("minLength", 0) and re.search(pattern, text):
                return text
        raise AssertionError(f"no text fits {pattern!r}")


def _plain(node: Any) -> dict[str, Any]:
    return {key: value for key, value in node.items() if key not in ("oneOf", "anyOf")}


def examples(node: Any) -> list[Any]:
    """The examples that stand with a schema."""
    several = node.get("examples")
    found = list(several) if isinstance(several, list) else []
    return [*([node["example"]] if "example" in node else []), *found]


def shown(content: Any) -> list[Any]:
    """The examples that stand with the content of a request or an answer."""
    named = content.get("examples", {})
    found = [each["value"] for each in named.values()] if isinstance(named, dict) else list(named)
    return [*([content["example"]] if "example" in content else []), *found]


_STRUCTURE = frozenset(
    {"properties", "items", "content", "application/json", "schema", "components", "schemas", "paths"}
)


def schemas(root: Any) -> Iterator[tuple[str, Any]]:
    """Every schema of a document with a readable name."""
    yield from _within(root["components"]["schemas"], (), names=True)
    yield from _within(root["paths"], (), names=True)


def _within(node: Any, path: tuple[str, ...], *, names: bool = False) -> Iterator[tuple[str, Any]]:
    if isinstance(node, list):
        for each in node:
            yield from _within(each, path)
    if not isinstance(node, dict):
        return
    if (
        not names
        and {"type", "$ref", "oneOf", "anyOf", "allOf", "enum", "properties"} & node.keys()
        and "in" not in node
    ):
        yield ".".join(path), node
    for key, each in node.items():
        if names or key not in ("example", "examples"):
            told = names or key not in _STRUCTURE
            yield from _within(
                each, (*path, str(key)) if told else path, names=key == "properties" and not names
            )

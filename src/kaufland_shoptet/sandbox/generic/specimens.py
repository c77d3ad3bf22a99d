"""Valid and plausible values for schemas, and rows bent into the shape of an answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from random import Random
from typing import Any, Final
from uuid import UUID

from attrs import define, evolve, field, frozen

from ..checks import Rule
from ..wire import is_array, is_object
from .rules import Rules
from .table import Schema, Table

__all__ = ["Maker", "Specimens"]

DEEP: Final = 8
"""From here on, objects hold no more than they have to."""

_NAMED: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (r"(.*_)?email.*|.*Email", ("jana.novakova{}@example.com",)),
    (r".*phone.*|.*Phone", ("+420777123456",)),
    (r".*([uU]rl|_uri|uri|Web)|download_url", ("https://shop.example/page-{}", "/page-{}/")),
    (r".*([cC]ountry_?[cC]ode)|country", ("CZ",)),
    (r".*[cC]urrency.*", ("CZK", "EUR")),
    (r".*[lL]anguage.*", ("cs",)),
    (r"locale", ("cs-CZ",)),
    (r"storefront", ("cz",)),
    (r"(.*_)?city|.*City", ("Praha",)),
    (r"(.*_)?street|.*Street.*|address", ("Dlouhá 12",)),
    (r".*(zip|postcode|postal_code).*|.*Zip", ("11000", "110 00")),
    (r".*([fF]ull_?[nN]ame|first_name|last_name|person).*", ("Jana Nováková",)),
    (r"ean|eans", ("4010355051486",)),
    (r".*_raw|.*(latitude|longitude)", ("50.08",)),
    (
        r".*([pP]rice|[rR]atio|[aA]mount|[wW]eight|[rR]ate|duration|CPC|[vV]alue|[vV]at)(WithV?at|WithoutV?at)?",
        ("1.00", "1.000", "1.0", "1.0000", "1.00000000", "1.000000000", "1"),
    ),
    (r".*[cC]olor.*", ("#aa3377",)),
    (r".*(file|image).*|.*(File|Image|filename)(Name)?", ("picture.png",)),
    (r".*[dD]escription|.*(text|note|message|remark)|.*(Text|Note|Message|Remark)", ("Made up for tests.",)),
)
"""What goes well with a name, with a number in it; the first text that the schema allows is taken."""
_TIMED: Final = re.compile(r"ts_.*|.*(_at|_requested)|.*(Time|Date|At|date|From|Until)|created|updated")
_USUAL: Final = (
    *("text", "1", "12", "CZK", "CZ", "1.0", "1.00", "1.000", "1.0000", "1.00000000", "1.000000000"),
    *("12345678", "a1", "00112345", "#aa3377", "picture.png"),
)
"""Texts to try when nothing goes well with the name."""
_SCALES: Final = (2, 3, 4, 1, 8, 9, 0)
"""Decimal places to try when a number has to become text."""


@frozen(eq=False)
class Specimens:
    """What makers of one API have in common. `stamp` writes a moment, `day` is what dates look like."""

    table: Table
    rules: Rules
    stamp: Callable[[datetime], str]

    def properties(self, schema: Schema) -> Mapping[str, Schema]:
        """The properties of an object; of alternatives, those of the first."""
        look = self.table.look(schema)
        for name in ("oneOf", "anyOf"):
            if name in look and "properties" not in look:
                return self.properties(look[name][0])
        found: Mapping[str, Schema] = look.get("properties", {})
        return found

    def fits(self, schema: Schema, value: Any) -> bool:
        """Is a value what the schema describes?"""
        return not any(True for _ in self.rules.rule(schema).flaws(value, ""))


@define(eq=False)
class Maker:
    """Makes values with one dice at one moment.

    A `lean` one leaves out what may be left out and writes null where it may: what nobody has said anything
    about. Otherwise everything is filled in.
    """

    common: Specimens
    dice: Random
    now: datetime
    lean: bool = False
    _above: tuple[str, ...] = field(default=())

    # -- making ------------------------------------------------------------------------------------------

    def make(self, schema: Schema, name: str = "") -> Any:
        """A value for a schema; `name` is what it is called."""
        if "$ref" in schema:
            inner = evolve(self, above=(*self._above, schema["$ref"]))
            if schema["$ref"] in self._above and schema.get("nullable"):
                return None
            return inner.make(self.common.table.look(schema), name)
        deep = len(self._above) > DEEP or len(set(self._above)) < len(self._above)
        if schema.get("nullable") and (deep or (self.lean and not _TIMED.fullmatch(name))):
            return None
        for keyword in ("oneOf", "anyOf"):
            if keyword in schema:
                return self.make(self.dice.choice(schema[keyword]), name)
        kind: Any = schema.get("type", "string" if "enum" in schema else "object")
        kind = kind[0] if is_array(kind) else kind
        if "enum" in schema:
            return self.dice.choice(schema["enum"])
        match kind:
            case "object":
                return self._object(schema, deep=deep)
            case "array":
                few = max(schema.get("minItems", 0), 0 if self.lean or deep else 1)
                return [self.make(schema.get("items", {}), name) for _ in range(few)]
            case "integer" | "number":
                return self._number(schema)
            case "boolean":
                return self.dice.random() < 0.5
            case "string":
                return self._text(schema, name)
            case _:
                return None

    def _object(self, schema: Schema, *, deep: bool) -> dict[str, Any]:
        properties: Mapping[str, Schema] = schema.get("properties", {})
        required = [*schema.get("required", ()), *schema.get("either", ((),))[0]]
        others = {name for each in schema.get("either", ((),))[1:] for name in each}
        wanted = [
            name for name in properties if name in required or not (self.lean or deep or name in others)
        ]
        spare = [name for name in properties if name not in wanted and name not in others]
        wanted += spare[: max(0, schema.get("minProperties", 0) - len(wanted))]
        return {name: self.make(properties[name], name) for name in wanted}

    def _number(self, schema: Schema) -> int:
        lowest = int(schema.get("minimum", 1))
        highest = int(schema.get("maximum", max(lowest, 1) + 99))
        step = int(schema.get("multipleOf", 1)) or 1
        return self.dice.randrange(lowest, highest + 1) // step * step

    def _text(self, schema: Schema, name: str) -> str:
        rule = self.common.rules.rule({**schema, "nullable": False})
        return next((text for text in self._texts(schema, name) if _passes(rule, text)), "")

    def _texts(self, schema: Schema, name: str) -> Iterator[str]:
        """Texts to try, the most plausible ones first."""
        if schema.get("format") == "date" or re.search(r"(_|^)(begin|end)(_at)?$", name):
            yield f"{self.now:%Y-%m-%d}"
        if schema.get("format") == "date-time" or _TIMED.fullmatch(name):
            yield self.common.stamp(self.now)
        if name.lower().endswith("guid") or schema.get("format") == "uuid":
            yield self.guid()
        number = self.dice.randrange(1, 1000)
        yield from (text.format(number) for text in _named(name))
        words = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name).capitalize() or "Text"
        longest = schema.get("maxLength", 1000)
        yield f"{words} {number}"[:longest].ljust(schema.get("minLength", 0), "x")
        yield f"{number:0{min(max(schema.get('minLength', 6), 3), 12)}d}"
        yield f"001{number:06d}"
        yield from (self.guid(), f"{self.now:%Y-%m-%d}", self.common.stamp(self.now), *_USUAL)
        yield "0" * schema.get("minLength", 0)

    def guid(self) -> str:
        """A GUID."""
        return str(UUID(int=self.dice.getrandbits(128), version=4))

    # -- bending -----------------------------------------------------------------------------------------

    def fit(self, value: Any, schema: Schema, name: str = "") -> Any:
        """The value as the schema has it: keys it does not know are left out, what is missing is made."""
        look = self.common.table.look(schema)
        if value is None:
            return None if look.get("nullable") else self.make(look, name)
        for keyword in ("oneOf", "anyOf"):
            if keyword in look:
                return self._fit_one(value, look, look[keyword], name)
        if is_object(value) and look.get("type", "object") == "object":
            return self._fit_object(value, look)
        if is_array(value) and look.get("type") == "array":
            made = [self.fit(each, look.get("items", {}), name) for each in value]
            return made if self.common.fits({**look, "items": {}}, made) else self.make(look, name)
        for candidate in self._readings(value):
            if self.common.fits(look, candidate):
                return candidate
        return self.make(look, name)

    def _fit_one(self, value: Any, look: Schema, options: list[Schema], name: str) -> Any:
        for candidate in self._readings(value):
            if any(self.common.fits(option, candidate) for option in options):
                return candidate
        closest = max(options, key=lambda each: _overlap(value, self.common.properties(each)))
        return self.fit(value, closest, name)

    def _fit_object(self, value: Mapping[str, Any], look: Schema) -> dict[str, Any]:
        properties: Mapping[str, Schema] = look.get("properties", {})
        if not properties and look.get("additionalProperties", True) is not False:
            return dict(value)
        found = {name: self.fit(value[name], properties[name], name) for name in properties if name in value}
        missing = [name for name in look.get("required", ()) if name not in value and name in properties]
        found |= {name: self.make(properties[name], name) for name in missing}
        return {name: found[name] for name in properties if name in found}

    def _readings(self, value: Any) -> Iterator[Any]:
        """The value, and others that mean the same."""
        yield value
        number = _decimal(value)
        if number is None:
            if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value):
                yield value[:10]
                yield self.common.stamp(_moment(value, self.now))
            return
        yield from (int(number) if number == int(number) else number, str(number))
        yield from (f"{number:.{places}f}" for places in _SCALES)


@lru_cache(2000)
def _named(name: str) -> tuple[str, ...]:
    """What goes well with a name."""
    return tuple(text for pattern, texts in _NAMED if re.fullmatch(pattern, name) for text in texts)


def _passes(rule: Rule, text: str) -> bool:
    return not any(True for _ in rule.flaws(text, ""))


def _overlap(value: Any, properties: Mapping[str, Any]) -> int:
    return len(value.keys() & properties.keys()) if is_object(value) else 0


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    return Decimal(value) if re.fullmatch(r"-?\d+(\.\d+)?", str(value)) else None


def _moment(text: str, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return now
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)

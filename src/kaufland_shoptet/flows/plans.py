"""Plans and reports: what would be written and why, and what came of it.

A plan is a value. It can be printed, kept as JSON, looked at by somebody else and applied later; it holds
no buyer's data and no keys.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar, Final, Literal, TypeAlias, get_args, get_origin

import cattrs
from attrs import frozen, has
from cattrs.v import format_exception

from .._tables import html_table, text_table
from ..errors import PlanError
from .changes import CHANGES, Change

__all__ = ["Mark", "Outcome", "Plan", "Report", "Result", "Skip"]


def __dir__() -> list[str]:
    return __all__


@frozen(kw_only=True)
class Skip:
    """Something that will not be done, and why.

    Attributes:
        subject: What it is about, such as an order number.
        storefront: Storefront code.
        reason: Why not.
        again: Whether a later run may see it differently, so that the walk has to come back to it.
    """

    subject: str
    storefront: str
    reason: str
    again: bool = False

    @property
    def row(self) -> tuple[str, str, str, str, str]:
        """The columns of a printed plan, as those of a change."""
        return "wait" if self.again else "skip", self.subject, self.storefront, "", self.reason


@frozen(kw_only=True)
class Mark:
    """A watermark to be moved once everything before it is done.

    Attributes:
        name: Which walk it belongs to, as the ledger calls it.
        to: Up to when the walk saw everything.
    """

    name: str
    to: datetime


@frozen(kw_only=True)
class Plan:
    """What a flow would write.

    Attributes:
        flow: Which flow made it and can apply it.
        shop: The shop it was made for.
        made: When.
        changes: What would be written, in order.
        skips: What would not, and why.
        marks: How far the walk came; moved when every change is done.
    """

    flow: str
    shop: str
    made: datetime
    changes: tuple[Change, ...]
    skips: tuple[Skip, ...] = ()
    marks: tuple[Mark, ...] = ()

    _columns: ClassVar = ("", "about", "storefront", "what", "why")

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.changes)

    @property
    def title(self) -> str:
        """One line that sums it up."""
        skipped = f", {len(self.skips)} skipped" if self.skips else ""
        counted = Counter(change.verb for change in self.changes)
        todo = ", ".join(f"{number} to {verb}" for verb, number in counted.items()) or "nothing to do"
        return f"Plan of {self.made:%Y-%m-%d %H:%M} for {self.shop}: {todo}{skipped}"

    @property
    def _rows(self) -> list[tuple[str, ...]]:
        return [*(change.row for change in self.changes), *(skip.row for skip in self.skips)]

    def __str__(self) -> str:
        return text_table(self.title, self._columns, self._rows)

    def _repr_html_(self) -> str:
        return html_table(self.title, self._columns, self._rows)

    def to_json(self) -> str:
        """The plan as JSON text."""
        return json.dumps(_converter.unstructure(self), indent=2, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """A plan from :meth:`to_json`.

        Raises:
            PlanError: The text is not a plan of this version.
        """
        try:
            return _converter.structure(json.loads(text), Plan)
        except (*_UNFIT, cattrs.BaseValidationError) as error:
            raise PlanError(f"this is not a plan: {_first(error)}; make a new one") from None


Result: TypeAlias = Literal["done", "already", "recovered", "refused", "changed", "failed"]
"""``done``: written now. ``already``: it was there. ``recovered``: an earlier attempt had written it, found
by reading back. ``refused``: the API said no. ``changed``: it is not what was planned any more. ``failed``:
its outcome is unknown or it could not be tried; run again."""


@frozen(kw_only=True)
class Outcome:
    """What came of one change.

    Attributes:
        subject: What the change was about, as in the plan.
        storefront: Storefront code.
        result: ``done``, ``already`` and ``recovered`` are good; ``refused``, ``changed`` and ``failed`` are not.
        code: The shop's order, if the change is about one.
        detail: What else there is to know, such as the vendor's reason.
    """

    subject: str
    storefront: str
    result: Result
    code: str | None = None
    detail: str = ""

    @property
    def good(self) -> bool:
        """Whether the change is in place."""
        return self.result in ("done", "already", "recovered")


@frozen(kw_only=True)
class Report:
    """What came of a plan, one outcome for each change, in order.

    Attributes:
        flow: Which flow applied it.
        shop: The shop it was applied to.
        outcomes: What came of each change.
    """

    flow: str
    shop: str
    outcomes: tuple[Outcome, ...]

    _columns: ClassVar = ("result", "about", "storefront", "code", "detail")

    @property
    def good(self) -> bool:
        """Whether every change is in place."""
        return all(outcome.good for outcome in self.outcomes)

    @property
    def title(self) -> str:
        """One line that sums it up."""
        bad = sum(not outcome.good for outcome in self.outcomes)
        tail = f", {bad} not" if bad else ""
        return f"Report for {self.shop}: {len(self.outcomes) - bad} in place{tail}"

    @property
    def _rows(self) -> list[tuple[str, ...]]:
        return [(o.result, o.subject, o.storefront, o.code or "", o.detail) for o in self.outcomes]

    def __str__(self) -> str:
        return text_table(self.title, self._columns, self._rows)

    def _repr_html_(self) -> str:
        return html_table(self.title, self._columns, self._rows)

    def to_json(self) -> str:
        """The report as JSON text."""
        return json.dumps(_converter.unstructure(self), indent=2, ensure_ascii=False)


def _make_converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)
    converter.register_unstructure_hook(datetime, datetime.isoformat)
    converter.register_structure_hook(datetime, lambda value, _: _moment(value))
    converter.register_unstructure_hook_func(
        _is_changes, lambda each: [_write_change(converter, one) for one in each]
    )
    converter.register_structure_hook_func(_is_tuple, lambda raw, kind: _read_list(converter, raw, kind))
    converter.register_structure_hook_factory(has, partial(_object_reader, converter))
    converter.register_structure_hook_func(_is_change, lambda raw, _: _read_change(converter, raw))
    for leaf in _NAMES:
        converter.register_structure_hook(leaf, _exact)
    return converter


def _is_changes(kind: Any) -> bool:
    return bool(kind == tuple[Change, ...])


def _is_change(kind: Any) -> bool:
    return kind is Change


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _write_change(converter: cattrs.Converter, change: Change) -> dict[str, Any]:
    return {"verb": change.verb, **converter.unstructure(change, type(change))}


class _Misfit(ValueError):
    """What is wrong with one place of a plan, in words that may be shown."""


def _read_list(converter: cattrs.Converter, raw: Any, kind: Any) -> tuple[Any, ...]:
    """A tuple, of a list only: a text or an object would be taken apart."""
    kinds = get_args(kind)
    if raw.__class__ is not list:
        raise _Misfit("a list was due")
    if kinds[-1] is Ellipsis:
        of_one: Any = list.__class_getitem__(kinds[0])
        return tuple(converter.structure(raw, of_one))
    if len(raw) != len(kinds):
        raise _Misfit(f"a list of {len(kinds)} was due")
    return tuple(converter.structure(one, its) for one, its in zip(raw, kinds, strict=True))


def _object_reader(converter: cattrs.Converter, kind: type[Any]) -> Callable[[Any, Any], Any]:
    read: Callable[[Any, Any], Any] = converter.gen_structure_attrs_fromdict(kind)

    def checked(raw: Any, kind: Any) -> Any:
        if raw.__class__ is not dict:
            raise _Misfit("an object was due")
        return read(raw, kind)

    return checked


def _read_change(converter: cattrs.Converter, raw: Any) -> Change:
    if raw.__class__ is not dict:
        raise _Misfit("an object was due")
    if raw.get("verb") not in _VERBS:
        raise _Misfit("this version has no such kind of change")
    fields = {key: value for key, value in raw.items() if key != "verb"}
    change = converter.structure(fields, CHANGES[raw["verb"]])
    if not change.subject.strip():
        raise _Misfit("its subject is empty")
    return change


_VERBS: Final = tuple(CHANGES)  # which, unlike a mapping, can be asked for anything
_UNFIT = (ValueError, TypeError, AttributeError, ArithmeticError, RecursionError)


_NAMES: Final[Mapping[Any, str]] = {int: "a whole number", str: "a text", bool: "true or false"}


def _exact(value: Any, kind: Any) -> Any:
    if value.__class__ is not kind:
        raise _Misfit(f"{_NAMES[kind]} was due")
    if kind is str:
        value.encode()  # half a character cannot be written anywhere
    return value


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a time with a zone was due")
    moment.astimezone(UTC)  # which not every moment has
    return moment


def _in_words(error: BaseException, kind: Any) -> str:
    return str(error) if isinstance(error, _Misfit) else format_exception(error, kind)


def _first(error: Exception) -> str:
    if isinstance(error, cattrs.BaseValidationError):
        return cattrs.transform_error(error, format_exception=_in_words)[0]
    return "it is no JSON object"


_converter = _make_converter()


def digest(parts: Iterable[bytes]) -> str:
    """A short fingerprint of *parts*."""
    import hashlib

    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8) + part)
    return total.hexdigest()[:32]


def flatten(text: object) -> str:
    """A message of an error on one line."""
    return " ".join(str(text).split())

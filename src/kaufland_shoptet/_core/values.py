"""Small values that every model is made of: absence, open enumerations, decimal text, the model base."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple, NoReturn, TypeAlias, cast

from attrs import field, frozen

Json: TypeAlias = Any
JsonObject: TypeAlias = dict[str, Any]
"""A parsed JSON value: ``None``, ``bool``, ``int``, ``Decimal``, ``str``, ``list`` or ``dict``."""


class Unset(enum.Enum):
    """The type of :data:`UNSET`."""

    UNSET = "UNSET"

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"

    __str__ = __repr__


UNSET: Final = Unset.UNSET
"""A key that is not there at all, as opposed to ``None``, which is JSON's ``null``."""


def _pseudo_member(cls: type[Any], base: type[Any], value: Any) -> Any:
    member: Any = base.__new__(cls, value)
    member._name_ = str(value)
    member._value_ = value
    return member


class OpenStrEnum(enum.StrEnum):
    """A set of words that may grow: an unknown word is kept as it came, not refused.

    >>> class Colour(OpenStrEnum):
    ...     RED = "red"
    >>> Colour("red") is Colour.RED, Colour("blue").value, Colour("blue").known
    (True, 'blue', False)
    """

    @classmethod
    def _missing_(cls, value: object) -> Any:
        return _pseudo_member(cls, str, value) if isinstance(value, str) else None

    @property
    def known(self) -> bool:
        """Whether the vendor's document lists this word."""
        return self.value in type(self)._value2member_map_

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value!r})"

    def __hash__(self) -> int:
        return hash(self.value)

    def __reduce_ex__(self, protocol: object) -> Any:
        return type(self), (self.value,)


class FoldedStrEnum(OpenStrEnum):
    """An open set of words in which case carries no meaning: ``"DE"`` is ``"de"``."""

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if not isinstance(value, str):
            return None
        folded = value.lower()
        return cls._value2member_map_.get(folded) or _pseudo_member(cls, str, folded)


class OpenIntEnum(enum.IntEnum):
    """A set of numbers that may grow: an unknown number is kept as it came."""

    @classmethod
    def _missing_(cls, value: object) -> Any:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return _pseudo_member(cls, int, value) if whole else None

    @property
    def known(self) -> bool:
        """Whether the vendor's document lists this number."""
        return self.value in type(self)._value2member_map_

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value!r})"

    def __hash__(self) -> int:
        return hash(self.value)

    def __reduce_ex__(self, protocol: object) -> Any:
        return type(self), (self.value,)


class Text(NamedTuple):
    """Marks a ``Decimal`` that travels as a JSON string with a fixed number of places.

    Used in ``Annotated[Decimal, Text(2)]``. A value with fewer places is padded, one with more is
    refused: nothing is rounded on the way out. ``Text(None)`` sends the number as it is.
    """

    places: int | None


class _Nothing(dict[str, Json]):
    """No unknown keys: one empty mapping for all models, which therefore stays empty."""

    def _refuse(self, *args: object, **kwargs: object) -> NoReturn:
        raise TypeError("unknown keys are part of a model, and a model does not change; use attrs.evolve")

    __setitem__ = update = setdefault = __ior__ = cast("Any", _refuse)

    def __reduce__(self) -> str:
        return "EMPTY"


EMPTY: Final = _Nothing()
"""What :attr:`Model.extra` is when every key is known."""


@frozen(kw_only=True)
class Model:
    """Base of every object that an API sends or takes: immutable, compared by value.

    Keys that this version does not know are kept in :attr:`extra` and written back unchanged.
    """

    extra: Mapping[str, Json] = field(default=EMPTY, eq=False, repr=False)
    """Unknown keys as they came."""

    def _repr_html_(self) -> str:
        from .flat import html

        return html(self)


class Mismatch(ValueError):
    """A value is not what the document promises; ``path`` says where."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem


def plain(name: str) -> str:
    """Python name to wire name where both are snake_case.

    >>> plain("id_order"), plain("type_")
    ('id_order', 'type')
    """
    return name.removesuffix("_")


def camel(name: str) -> str:
    """Python name to wire name where the wire is camelCase.

    >>> camel("external_code"), camel("from_")
    ('externalCode', 'from')
    """
    first, *rest = name.removesuffix("_").split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def many_of(item: Any) -> Any:
    """The type of a tuple of *item*, for :meth:`Codec.decode`."""
    return tuple[item, ...]

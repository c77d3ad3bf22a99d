"""Pydantic models of the same shapes as ours, made when they are needed."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Union, get_args, get_origin

import pydantic

from kaufland_shoptet import Model, Unset
from kaufland_shoptet._core.api import Api
from kaufland_shoptet._core.kinds import is_union

_made: dict[type[Model], type[pydantic.BaseModel]] = {}


def rival(api: Api, kind: Any) -> pydantic.TypeAdapter[Any]:
    """What pydantic reads *kind* with: frozen models, datetimes, enumerations and Decimals."""
    return pydantic.TypeAdapter(_twin(api, kind))


def _twin(api: Api, kind: Any) -> Any:
    if is_union(kind):
        members = [_twin(api, each) for each in get_args(kind) if each is not Unset]
        return Union[tuple(members)] if len(members) > 1 else members[0]  # noqa: UP007
    if get_origin(kind) is Annotated:
        return Decimal
    if get_origin(kind) is tuple:
        return tuple[_twin(api, get_args(kind)[0]), ...]
    if isinstance(kind, type) and issubclass(kind, Model):
        return _model(api, kind)
    return kind


def _model(api: Api, kind: type[Model]) -> type[pydantic.BaseModel]:
    if kind not in _made:
        fields: dict[str, Any] = {}
        for slot in api.codec._slots(kind):
            default = None if slot.optional else ...
            twin = _twin(api, slot.kind)
            fields[f"{slot.name}_"] = (
                twin | None if slot.optional and twin is not Any else twin,
                pydantic.Field(default, alias=slot.wire),
            )
        _made[kind] = pydantic.create_model(
            kind.__name__, __config__=pydantic.ConfigDict(frozen=True), **fields
        )
    return _made[kind]

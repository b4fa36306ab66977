"""The types of the values in a bundle, derived from the annotations of the stored types, with limits."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import MISSING, fields, is_dataclass
from functools import lru_cache
from types import MappingProxyType, NoneType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from mockserver.clock import LAST_INSTANT, ClockSetting
from mockserver.domain.accounts import MAX_INSTANT, Account
from mockserver.domain.money import LARGEST_AMOUNT
from mockserver.domain.payments.payment import Behind
from mockserver.domain.scenario_queue import MOST_QUEUED
from mockserver.domain.states import PlannedTransition
from mockserver.domain.timeline import Task
from mockserver.durations import LONGEST as LONGEST_DURATION
from mockserver.texts import LONGEST

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_NUMBER = 10**9
"""The largest number of a series in a bundle: more than an account reaches, and within the range of every store."""

_Bounds = tuple[int, int]
_LATEST = LAST_INSTANT + 2 * LONGEST_DURATION  # a duration that begins at the last instant
_SEEN: _Bounds = (0, _LATEST)
_PLANNED: _Bounds = (0, MAX_INSTANT)
_LASTING: _Bounds = (0, LONGEST_DURATION)
_COUNTED: _Bounds = (0, 10**9)
_SUM: _Bounds = (0, 10**18)
_ANY: _Bounds = (-(10**18), 10**18)

_NUMBERS: Mapping[str, _Bounds] = MappingProxyType(
    {
        **dict.fromkeys(("at", "created_at", "expires_at", "paid_at", "waiting_since"), _SEEN),
        **dict.fromkeys(("delay", "after", "replay_after", "ahead_of_query"), _LASTING),
        **dict.fromkeys(("number", "trade_number", "notification"), (1, LARGEST_NUMBER)),
        **dict.fromkeys(("amount", "tip", "authorized", "settlement", "fee"), _SUM),
        **dict.fromkeys(("times", "waiting"), _COUNTED),
        "reference": (0, LARGEST_NUMBER),
        "opening_balance": (0, LARGEST_AMOUNT),
        "timeout": (1, 1440),
        "copies": (1, 20),
        "queries": (0, 1000),
        "remaining": (1, MOST_QUEUED),
        "status": (100, 999),
        "duration": (0, MAX_INSTANT),
    }
)
"""The limits of integers by the names of their fields; other fields may have any sum."""

_OTHERWISE: Mapping[tuple[type[Any], str], _Bounds] = MappingProxyType(
    {
        (Task, "at"): _PLANNED,
        (PlannedTransition, "at"): _PLANNED,
        (Behind, "until"): _PLANNED,
        (ClockSetting, "instant"): (0, LAST_INSTANT),
        (ClockSetting, "since"): (0, LAST_INSTANT),
        (ClockSetting, "step"): _LASTING,
    }
)
_TEXTS: Mapping[tuple[type[Any], str], _Bounds] = MappingProxyType(
    {(Account, "seed"): (1, LONGEST), (Account, "name"): (0, LONGEST), (Account, "scenario"): (0, LONGEST)}
)


class Binary(bytes):
    """Bytes in a bundle: a text if they are UTF-8, otherwise an object with base64."""

    __slots__ = ()


def packed_bytes(value: bytes) -> str | dict[str, str]:
    """Bytes in the form of `Binary`."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(value).decode()}


def read(shape: Any, packed: object) -> Any:  # noqa: ANN401 - of the given type
    """Convert a part of a bundle to a type.

    Raises:
        ValueError: it does not fit; the message says where.
    """
    return msgspec.convert(packed, shape, dec_hook=_read_bytes)


def read_list(kind: type[Any], packed: list[Any]) -> list[Any]:
    """Convert a list of a bundle to values of the type for `kind`.

    Raises:
        ValueError: a value does not fit; the message says which and where.
    """
    listed: list[Any] = read(list[shape_of(kind)], packed)  # type: ignore[arg-type, misc]  # a type created at runtime
    return listed


@lru_cache(maxsize=64)
def shape_of(kind: type[Any], *, as_list: bool = False, left_out: tuple[str, ...] = ()) -> type[Struct]:
    """The type for a stored type: an object, or a list if it is inside another value."""
    hints = get_type_hints(kind)
    names, defaults = _members(kind)
    members = [
        (name, _shape(hints[name], kind, name), *([defaults[name]] if name in defaults else []))
        for name in names
        if name not in left_out
    ]
    return msgspec.defstruct(
        kind.__name__, members, namespace={"__kept__": kind}, array_like=as_list, forbid_unknown_fields=True
    )


def restored(packed: Any) -> Any:  # noqa: ANN401 - the value itself
    """The stored value for a value that `read` returned."""
    if isinstance(packed, Struct):
        return packed.__kept__(**{name: restored(getattr(packed, name)) for name in packed.__struct_fields__})  # type: ignore[attr-defined]  # see shape_of
    return tuple(map(restored, packed)) if type(packed) is tuple else packed


def _read_bytes(_shape: type[Any], packed: Any) -> Binary:  # noqa: ANN401 - any JSON
    if isinstance(packed, str):
        return Binary(packed.encode())
    if isinstance(packed, dict) and isinstance(packed.get("base64"), str) and len(packed) == 1:
        return Binary(b64decode(packed["base64"], validate=True))
    raise ValueError("expected a text, or an object with base64")


def _members(kind: type[Any]) -> tuple[tuple[str, ...], Mapping[str, Any]]:
    """The names of the fields of a NamedTuple or dataclass, and the defaults."""
    if not is_dataclass(kind):
        return kind._fields, kind._field_defaults
    return tuple(one.name for one in fields(kind)), {
        one.name: one.default for one in fields(kind) if one.default is not MISSING
    }


def _shape(hint: Any, kind: type[Any], name: str) -> Any:  # noqa: ANN401 - a type
    if hint is int:
        least, most = _OTHERWISE.get((kind, name)) or _NUMBERS.get(name, _ANY)
        return Annotated[int, Meta(ge=least, le=most)]
    if hint is str and (kind, name) in _TEXTS:
        shortest, longest = _TEXTS[kind, name]
        return Annotated[str, Meta(min_length=shortest, max_length=longest)]
    if hint is bytes:
        return Binary
    if isinstance(hint, type) and hasattr(hint, "_fields"):
        return shape_of(hint, as_list=True)
    if get_origin(hint) is Literal or not get_args(hint):
        return hint
    inner = tuple(one if one in {..., NoneType} else _shape(one, kind, name) for one in get_args(hint))
    return tuple[inner] if get_origin(hint) is tuple else Union[inner]  # type: ignore[valid-type]  # noqa: UP007 - created at runtime

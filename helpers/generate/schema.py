"""Reads the types of the sandbox's API from its OpenAPI document, to write them in other languages."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from mockserver.api.openapi import OPERATIONS, describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_REF = "#/components/schemas/"
Scalar: TypeAlias = 'Literal["text", "instant", "whole", "number", "flag", "anything"]'
_SCALARS: dict[str, Scalar] = {"string": "text", "integer": "whole", "number": "number", "boolean": "flag"}


@dataclass(frozen=True)
class Plain:
    """A value that is neither a list nor a record; an `instant` is a text of ISO 8601."""

    scalar: Scalar


@dataclass(frozen=True)
class ListOf:
    """A list of values of one type."""

    item: Type


@dataclass(frozen=True)
class MapOf:
    """An object that has any names."""

    value: Type


@dataclass(frozen=True)
class Named:
    """A record of the name."""

    name: str


Type: TypeAlias = "Plain | ListOf | MapOf | Named"


@dataclass(frozen=True)
class Field:
    """A field of a record; one that is not `required` may be absent, a `nullable` one may be null."""

    name: str
    type: Type
    required: bool
    nullable: bool


@dataclass(frozen=True)
class Record:
    """A record of the API, and what its description says."""

    name: str
    about: str
    fields: tuple[Field, ...]


def records(*names: str) -> list[Record]:
    """The records of these names, and those that they consist of, by name.

    Raises:
        KeyError: the API has no record of a name.
    """
    schemas = describe(OPERATIONS)["components"]["schemas"]
    found: dict[str, Record] = {}
    wanted = list(names)
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = _record(name, schemas[name])
            wanted += (part for field in found[name].fields for part in _names(field.type))
    return [found[name] for name in sorted(found)]


def _record(name: str, schema: Mapping[str, Any]) -> Record:
    required = set(schema.get("required", ()))
    fields = tuple(
        Field(field, _type(described), field in required, _is_nullable(described))
        for field, described in schema.get("properties", {}).items()
    )
    return Record(name, dedent(f"    {schema.get('description', '')}").strip(), fields)


def _is_nullable(schema: Mapping[str, Any]) -> bool:
    return any(one.get("type") == "null" for one in schema.get("anyOf", ()))


def _type(schema: Mapping[str, Any]) -> Type:
    """The type of a value; that of several types, null aside, can be anything."""
    choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if len(choices) == 1:
        return _type(choices[0])
    if "$ref" in schema:
        return Named(schema["$ref"].removeprefix(_REF))
    kind = schema.get("type")
    if kind == "array":
        return ListOf(_type(schema.get("items", {})))
    if kind == "object":
        values = schema.get("additionalProperties", {})
        return MapOf(_type(values if isinstance(values, dict) else {}))
    if kind == "string" and schema.get("format") == "date-time":
        return Plain("instant")
    return Plain(_SCALARS.get(kind, "anything") if isinstance(kind, str) else "anything")


def _names(found: Type) -> Iterator[str]:
    if isinstance(found, Named):
        yield found.name
    elif isinstance(found, ListOf):
        yield from _names(found.item)
    elif isinstance(found, MapOf):
        yield from _names(found.value)


def commented(about: str) -> Iterable[str]:
    """The lines of a description, for a comment."""
    return [line.strip() for line in about.splitlines()]

"""The arguments of a tool: their JSON schema, and the places of a request that they go to."""

from __future__ import annotations

import re
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import msgspec

from mockserver.mcp.results import ToolError
from mockserver.texts import LONGEST, did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mockserver.api.assistance import Tool
    from mockserver.api.operations import Operation

_DEFINITIONS = "#/$defs/"
_USUAL_ITEMS, _MOST_ITEMS = 20, 100
_LEFT_TO_THE_API = {"title", "discriminator", "maxLength", "minLength", "maxProperties", "propertyNames", "pattern"}
ACCOUNT = {"type": "string", "description": "User of the account. Default: the sandbox's own account."}


class Parts(NamedTuple):
    """What is sent: the path with the arguments in it, the query, and the body, None without one."""

    path: str
    query: dict[str, str]
    body: dict[str, Any] | None


def names_in(path: str) -> list[str]:
    """The names in braces of a path."""
    return re.findall(r"{(\w+)}", path)


def schema_of(operation: Operation, tool: Tool) -> dict[str, Any]:
    """The schema of the arguments: those of the path, and the fields of the query or the body that a tool offers."""
    names = names_in(operation.path)
    kind = "integer" if tool.which.startswith("number ") else "string"
    properties: dict[str, Any] = {
        name: ACCOUNT if name == "user" else {"type": kind, "description": f"The {tool.which}."} for name in names
    }
    given = operation.body or operation.query
    fields = {} if given is None else _inlined(given)
    hidden = {*tool.fixed, *tool.hidden}
    properties |= {name: one for name, one in fields.get("properties", {}).items() if name not in hidden}
    if "limit" in properties:
        properties["limit"] = {"type": "integer", "minimum": 1, "maximum": _MOST_ITEMS, "default": _USUAL_ITEMS}
    needed = [name for name in names if name != "user"] + fields.get("required", [])
    return object_of(properties, needed)


def object_of(properties: Mapping[str, Any], required: Iterable[str] = ()) -> dict[str, Any]:
    """The schema of an object that has only these properties."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [*required],
        "additionalProperties": False,
    }


def about_fields(operation: Operation) -> str:
    """What the type of the query or of the body says about its fields."""
    given = operation.body or operation.query
    return "" if given is None else cleandoc(given.__doc__ or "")


def _inlined(shape: Any) -> dict[str, Any]:  # noqa: ANN401 - a type
    """The schema of a type without references and null, which not all assistants understand, and without lengths."""
    (schema,), definitions = msgspec.json.schema_components([shape], ref_template=_DEFINITIONS + "{name}")
    found: dict[str, Any] = _plain(schema, definitions)
    found.pop("description", None)  # it is in the description of the tool
    return found


def _plain(schema: Any, definitions: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(schema, list):
        return [_plain(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _plain(definitions[schema["$ref"].removeprefix(_DEFINITIONS)], definitions)
    choices = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(choices) == 1:
        return _plain(choices[0], definitions)
    kept = {
        name: one
        for name, one in schema.items()
        if name not in _LEFT_TO_THE_API and not (name == "default" and one in ("", None, {}, []))
    }
    if "properties" in kept:  # whose names are a user's, not those of JSON Schema
        fields = {name: _plain(one, definitions) for name, one in kept["properties"].items()}
        return {**{name: _plain(one, definitions) for name, one in kept.items()}, "properties": fields}
    return {name: _spaced(one) if name == "description" else _plain(one, definitions) for name, one in kept.items()}


def _spaced(text: str) -> str:
    return " ".join(text.split())


def check_names(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """Check that the arguments are those of a schema; the API checks their values.

    Raises:
        ToolError: one is missing or unknown.
    """
    known, required = schema["properties"], schema["required"]
    for name in arguments:
        if name not in known:
            meant = did_you_mean(name, known) or f"; expected {', '.join(known) or 'none'}."
            raise ToolError(f"There is no argument {shown(name)}{meant}")
    missing = [name for name in required if name not in arguments]
    if missing:
        raise ToolError(f"The argument {' and '.join(missing)} is missing.")


def parts_of(operation: Operation, tool: Tool, arguments: Mapping[str, Any], user: str) -> Parts:
    """Where the arguments go; `user` is the account of those that name none.

    Raises:
        ToolError: the value of an argument has no place there.
    """
    names, given = names_in(operation.path), {**arguments, **tool.fixed}
    path = operation.path
    for name in names:
        value = given.pop(name, user)
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            raise ToolError(f"{name}: expected a number or a text that is not empty.")
        path = path.replace(f"{{{name}}}", segment_of(name, str(value)))
    if operation.body is not None:
        return Parts(path, {}, given)
    if operation.query is None:
        return Parts(path, {}, None)
    if "limit" in operation.query.__struct_fields__:
        given["limit"] = _bounded(given.get("limit", _USUAL_ITEMS))
    return Parts(path, {name: _query_text(name, one) for name, one in given.items() if one is not None}, None)


def segment_of(name: str, value: str) -> str:
    """A value as one segment of a path, which leads to no other operation.

    Raises:
        ToolError: no value of the sandbox is like it.
    """
    if value in {".", ".."} or len(value) > LONGEST:
        raise ToolError(f"{name}: there is none like {shown(value)}.")
    return quote(value, safe="")


def _bounded(limit: Any) -> Any:  # noqa: ANN401 - whatever an assistant sends
    return min(limit, _MOST_ITEMS) if isinstance(limit, int) else limit


def _query_text(name: str, value: Any) -> str:  # noqa: ANN401 - as above
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise ToolError(f"{name}: expected a text or a number.")
    return str(value)

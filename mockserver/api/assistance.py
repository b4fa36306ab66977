"""What an operation says to coding assistants: the tool that it is, or why it is none."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Tool(NamedTuple):
    """The tool of coding assistants that carries an operation out.

    `about` are sentences for the assistant, after the summary of the operation. `summary` and `fields` replace that
    summary and what the type says about its fields. `which` says what the last name in braces of the path is. `fixed`
    has the values of fields that the tool does not offer, `hidden` the names of further ones. What a tool changes is
    told by the verb: a POST that `reads` changes nothing, one that `destroys` loses something.
    """

    name: str
    about: str = ""
    which: str = ""
    summary: str = ""
    fields: str = ""
    fixed: Mapping[str, Any] = _NOTHING
    hidden: tuple[str, ...] = ()
    reads: bool = False
    destroys: bool = False


class NoTool(NamedTuple):
    """Why coding assistants have no tool for an operation."""

    why: str

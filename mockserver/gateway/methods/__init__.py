"""The gateway's methods, in one module for each family, which declares them in `METHODS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.gateway.errors import FieldMissing, RuleBroken, quoted
from mockserver.gateway.methods import cards, exports, finance, hosted, orders, payments, refunds, split
from mockserver.texts import message, nearest_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.gateway.method import Method
    from mockserver.signing.php import Value

_FAMILIES = (payments, hosted, cards, orders, exports, refunds, finance, split)
ALL_METHODS: list[Method] = []
"""All methods; one with commands has an entry for each."""

_NO_COMMAND = ""
_by_name: dict[str, dict[str, Method]] = {}


def register(*methods: Method) -> None:
    """Add methods; one declared elsewhere is added before the sandbox starts.

    Raises:
        ValueError: there is a method of this name and command.
    """
    for method in methods:
        if method.command.casefold() in _by_name.get(method.name, ()):
            raise ValueError(f"There is a method {method.name} {method.command}".rstrip() + " already.")
        ALL_METHODS.append(method)
        _by_name.setdefault(method.name, {})[method.command.casefold()] = method


for _family in _FAMILIES:
    register(*_family.METHODS)


def find_method(name: str, data: Mapping[str, Value]) -> Method:
    """Find a method by its name, and by the command in `data` if it has commands; `commond` is an older spelling.

    Raises:
        RuleBroken: there is no such method or command.
        FieldMissing: the method needs a command.
    """
    commands = _by_name.get(name)
    if commands is None:
        raise RuleBroken(
            message("There is no method {value}.").format(value=quoted(name)), field="method", kind="unknown_method"
        )
    if _NO_COMMAND in commands:
        return commands[_NO_COMMAND]
    command = data.get("command") or data.get("commond")
    if not isinstance(command, str):
        raise FieldMissing("command")
    try:
        return commands[command.casefold()]
    except KeyError:
        known = [method.command for method in commands.values()]
        raise RuleBroken(
            message("{name} has no command {value}; it has {choices}.").format(
                name=name, value=quoted(command), choices=", ".join(known)
            ),
            _nearest(command, known),
            field="command",
        ) from None


def _nearest(word: str, known: list[str]) -> str:
    nearest = nearest_words(word, known, 3)
    return message("The most similar names are {choices}.").format(choices=", ".join(nearest)) if nearest else ""

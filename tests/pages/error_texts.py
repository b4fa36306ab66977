"""The sentences of errors that pages show, as templates: collected from the f-strings of the code that raises them."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parents[2] / "mockserver"
SHOWN = {
    "ApiError": 2, "BadValue": 0, "DestinationRefused": 0, "ShopError": 0, "NotCancellableError": 0,
    "NothingPlannedError": 0,
}  # fmt: skip
"""The errors whose texts pages show, and the place of the text among their arguments."""

_NAMED = {"detail"}
"""Local names that hold such a text."""


def error_templates() -> set[str]:
    """All texts, with `{names}` for the values in them, as in the catalogues."""
    found: set[str] = set()
    for folder in ("api", "delivery", "domain", "examine"):
        for module in (PACKAGE / folder).rglob("*.py"):
            found |= set(_in_module(ast.parse(module.read_text(encoding="utf-8"))))
    return {text.removeprefix("{problem}") for text in found if re.search("[A-Za-z]", re.sub(r"{\w+}", "", text))}


def _in_module(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SHOWN:
            place = SHOWN[node.func.id]
            yield from _texts(node.args[place] if len(node.args) > place else None)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in _NAMED:
            yield from _texts(node.value)


def _texts(node: ast.expr | None) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        text, names = "", list[str]()
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                name = _name(part.value)
                names.append(name)
                text += f"{{{name}{names.count(name) if names.count(name) > 1 else ''}}}"
            elif isinstance(part, ast.Constant):
                text += str(part.value)
        yield text


def _name(value: ast.expr) -> str:
    """A name for the value of an expression: the last name in it."""
    if isinstance(value, ast.Name):
        return value.id.strip("_").lower()
    if isinstance(value, ast.Attribute):
        return value.attr.strip("_").lower()
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Constant):
        return f"value{value.slice.value}" if isinstance(value.slice.value, int) else str(value.slice.value)
    if isinstance(value, ast.Call):
        return _name(value.args[0]) if value.args else _name(value.func)
    return "value"

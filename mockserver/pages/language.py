"""The languages of the pages and of the reports, and the translation of a text. Knows no request."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal

LANGUAGES = {"en": "English", "zh": "中文"}
"""The code of each language, and what its speakers call it."""

_MESSAGES = Path(__file__).parent / "messages"

Say = Callable[..., str]
"""Gives a text in a language, in which `{name}` stands for a value."""


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """The translations into a language by their English texts; none for English itself."""
    texts: dict[str, str] = {}
    for file in sorted((_MESSAGES / language).glob("*.json")):
        texts |= json.loads(file.read_text(encoding="utf-8"))
    return texts


@cache
def templates_of(kind: Literal["reasons", "details", "scenarios", "events"], language: str) -> Mapping[str, str]:
    """The translations of what reasons are made from, such as their sentences and the details in them."""
    file = _MESSAGES / language / f"{kind}.json"
    templates: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return templates


def translate(language: str, text: str, /, **values: Any) -> str:  # noqa: ANN401 - whatever is shown in it
    """A text in a language, in which `{name}` stands for a value.

    A text that the catalogue lacks stays English. Like any text, it is escaped where it is shown.
    """
    known = catalogue(language).get(text, text)
    return known.format(**values) if values else known


def speaker(language: str) -> Say:
    """The translation into a language."""
    return partial(translate, language)

"""The languages of the pages. Texts are written in English where they are shown; catalogues hold the others."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import request

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = {"en": "English", "zh": "中文"}
"""The code of each language, and what its speakers call it."""

COOKIE = "sandbox_language"
_MESSAGES = Path(__file__).parent / "messages"


def chosen_language() -> str:
    """The language of the present request: the one picked by the switch, else the browser's, else English."""
    picked = request.args.get("lang") or request.cookies.get(COOKIE, "")
    return picked if picked in LANGUAGES else request.accept_languages.best_match(list(LANGUAGES), "en") or "en"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """The translations into a language by their English texts; none for English itself."""
    texts: dict[str, str] = {}
    for file in sorted((_MESSAGES / language).glob("*.json")):
        texts |= json.loads(file.read_text(encoding="utf-8"))
    return texts


def translated(text: str, /, **values: Any) -> str:  # noqa: ANN401 - whatever is shown in it
    """A text in the language of the present request, in which `{name}` stands for a value.

    A text that the catalogue lacks stays English. Like any text, it is escaped where it is shown.
    """
    known = catalogue(chosen_language()).get(text, text)
    return known.format(**values) if values else known

"""Reading Markdown: the code blocks and the tables of a page."""

from __future__ import annotations

import re


def blocks(text: str, language: str, containing: str = "") -> list[str]:
    """The code blocks of a language, those that contain a text."""
    found = re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    return [block for block in found if containing in block]


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the first table whose head begins with a word."""
    table = re.search(rf"^\| {re.escape(heading)} .*?(?:\n\n|\Z)", text, flags=re.DOTALL | re.MULTILINE)
    assert table, heading
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[0].strip().splitlines()[2:]]

"""Markdown: the tables and headings of the reference, and its rendering on pages."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markdown_it import MarkdownIt

_TABLE = re.compile("<table>.*?</table>", re.DOTALL)
_PLACE = re.compile(r"<(h[23]|tr)>(\n<td><code>)?((?<=<code>)[^<]+|(?<=<h[23]>).*?(?=</h))")
_TAG = re.compile("<[^>]+>")


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table of Markdown; pipes in its cells are escaped."""
    lines = [head, tuple("---" for _ in head), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def code_block(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```"


def anchor(title: str) -> str:
    """The fragment of a heading, as GitHub makes it."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def row_address(name: str) -> str:
    """The fragment of a table's row, by the code in its first cell; of a flag its name."""
    return name.lstrip("-").partition(" ")[0] if name.startswith("--") else name.replace(" ", "-")


def render_markdown(text: str) -> Markup:
    """A text as HTML, without HTML of its own: each heading and row has an address, and tables and code scroll."""
    page = _renderer().render(text).replace("<pre>", '<pre tabindex="0">')
    page = _TABLE.sub(r'<div class="scroll" tabindex="0">\g<0></div>', page)
    taken: set[str] = set()

    def with_address(found: re.Match[str]) -> str:
        tag, cell, name = found.groups()
        plain = html.unescape(_TAG.sub("", name))
        address = row_address(plain) if cell else anchor(plain)
        if not address or address in taken:
            return found[0]
        taken.add(address)
        return f'<{tag} id="{escape(address)}">{cell or ""}{name}'

    return Markup(_PLACE.sub(with_address, page))  # noqa: S704 - rendered without HTML of its own


@lru_cache(maxsize=1)
def _renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - the first request of the API need not wait for it

    return MarkdownIt("commonmark", {"html": False}).enable("table")

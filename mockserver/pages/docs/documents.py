"""The handwritten documents that come with the package, in the reader's language where they have it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

_PACKAGED = Path(__file__).parents[1] / "documents"
FOLDER = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[3] / "docs"
"""The folder of the documents."""

DOCUMENTS = {
    path.rpartition("/")[2]: f"{path}.md"
    for path in (
        "guides/first-integration", "guides/outcomes", "guides/plug-in", "guides/ci", "guides/flask", "guides/load",
        "guides/partners", "guides/shared", "questions", "testing", "examine", "client", "terminal", "agents",
        "accounts", "own-scenarios", "compare", "how-to/declined", "how-to/duplicate-notification",
        "how-to/lost-answer", "how-to/refund-pending", "how-to/expiry", "how-to/plug-in-https",
        "how-to/shared-sandbox", "how-to/load-test",
        "how-to/examine-a-shop", "how-to/compare-with-a-gateway", "cli", "architecture", "protocol",
    )
}  # fmt: skip
"""Their files by name, in the order in which they are listed."""

HOW_TO = [name for name, file in DOCUMENTS.items() if file.startswith("how-to/")]
"""The names of those that show one task each."""

IMAGES = FOLDER / "images"
"""The folder of the pictures in them; only the drawings come with the package."""

_CHINESE = ".zh-CN.md"
_HAN = r"[\u2014-\u2026\u3000-\u9fff\uff00-\uffef]"
_BROKEN = re.compile(rf"(?<={_HAN})\n *(?=\[?{_HAN})")
"""A line that ends between two Chinese characters; a browser shows it as a space."""
_SWITCH = re.compile(r"^.*(?:\[中文\]|\[English\])\([^)]*\).*\n", re.MULTILINE)
_COMMENT = re.compile("<!--.*?-->\n?", re.DOTALL)
_PHOTO = re.compile(r"!\[([^\]]*)\]\([^)]*(?<!\.svg)\)")
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!http)([^)]*)\)")


class Document(NamedTuple):
    """A document as Markdown, without its links to files that are not here, and the language that it is in."""

    title: str
    text: str
    language: str

    @property
    def introduction(self) -> str:
        """The first paragraph."""
        return self.text.split("\n\n")[1].replace("\n", " ")


@cache
def document(name: str, language: str) -> Document:
    """A document in a language; in English if it is not translated."""
    file = FOLDER / DOCUMENTS[name]
    translated = file.with_name(file.name.replace(".md", _CHINESE))
    is_chinese = language == "zh" and translated.exists()
    text = with_links_here((translated if is_chinese else file).read_text(encoding="utf-8"))
    text = _BROKEN.sub("", text)
    return Document(text.partition("\n")[0].lstrip("# "), text, "zh" if is_chinese else "en")


def with_links_here(text: str) -> str:
    """A text whose links lead to the pages of the documentation in the sandbox; other links become plain text."""
    text = _COMMENT.sub("", _PHOTO.sub(r"\1", _SWITCH.sub("", text))).strip()
    return _LINK.sub(_linked, text)


def _linked(found: re.Match[str]) -> str:
    path, hash_, fragment = found[2].partition("#")
    name = path.rpartition("/")[2].removesuffix(".md").removesuffix(".zh-CN")
    if not path or (path.endswith(".md") and (name in DOCUMENTS or name in GENERATED)):
        return f"[{found[1]}]({name}{hash_}{fragment})"
    return found[1]


GENERATED = frozenset({"methods", "browser-return", "codes", "scenarios", "settings", "signatures", "api", "fidelity"})
"""The names of the pages that are made from the code."""

"""The search in the documentation: methods, fields, codes, scenarios, settings, guides and operations, by any words.

The index is made at the first search, in all languages at once: a page in one finds words of another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from mockserver.api.openapi import OPERATIONS
from mockserver.api.paths import API
from mockserver.domain.codes import REFUSAL_MESSAGES
from mockserver.domain.kinds import KINDS
from mockserver.explain.mistakes import MISTAKES
from mockserver.gateway import parameters
from mockserver.gateway.methods import ALL_METHODS
from mockserver.pages.docs.api_reference import operation_heading
from mockserver.pages.docs.browser_return import browser_return
from mockserver.pages.docs.documents import DOCUMENTS, Document, document, with_links_here
from mockserver.pages.docs.markdown import anchor, row_address
from mockserver.pages.language import LANGUAGES, translate
from mockserver.settings import declared, environment_variable, flag
from mockserver.texts import message, nearest_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mockserver.scenarios.scenario import Scenario

LONGEST_QUERY = 100
_MOST_FOUND = 50
_IN_NAMES = 2
_AROUND = 70
_ALIKE = 0.5  # of the letters of two words, before they are compared at length
_SECTION = re.compile(r"^#{1,3} (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_MARKUP = re.compile(r"[`*|]|\[([^\]]*)\]\([^)]*\)|^-{3,}$")
_EMPTY_WORDS = frozenset(("", "a", "an", "and", "can", "do", "does", "how", "i", "in", "is", "of", "or", "the", "to"))
_PUNCTUATION = "?!,;\"'\uff1f\uff01\uff0c\u3002"
_CHINESE = re.compile("[\u4e00-\u9fff]{3,}")
KINDS_OF_ENTRIES = (
    message("Method"), message("Field"), message("Code"), message("State"), message("Scenario"), message("Setting"),
    message("Signature mistake"), message("Operation of the API"), message("Guide"),
)  # fmt: skip
_METHOD, _FIELD, _CODE, _STATE, _SCENARIO, _SETTING, _MISTAKE, _OPERATION, _GUIDE = KINDS_OF_ENTRIES


@dataclass
class Entry:
    """Something that can be found: its names, its text by language, and its place below the documentation's path."""

    kind: str
    names: tuple[str, ...]
    texts: dict[str, str]
    place: str

    @cached_property
    def folded_names(self) -> list[str]:
        return [name.casefold() for name in self.names]

    @cached_property
    def folded_text(self) -> str:
        """All that its words can be in: the names, and the texts in all languages."""
        return f"{' '.join(self.folded_names)} {' '.join(self.texts.values()).casefold()}"


class DocsHit(NamedTuple):
    """An entry that was found, and its snippet: pieces of text, and whether each is a word of the query."""

    kind: str
    title: str
    place: str
    snippet: list[tuple[str, bool]]


class DocsFound(NamedTuple):
    """What was found, the number of all that fit, and similar names if nothing does."""

    found: list[DocsHit]
    total: int
    similar: list[str]


def search_docs(query: str, language: str, scenarios: Iterable[Scenario]) -> DocsFound:
    """The entries that have all words of a query, the best first: exact names, then parts of names, then texts."""
    words = _words(query)
    if not words:
        return DocsFound([], 0, [])
    entries = [*_index(), *_of_scenarios(scenarios)]
    ranked = [
        (rank, len(entry.names[0]) if rank <= _IN_NAMES else 0, place)
        for place, entry in enumerate(entries)
        if (rank := _rank(entry, words)) is not None
    ]
    found = [_found(entries[place], words, language) for _, _, place in sorted(ranked)[:_MOST_FOUND]]
    return DocsFound(found, len(ranked), [] if found else _similar(query, entries))


def _words(query: str) -> list[str]:
    """The words of a query, without those of a question and without its punctuation."""
    words = [word.strip(_PUNCTUATION) for word in query[:LONGEST_QUERY].casefold().split()]
    return [word for word in words if word not in _EMPTY_WORDS] or [word for word in words if word]


def _rank(entry: Entry, words: Sequence[str]) -> int | None:
    """How well an entry fits, the less the better; None if a word is nowhere in it."""
    text, whole, names = entry.folded_text, " ".join(words), entry.folded_names
    if not all(word in text or _has_pairs(text, word) for word in words):
        return None
    if whole in names:
        return 0
    if any(name.startswith(whole) for name in names):
        return 1
    if all(word in " ".join(names) for word in words):
        return _IN_NAMES
    return 3 if whole in text else 4


def _has_pairs(text: str, word: str) -> bool:
    """Whether a text has all pairs of characters of a Chinese word, which is written without spaces."""
    return _CHINESE.fullmatch(word) is not None and all(first + second in text for first, second in pairwise(word))


def _found(entry: Entry, words: Sequence[str], language: str) -> DocsHit:
    text = max((entry.texts[language], *entry.texts.values()), key=lambda one: sum(w in one.casefold() for w in words))
    return DocsHit(entry.kind, entry.names[0], entry.place, _snippet(text, words))


def _snippet(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    pattern = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))), re.IGNORECASE)
    first = pattern.search(text)
    start = max(0, first.start() - _AROUND) if first else 0
    end = start + 3 * _AROUND
    shown = ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
    pieces, at = [], 0
    for match in pattern.finditer(shown):
        pieces += [(shown[at : match.start()], False), (match[0], True)]
        at = match.end()
    return [piece for piece in (*pieces, (shown[at:], False)) if piece[0]]


def _similar(query: str, entries: Iterable[Entry]) -> list[str]:
    letters = set(query.casefold())
    names = dict.fromkeys(name for entry in entries if entry.kind not in {_GUIDE, _OPERATION} for name in entry.names)
    near = [
        name for name in names if len(letters & set(name.casefold())) > _ALIKE * len(letters | set(name.casefold()))
    ]
    return nearest_words(query[:LONGEST_QUERY], near, 3)


@cache
def _index() -> list[Entry]:
    """All entries but the scenarios, which a sandbox may have of its own."""
    return [*_of_methods(), *_of_fields(), *_of_codes(), *_of_settings(), *_of_mistakes(), *_of_operations(),
            *_of_documents()]  # fmt: skip


def _in_all(*texts: str) -> dict[str, str]:
    return {language: " · ".join(translate(language, text) for text in texts if text) for language in LANGUAGES}


def _of_methods() -> Iterator[Entry]:
    for method in ALL_METHODS:
        names = (method.title, *((method.command,) if method.command else ()))
        wallets = ", ".join(wallet.name for wallet in method.wallets)
        admin = "Only for super admins." if method.super_admin_only else ""
        yield Entry(_METHOD, names, _in_all(method.summary, wallets, admin), method_place(method.title))


def method_place(title: str) -> str:
    """The place of a method's page, below the documentation's path."""
    return f"methods/{title.replace(' ', '-')}"


def _of_fields() -> Iterator[Entry]:
    """The fields by name and meaning, each with all methods that send or get it."""
    where: dict[tuple[str, str], list[str]] = {}
    for one in parameters.ENVELOPE:
        yield Entry(_FIELD, (one.name,), _in_all(one.meaning), "methods")
    for method in ALL_METHODS:
        sent = [(field.name, field.meaning) for field in method.fields]
        got = [(field.name, field.meaning) for field in (*method.answer, *method.notified)]
        for field in (*sent, *got):
            where.setdefault(field, []).append(method.title)
    for (name, meaning), titles in where.items():
        methods = ", ".join(dict.fromkeys(titles))
        place = f"{method_place(titles[0])}#{row_address(name)}"
        yield Entry(_FIELD, (name, re.split(r"[.\]]+", name)[-1]), _in_all(meaning, methods), place)


def _of_codes() -> Iterator[Entry]:
    for code, text in REFUSAL_MESSAGES.items():
        yield Entry(_CODE, (code, text, code.removeprefix("-")), _in_all(text), f"codes#code{code}")
    for kind in KINDS.values():
        for state in kind.states:
            after = ", ".join(sorted(kind.states.after(state)))
            texts = {language: f"{translate(language, kind.states.subject)} → {after}" for language in LANGUAGES}
            yield Entry(_STATE, (state,), texts, f"methods#{row_address(state)}")


def _of_settings() -> Iterator[Entry]:
    for setting in declared():
        names = (flag(setting), setting.name, environment_variable(setting))
        yield Entry(_SETTING, names, _in_all(setting.metadata["help"]), f"settings#{row_address(flag(setting))}")


def _of_mistakes() -> Iterator[Entry]:
    for mistake in MISTAKES:
        yield Entry(
            _MISTAKE,
            (mistake.name,),
            _in_all(mistake.sentence, mistake.cure),
            f"signatures#{row_address(mistake.name)}",
        )


def _of_operations() -> Iterator[Entry]:
    for operation in OPERATIONS:
        path = f"{operation.verb} {API}{operation.path}"
        place = f"api#{anchor(operation_heading(operation))}"
        yield Entry(_OPERATION, (path, operation.path), _in_all(operation.summary), place)


def _of_scenarios(scenarios: Iterable[Scenario]) -> Iterator[Entry]:
    for scenario in scenarios:
        names = (scenario.name, *((scenario.order_id,) if scenario.order_id else ()))
        yield Entry(_SCENARIO, names, _in_all(scenario.summary), f"scenarios#{row_address(scenario.name)}")


def _of_documents() -> Iterator[Entry]:
    """The sections of the documents, each under the title of its document; a section has one language."""
    for language in LANGUAGES:
        text = with_links_here(browser_return(language))
        own = ("browser-return", Document(text.partition("\n")[0].lstrip("# "), text, language))
        for name, shown in (own, *((name, document(name, language)) for name in DOCUMENTS)):
            if shown.language != language:
                continue
            without_code = _FENCE.sub(lambda code: " " * len(code[0]), shown.text)  # where # begins a comment
            headings = list(_SECTION.finditer(without_code))
            for heading, after in zip(headings, [*headings[1:], None], strict=True):
                body = shown.text[heading.end() : after.start() if after else len(shown.text)]
                plain = " ".join(_MARKUP.sub(r"\1", body).split())
                whole = shown.title.partition(":")[0]
                title = whole if heading[1] == shown.title else f"{whole}: {_MARKUP.sub('', heading[1])}"
                texts = dict.fromkeys(LANGUAGES, plain)
                yield Entry(_GUIDE, (title,), texts, f"{name}?lang={language}#{anchor(heading[1])}")

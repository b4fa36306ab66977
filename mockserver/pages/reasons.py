"""Translates finished English sentences, such as the reason of a refusal, by the templates that they were made from.

The store has these sentences, not their templates and values: headers, logs and records of the API show them as they
are. So a page in another language reads a sentence back. A text is cut where a sentence or a clause may end; of all
ways to cut it, that one is right which leaves the fewest characters to values. What no template fits stays English.
"""

from __future__ import annotations

import re
from collections.abc import Callable  # noqa: TC003 - the field of a NamedTuple has it
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

from mockserver.pages.forgeries import DEFECTS, OF_FIELDS, defect_in_words
from mockserver.pages.language import Say, catalogue, speaker, templates_of
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ENGLISH = speaker("en")
_LONGEST = 5000
_MOST_PIECES = 60
_WIDEST = 8  # pieces that one template may span
_DEEPEST = 4  # values inside values
_MOST_REMEMBERED = 2000
_UNKNOWN = 10_000  # the cost of a piece that no template fits, more than any value's
_INITIAL = 3
_AND = message(", and ")
_BRACKETED = message(" ({detail})")
_END = message(".")
_SEMICOLON, _COMMA = message("; "), message(", ")
_SENTENCE = re.compile(r"(?<=[.?!…]) |; ")
_DETAIL = re.compile(r"; |, ")
_NOTE = re.compile(", ")
_NEVER, _ODDITY = re.compile(r"(?!)"), re.compile(r" (?=with )")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_WORD, _DIGITS = re.compile(r"\S+"), re.compile(r"\d+")
_IS: Mapping[str, re.Pattern[str]] = {
    "field": _WORD,
    "host": _WORD,
    "method": _WORD,
    "name": _WORD,
    "text": _WORD,
    "member": _WORD,
    "tool": re.compile(r"(?!.* as )[^,;:()]+"),
    "hash": re.compile(r"[\w-]+"),
    "names": re.compile(r"[^;:]+"),
    "status": _DIGITS,
    "size": _DIGITS,
    "more": _DIGITS,
    "number": re.compile(r"[-+.\deE]+"),
    "column": _DIGITS,
    "thing": _WORD,
    "id": _WORD,
}
"""What the values of a name look like; other values may be any text."""

_NESTED: Mapping[str, re.Pattern[str]] = {
    "detail": _DETAIL, "effect": _DETAIL, "how": _DETAIL, "names": _DETAIL, "rule": _NEVER, "error": _NEVER,
    "kind": _NEVER, "remark": _NEVER, "answer": _NEVER,
    "where": _NEVER, "oddities": _ODDITY,
}  # fmt: skip
"""The names of values that are themselves made from templates, and where they can be cut."""

_NOT_DETAILS = frozenset({"rule", "remark"})


class _Template(NamedTuple):
    """The fixed parts of an English text, the names of the values between them, and the text in the other language."""

    parts: tuple[str, ...]
    names: tuple[str, ...]
    other: str


class _Found(NamedTuple):
    """A way to read a text: its cost, which is how much of the text is in values, and what gives the translation.

    Values are translated only where their template is chosen, so the work grows with the length of a text alone.
    """

    cost: int
    say: Callable[[], str]

    @property
    def is_known(self) -> bool:
        return self.cost < _UNKNOWN


def translate_reason(language: str, text: str) -> str:
    """A finished text in a language. What its templates do not know stays English, and so does a text too long."""
    if len(text) > _LONGEST or not templates_of("reasons", language):
        return text
    return catalogue(language).get(text) or _translate(language, text)


@lru_cache(maxsize=_MOST_REMEMBERED)
def _translate(language: str, text: str) -> str:
    return _reader(language).cut(text, _SENTENCE).say()


def translate_event(language: str, text: str) -> str:
    """The text of an event in a language: states stay as they are, and what is noted after them is translated."""
    if language == "en" or len(text) > _LONGEST:
        return text
    return _event_reader(language).cut(text, _NOTE, 1).say()


@cache
def _event_reader(language: str) -> _Reader:
    say = speaker(language)
    defects = {defect: say(defect) for defect in DEFECTS} | {text: say(text) for text in OF_FIELDS.values()}
    notes = {**defects, **templates_of("scenarios", language), **templates_of("events", language)}
    return _Reader(templates_of("reasons", language), notes, say)


@cache
def _reader(language: str) -> _Reader:
    details = {**templates_of("details", language), **templates_of("scenarios", language)}
    return _Reader(templates_of("reasons", language), details, speaker(language))


class _Reader:
    """Reads texts by templates. They are sorted by how they begin, so that few are compared with a text."""

    def __init__(self, sentences: Mapping[str, str], details: Mapping[str, str], say: Say = _ENGLISH) -> None:
        """`say` gives the names of kinds of objects and of defects, which other pages show too."""
        self._other = sentences
        self._say = say
        self._sentences = _by_initial(sentences)
        self._details = _by_initial({**sentences, **details})
        end = sentences[_END]
        self._clauses = {
            _clause(text): other.removesuffix(end)
            for text, other in sentences.items()
            if text.endswith(".") and "{" not in text
        }

    def cut(self, text: str, separator: re.Pattern[str], depth: int = 0) -> _Found:
        """The cheapest way to cut a text into pieces that templates fit, found from its end to its beginning."""
        cuts = [found.span() for found in separator.finditer(text)][: _MOST_PIECES - 1]
        starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(text)]
        costs = [0] * (len(starts) + 1)
        chosen: list[tuple[_Found, int]] = []
        for first in reversed(range(len(starts))):
            unknown = text[starts[first] : ends[first]]
            options = [(_Found(_UNKNOWN + len(unknown), partial(str, unknown)), first + 1)]
            spans = range(first, min(first + _WIDEST, len(starts)))
            found = [(self._whole(text[starts[first] : ends[last]], depth), last + 1) for last in spans]
            options += [(one, after) for one, after in found if one is not None]
            best = min(options, key=lambda option: option[0].cost + costs[option[1]])
            costs[first] = best[0].cost + costs[best[1]]
            chosen.append(best)
        return _Found(
            costs[0],
            partial(
                self._assemble, chosen[::-1], [text[end:start] for end, start in zip(ends, starts[1:], strict=False)]
            ),
        )

    def _assemble(self, chosen: list[tuple[_Found, int]], separators: list[str]) -> str:
        """The pieces in the other language, and what stands between them; names and values keep their commas."""
        said, at = "", 0
        while at < len(chosen):
            found, at = chosen[at]
            said += found.say()
            if at < len(chosen):
                separator = separators[at - 1]
                if separator == " ":
                    said += " " if said[-1:].isascii() else ""
                else:
                    said += self._other[separator] if found.is_known else separator
        return said

    def _whole(self, text: str, depth: int) -> _Found | None:
        """A text that is made from one template, or from sentences that were joined to one."""
        known = self._details if depth else self._sentences
        found: list[_Found] = []
        for template in (*known.get(text[:_INITIAL], ()), *known.get("", ())):
            values = _values(template, text)
            if values is not None:
                cost = sum(len(value) for name, value in values.items() if name != "rule")
                if "rule" in values:
                    rule = self._whole(values["rule"], 0)
                    if rule is None:
                        continue
                    cost += rule.cost
                found.append(_Found(cost, partial(self._fill, template, values, depth)))
        best = min(found, key=lambda one: one.cost, default=None)
        if depth == 0 and text.endswith(".") and (best is None or best.cost > 0):
            clause = self._joined(_clause(text), {}) or self._whole(_clause(text), _DEEPEST - 1)
            if clause and (best is None or clause.cost < best.cost):
                return _Found(clause.cost, lambda: clause.say() + self._other[_END])
        return best

    def _fill(self, template: _Template, values: Mapping[str, str], depth: int) -> str:
        if not values:
            return template.other
        shown = {
            name: self.cut(value, _NESTED[name], 0 if name in _NOT_DETAILS else depth + 1).say()
            if name in _NESTED and depth < _DEEPEST
            else self._named(name, value)
            for name, value in values.items()
        }
        return _PLACEHOLDER.sub(lambda found: shown.get(found[1], found[0]), template.other)

    def _named(self, name: str, value: str) -> str:
        """A value as it is, or in words if it is the name of a kind of object or of a defect."""
        if name == "defect":
            return defect_in_words(value, self._say)
        said = self._say(value.lower()) if name == "thing" else ""
        return value if said in {"", value.lower()} else said

    def _joined(self, text: str, seen: dict[int, _Found | None]) -> _Found | None:
        """Sentences that became clauses of one, such as those of several mistakes, with details in brackets."""
        if len(text) not in seen:
            seen[len(text)] = next(self._clauses_of(text, seen), None)
        return seen[len(text)]

    def _clauses_of(self, text: str, seen: dict[int, _Found | None]) -> Iterator[_Found]:
        for clause, other in self._clauses.items():
            if not text.startswith(clause):
                continue
            rest = text[len(clause) :]
            yield from self._continued(_Found(0, partial(str, other)), rest, seen)
            for end in re.finditer(r"\)(?=, and |$)", rest) if rest.startswith(" (") else ():
                detail = rest[2 : end.start()]
                said = partial(self._bracketed, other, detail)
                yield from self._continued(_Found(len(detail), said), rest[end.end() :], seen)

    def _bracketed(self, said: str, detail: str) -> str:
        return said + self._other[_BRACKETED].format(detail=self.cut(detail, _DETAIL, 1).say())

    def _continued(self, found: _Found, rest: str, seen: dict[int, _Found | None]) -> Iterator[_Found]:
        if not rest:
            yield found
        elif rest.startswith(_AND) and (after := self._joined(rest.removeprefix(_AND), seen)):
            yield _Found(found.cost + after.cost, lambda: found.say() + self._other[_AND] + after.say())


def _by_initial(templates: Mapping[str, str]) -> Mapping[str, list[_Template]]:
    """Templates by their first letters; those that begin with a value are under the empty text."""
    found: dict[str, list[_Template]] = {}
    for text, other in templates.items():
        pieces = re.split(r"\{(\w+)\}", text)
        initial = "" if len(pieces) > 1 and len(pieces[0]) < _INITIAL else text[:_INITIAL]
        found.setdefault(initial, []).append(_Template(tuple(pieces[::2]), tuple(pieces[1::2]), other))
    return found


def _clause(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:-1]


def _values(template: _Template, text: str) -> dict[str, str] | None:
    """The values with which a template gives a text, each as short as it can be; None if it does not give it."""
    first, *middle, last = template.parts if template.names else (*template.parts, "")
    if not template.names:
        return {} if text == first else None
    if not text.startswith(first) or not text.endswith(last) or len(text) <= len(first) + len(last):
        return None
    values: dict[str, str] = {}
    at, end = len(first), len(text) - len(last)
    for name, part in zip(template.names, (*middle, None), strict=True):
        until = end if part is None else text.find(part, at + 1, end)
        if until <= at or (name in _IS and not _IS[name].fullmatch(text, at, until)):
            return None
        values[name] = text[at:until]
        at = until + len(part or "")
    return values

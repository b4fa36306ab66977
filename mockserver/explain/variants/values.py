"""Mistakes in the text of each value: empty values, numbers, booleans, null, and nested values."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

from mockserver.explain.variants import languages
from mockserver.explain.variants.escaping import http_build_query
from mockserver.explain.variants.languages import is_fraction, rewrite, stripped
from mockserver.explain.variants.model import Message, Mistake, Parameters, Stage, Step, Texts, Variant, Variants
from mockserver.explain.variants.notations import (
    JSON,
    LANGUAGES,
    MEMBERS,
    PRINTERS,
    as_javascript,
    as_php,
    flattened,
    opened,
)
from mockserver.signing.php import Number, Value, is_empty, json_text, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


def _each(write: Callable[[Value], Value]) -> Step:
    return lambda parameters: {name: write(value) for name, value in parameters.items()}


_EMPTIES = ('""', "null", "false", '"0"', "0", "[]", "{}", "blank texts")
_MOST_KINDS = 5
_OFTEN_DROPPED = (
    {'""'}, {'""', "null"}, {"null"}, {'""', "null", "false"}, {'""', "null", "false", "0"}, {"null", "[]", "{}"},
    {'""', "null", "[]", "{}"}, {'""', "null", "false", "0", "[]", "{}"}, {'""', "null", "blank texts"}, {'"0"'},
)  # fmt: skip


def _empties(message: Message) -> Iterator[Variant]:
    sent = {_kind(value) for value in message.parameters.values()}
    kinds = [kind for kind in _EMPTIES if kind in sent]
    often = [tuple(kind for kind in kinds if kind in dropped) for dropped in _OFTEN_DROPPED]
    others = [some for number in range(1, _MOST_KINDS + 1) for some in combinations(kinds[:_MOST_KINDS], number)]
    for dropped in dict.fromkeys([*often, *others]):
        if dropped:
            step = partial(_drop, kinds=frozenset(dropped))
            yield Variant(step, f"{', '.join(dropped)} dropped, the others kept")


def _kind(value: Value) -> str:
    """Which of the empties a value is; none of them for what is not empty."""
    if isinstance(value, Number):
        return "0" if is_empty(value) else ""
    if isinstance(value, str):
        return {"": '""', "0": '"0"'}.get(value) or ("blank texts" if value.isspace() else "")
    return "null" if value is None else "false" if value is False else json_text(value) if value in ([], {}) else ""


def _drop(parameters: Parameters, kinds: frozenset[str]) -> Parameters:
    return {name: value for name, value in parameters.items() if _kind(value) not in kinds}


_NUMBER_FORMATS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("as in the body", str),
    ("with two decimals", lambda source: f"{Decimal(source):.2f}"),
    ("without trailing zeros", stripped),
    ("as a whole number", lambda source: str(int(Decimal(source)))),
    ("in cents", lambda source: stripped(str(Decimal(source) * 100))),
    ("as Python's float", languages.python),
    ("as Java's double", languages.java),
    ("as JavaScript's number", languages.javascript),
    ("as Go's float64", languages.go),
    ("with one decimal", lambda source: f"{Decimal(source):.1f}"),
    ("with a decimal comma", lambda source: source.replace(".", ",")),
    ("with two decimals and a decimal comma", lambda source: f"{Decimal(source):.2f}".replace(".", ",")),
    ("with thousands separators", lambda source: f"{Decimal(source):,.2f}"),
    ("with thousands separators, without decimals", lambda source: f"{Decimal(source):,f}"),
    ("in hundredths of what was sent", lambda source: f"{Decimal(source) / 100:.2f}"),
    ("rounded to a whole number", lambda source: f"{Decimal(source):.0f}"),
    ("without an exponent", lambda source: f"{Decimal(source):f}"),
)


def _numbers(message: Message) -> Iterator[Variant]:
    """The fractions, the amounts, the numbers, or the numbers and the time in another format than PHP's."""
    sent = message.parameters
    numbers = frozenset(name for name, value in sent.items() if isinstance(value, Number) and name != "time")
    amounts = frozenset(name for name, value in sent.items() if name.endswith("amount") and isinstance(value, str))
    fractions = frozenset(name for name in numbers if is_fraction(sent[name]))
    with_time = numbers | {"time"} if isinstance(sent.get("time"), Number) else frozenset()
    for names in filter(None, (fractions, amounts, numbers, with_time)):
        for name, write_number in _NUMBER_FORMATS:
            yield Variant(partial(_rewritten, names=names, write_number=write_number), name)


def _rewritten(parameters: Parameters, names: frozenset[str], write_number: Callable[[str], str]) -> Parameters:
    numbers = {name: value for name in names if isinstance(value := parameters.get(name), str)}
    return parameters | {name: rewrite(value, write_number) for name, value in numbers.items()}


_BOOLEANS = (("true", "false"), ("True", "False"), ("1", "0"), ("TRUE", "FALSE"), ("true", ""), ("1", "false"))
_NULLS = ("null", "None", "NULL", "undefined", "nil", "<nil>", "0", "false", "NaN")


def _boolean_as(true: str, false: str) -> Step:
    return _each(lambda value: true if value is True else false if value is False else value)


def _null_as(text: str) -> Step:
    return _each(lambda value: text if value is None else value)


def _nested_as(write: Callable[[Value], str]) -> Step:
    return _each(lambda value: value if (inside := opened(value)) is None else write(inside))


def _nested(message: Message) -> Iterator[Variant]:
    """Objects and lists in another notation than compact JSON, also those that the body holds as JSON texts."""
    if not any(opened(value) is not None for value in message.parameters.values()):
        return
    nested = [(inside, text_of(value)) for value in message.parameters.values() if (inside := opened(value))]
    yield Variant(_nested_as(as_php), "as Array")
    yield Variant(_nested_as(as_javascript), "as JavaScript's text")
    for notation in JSON:
        plain = notation.unescaped()
        is_other = any(plain.write(inside) != text for inside, text in nested)
        escapes = [name for _, text in nested for name in notation.escapes(text)]
        mistakes = ("nested value as text",) * (is_other or not escapes) + tuple(dict.fromkeys(escapes))
        yield Variant(_nested_as(notation.write), f"as {notation.name}", mistakes)
    for name, write in (*[(one.name, one.write) for one in LANGUAGES], *PRINTERS):
        yield Variant(_nested_as(write), f"as {name}")
    for members in MEMBERS:
        yield Variant(partial(flattened, members=members), f"flattened as name{members[0].format('member')}")


def _queries(message: Message) -> Iterator[Variant]:
    """PHP's http_build_query, where it does more than encode: it drops null, writes false as 0, and flattens.

    Its result is often decoded again, and the keys may not be sorted before.
    """
    sent = list(message.parameters.values())
    more = {
        "empty values half dropped": any(value in (None, [], {}) for value in sent),
        "booleans as text": any(value is False for value in sent),
        "nested value as text": any(isinstance(value, (dict, list)) and value for value in sent),
    }
    mistakes = [name for name, is_seen in more.items() if is_seen]
    if mistakes:
        for order, unsorted in ((sorted, ()), (list, ("keys unsorted",))):
            for encode, encoded in ((http_build_query, ("values URL-encoded",)), (str, ())):
                step = partial(_query, order=order, encode=encode)
                how = "as http_build_query does" if encoded else "as http_build_query does, decoded again"
                yield Variant(step, how, (*mistakes, *unsorted, *encoded), until=Stage.JOINING)


def _query(parameters: Parameters, order: Callable[..., list[str]], encode: Callable[[str], str]) -> Texts:
    in_order = {name: parameters[name] for name in order(parameters)}  # ksort does not reach what is nested
    members = MEMBERS[1] if encode is http_build_query else MEMBERS[0]
    flat = {name: value for name, value in flattened(in_order, members).items() if value is not None}
    return {name: encode("0" if value is False else text_of(value)) for name, value in flat.items()}


def _in_languages(message: Message) -> Iterator[Variant]:
    for language in languages.LANGUAGES:
        mistakes = language.mistakes(message)
        if len(mistakes) > 1:
            yield Variant(_each(language.text), f"as {language.name} does", mistakes)
    for language in languages.QUOTING:
        mistakes = tuple(dict.fromkeys(("values quoted", *language.mistakes(message))))
        yield Variant(_each(language.text), f"as {language.name} does", mistakes)


SEVERAL_AT_ONCE: Mapping[Stage, Variants] = {Stage.EMPTIES: _queries, Stage.LANGUAGE: _in_languages}
"""Variants that make several mistakes by one habit, and so stand in the entry of none."""

MISTAKES = (
    Mistake(
        "numbers reformatted",
        "The numbers were signed in a format other than the gateway's.",
        "Send amounts and other numbers as JSON strings, and sign the same strings.",
        {Stage.NUMBERS: _numbers},
    ),
    Mistake(
        "booleans as text",
        "The booleans were not signed as PHP writes them: 1 for true, and nothing for false.",
        'Send booleans as strings, or sign true as "1" and false as an empty text.',
        {
            Stage.BOOLEANS: [
                Variant(_boolean_as(*texts), 'true as "{}", false as "{}"'.format(*texts)) for texts in _BOOLEANS
            ]
        },
    ),
    Mistake(
        "null as text",
        "The value null was signed as a word.",
        "Sign null as an empty text (key=), or do not send the field.",
        {Stage.NULLS: [Variant(_null_as(text), text) for text in _NULLS]},
    ),
    Mistake(
        "nested value as text",
        "The nested values were not signed as compact JSON.",
        "Encode an object or array as a JSON string yourself, and both send and sign that string.",
        {Stage.NESTED: _nested},
    ),
    Mistake(
        "empty values half dropped",
        "The empty values were partly dropped and partly kept.",
        'Keep all empty values as key=, or drop all that PHP calls empty ("", "0", 0, null, false).',
        {Stage.EMPTIES: _empties},
    ),
)

"""The text of each value: empties, numbers, booleans, null, and what is nested."""

from __future__ import annotations

from functools import partial
from itertools import combinations, compress
from operator import not_
from typing import TYPE_CHECKING

from mockserver.explain.variants.line import Message, Parameters, Stage, Texts, Way
from mockserver.explain.variants.notations import (
    JSON,
    LANGUAGES,
    MEMBERS,
    as_javascript,
    as_php,
    flattened,
    opened,
    write,
)
from mockserver.explain.variants.printed import PRINTERS
from mockserver.explain.variants.urlencoding import http_build_query
from mockserver.signing.php import Number, Value, is_empty, json_text, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NESTED = ("nested value as text",)
_TEXTS = {str, Number}


def texts_of(message: Message) -> Callable[[Parameters], Texts]:
    """The right step: the text that PHP makes of each value, made once for each nested one."""
    nested = [(name, value) for name, value in message.parameters.items() if isinstance(value, (dict, list))]
    return partial(_texts, known={id(value): message.texts[name] for name, value in nested})


def _texts(parameters: Parameters, known: dict[int, str]) -> Texts:
    others = compress(parameters.items(), map(not_, map(_TEXTS.__contains__, map(type, parameters.values()))))
    return parameters | {name: known.get(id(value)) or text_of(value) for name, value in others}


def without_empties(parameters: Parameters) -> Parameters:
    """The other right step: what PHP holds for empty is dropped."""
    return {name: value for name, value in parameters.items() if not is_empty(value)}


def of_empties(message: Message) -> Iterator[Way]:
    """Ways to drop some empty values and keep others."""
    sent = {_kind(value) for value in message.parameters.values()}
    kinds = [kind for kind in _EMPTIES if kind in sent]
    often = [tuple(kind for kind in kinds if kind in dropped) for dropped in _OFTEN_DROPPED]
    others = [some for number in range(1, _MOST_KINDS + 1) for some in combinations(kinds[:_MOST_KINDS], number)]
    for dropped in dict.fromkeys([*often, *others]):
        if dropped:
            how = f"{', '.join(dropped)} dropped, the others kept"
            yield Way(("empty values half dropped",), partial(_drop, kinds=frozenset(dropped)), how)
    yield from _as_query(message)


_EMPTIES = ('""', "null", "false", '"0"', "0", "[]", "{}", "blank texts")
_MOST_KINDS = 5
_OFTEN_DROPPED = (
    {'""'}, {'""', "null"}, {"null"}, {'""', "null", "false"}, {'""', "null", "false", "0"}, {"null", "[]", "{}"},
    {'""', "null", "[]", "{}"}, {'""', "null", "false", "0", "[]", "{}"}, {'""', "null", "blank texts"}, {'"0"'},
)  # fmt: skip


def _kind(value: Value) -> str:
    """Which of the empties a value is; none of them for what is not empty."""
    if isinstance(value, Number):
        return "0" if is_empty(value) else ""
    if isinstance(value, str):
        return _KINDS_OF_TEXT.get(value) or ("blank texts" if value.isspace() else "")
    return "null" if value is None else "false" if value is False else json_text(value) if value in ([], {}) else ""


_KINDS_OF_TEXT = {"": '""', "0": '"0"'}


def _drop(parameters: Parameters, kinds: frozenset[str]) -> Parameters:
    return {name: value for name, value in parameters.items() if _kind(value) not in kinds}


def _as_query(message: Message) -> Iterator[Way]:
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
                yield Way((*mistakes, *unsorted, *encoded), step, how, until=Stage.JOINING)


def _query(parameters: Parameters, order: Callable[..., list[str]], encode: Callable[[str], str]) -> Texts:
    in_order = {name: parameters[name] for name in order(parameters)}  # ksort does not reach what is nested
    members = MEMBERS[1] if encode is http_build_query else MEMBERS[0]
    flat = {name: value for name, value in flattened(in_order, members).items() if value is not None}
    return {name: encode("0" if value is False else text_of(value)) for name, value in flat.items()}


def of_booleans(_message: Message) -> Iterator[Way]:
    """Ways to write true and false otherwise than `1` and nothing."""
    for true, false in (
        ("true", "false"), ("True", "False"), ("1", "0"), ("TRUE", "FALSE"), ("true", ""), ("1", "false"),
    ):  # fmt: skip
        step = partial(_replaced, replace=partial(_boolean, true=true, false=false))
        yield Way(("booleans as text",), step, f'true as "{true}", false as "{false}"')


def _boolean(value: Value, true: str, false: str) -> Value:
    return true if value is True else false if value is False else value


def of_nulls(_message: Message) -> Iterator[Way]:
    """Ways to write null otherwise than as nothing."""
    for text in ("null", "None", "NULL", "undefined", "nil", "<nil>", "0", "false", "NaN"):
        yield Way(("null as text",), partial(_replaced, replace=partial(_null, text=text)), text)


def _null(value: Value, text: str) -> Value:
    return text if value is None else value


def of_nested(message: Message) -> Iterator[Way]:
    """Ways to write objects and lists, also those that the body holds as JSON texts."""
    if not any(opened(value) is not None for value in message.parameters.values()):
        return
    for name, write_nested, mistakes in _notations(message):
        step = partial(_replaced, replace=partial(_nested, write_nested=write_nested))
        yield Way(mistakes, step, f"as {name}")
    for members in MEMBERS:
        yield Way(_NESTED, partial(flattened, members=members), f"flattened as name{members[0].format('member')}")


def _notations(message: Message) -> Iterator[tuple[str, Callable[[Value], str], tuple[str, ...]]]:
    """How nested values are written, and the mistakes that it is to write those of a message so."""
    nested = [(inside, text_of(value)) for value in message.parameters.values() if (inside := opened(value))]
    yield "Array", as_php, _NESTED
    yield "JavaScript's text", as_javascript, _NESTED
    for notation in JSON:
        plain = notation.unescaped()
        is_other = any(write(inside, plain) != text for inside, text in nested)
        escapes = [name for _, text in nested for name in notation.escapes(text)]
        mistakes = (*_NESTED * (is_other or not escapes), *dict.fromkeys(escapes))
        yield notation.name, partial(write, notation=notation), mistakes
    for notation in LANGUAGES:
        yield notation.name, partial(write, notation=notation), _NESTED
    for name, text in PRINTERS:
        yield name, text, _NESTED


def _nested(value: Value, write_nested: Callable[[Value], str]) -> Value:
    inside = opened(value)
    return value if inside is None else write_nested(inside)


def _replaced(parameters: Parameters, replace: Callable[[Value], Value]) -> Parameters:
    return {name: replace(value) for name, value in parameters.items()}

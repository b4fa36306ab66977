"""Mistakes in the text of each value: empty and nested values, numbers, booleans, null, and the time."""

from __future__ import annotations

import re
from datetime import timedelta, timezone
from decimal import Decimal
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

from mockserver.durations import moment
from mockserver.explain.variants import languages
from mockserver.explain.variants.escaping import http_build_query
from mockserver.explain.variants.model import (
    FEW_FIELDS,
    Message,
    Mistake,
    Parameters,
    Stage,
    Step,
    Texts,
    Variant,
    Variants,
)
from mockserver.signing.php import Number, Value, float_text, is_empty, json_text, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime


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
    ("without trailing zeros", languages.stripped),
    ("as a whole number", lambda source: str(int(Decimal(source)))),
    ("in cents", lambda source: languages.stripped(str(Decimal(source) * 100))),
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


_AMOUNT_FORMATS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("with a euro sign before it", "€{}".format),
    ("with a euro sign and a space before it", "€ {}".format),
    ("with EUR after it", "{} EUR".format),
    ("with EUR before it", "EUR {}".format),
    ("with a euro sign after it", "{} €".format),
    ("with four decimals", lambda source: f"{Decimal(source):.4f}"),
    ("with points for thousands and a decimal comma", lambda source: _european(f"{Decimal(source):,.2f}")),
    ("with spaces for thousands", lambda source: f"{Decimal(source):,.2f}".replace(",", " ")),
    ("one cent more", lambda source: f"{Decimal(source) + Decimal('0.01'):.2f}"),
    ("one cent less", lambda source: f"{Decimal(source) - Decimal('0.01'):.2f}"),
    ("without its sign", lambda source: source.lstrip("+-")),
)
_LONG_NUMBER_FORMATS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("as PHP's float", lambda source: float_text(float(source))),
    ("as JavaScript's number", languages.javascript),
    ("as Python's float", languages.python),
    ("as Java's double", languages.java),
    ("as Go's float64", languages.go),
    ("without leading zeros", lambda source: source.lstrip("0") or "0"),
    ("as a 32-bit integer", lambda source: str((int(source) + 2**31) % 2**32 - 2**31)),
    ("as the largest 32-bit integer", lambda source: str(min(int(source), 2**31 - 1))),
    ("as the largest 64-bit integer", lambda source: str(min(int(source), 2**63 - 1))),
    ("read as octal", lambda source: str(int(source, 8))),
    ("as a spreadsheet shows it", lambda source: f"{Decimal(source):.2E}".replace("E+", "E+")),
    ("with 15 digits, as a spreadsheet keeps them", lambda source: source[:15] + "0" * (len(source) - 15)),
    ("with a decimal", "{}.0".format),
    ("with thousands separators", lambda source: f"{int(source):,}"),
)
"""What becomes of a text of digits that a program takes for a number."""


def _european(text: str) -> str:
    return text.translate(str.maketrans(",.", ".,"))


def _numbers(message: Message) -> Iterator[Variant]:
    """Numbers, and texts that a program may take for numbers, in another format than that of the body.

    The fractions, the amounts, all numbers, with the time too; then all texts of digits, and each of these alone.
    """
    sent = message.parameters
    numbers = frozenset(name for name, value in sent.items() if isinstance(value, Number) and name != "time")
    amounts = frozenset(name for name, value in sent.items() if name.endswith("amount") and isinstance(value, str))
    fractions = frozenset(name for name in numbers if languages.is_fraction(sent[name]))
    with_time = numbers | {"time"} if isinstance(sent.get("time"), Number) else frozenset()
    for names in filter(None, (fractions, amounts, numbers, with_time)):
        for name, write_number in _NUMBER_FORMATS:
            yield Variant(partial(_rewritten, names=names, write_number=write_number), name)
    for name, write_number in _AMOUNT_FORMATS if amounts else ():
        yield Variant(partial(_rewritten, names=amounts, write_number=write_number), name)
    for name in sorted(numbers - fractions)[:FEW_FIELDS]:
        for width in range(len(text_of(sent[name])) + 1, _WIDEST_PADDED):
            yield Variant(
                partial(_rewritten, names=frozenset({name}), write_number=_padded(width)), "with leading zeros"
            )
    texts = {name: value for name, value in sent.items() if isinstance(value, str) and _NUMBER.fullmatch(value)}
    alone = [frozenset({name}) for name in texts][:FEW_FIELDS]
    for names in (frozenset(texts), *alone * (len(alone) > 1)):
        for name, write_number in (*_LONG_NUMBER_FORMATS, *_NUMBER_FORMATS[1:4]) if names else ():
            yield Variant(partial(_rewritten, names=names, write_number=write_number), name)


def _padded(width: int) -> Callable[[str], str]:
    return lambda source: source.zfill(width)


_WIDEST_PADDED = 13
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def _rewritten(parameters: Parameters, names: frozenset[str], write_number: Callable[[str], str]) -> Parameters:
    numbers = {name: value for name in names if isinstance(value := parameters.get(name), str)}
    return parameters | {name: languages.rewrite(value, write_number) for name, value in numbers.items()}


_BOOLEANS = (("true", "false"), ("True", "False"), ("1", "0"), ("TRUE", "FALSE"), ("true", ""), ("1", "false"))
_BOOLEAN_TEXTS = (("1", ""), ("1", "0"), ("True", "False"), ("TRUE", "FALSE"), ("yes", "no"), ("on", "off"))
_NULLS = ("null", "None", "NULL", "undefined", "nil", "<nil>", "0", "false", "NaN")


def _boolean_as(true: str, false: str) -> Step:
    return _each(lambda value: true if value is True else false if value is False else value)


def _boolean_text_as(true: str, false: str) -> Step:
    return _each(lambda value: {"true": true, "false": false}.get(value, value) if isinstance(value, str) else value)


def _null_as(text: str) -> Step:
    return _each(lambda value: text if value is None else value)


def _empties_as(text: str) -> Step:
    return _each(lambda value: text if value in (None, "", [], {}) and not isinstance(value, Number) else value)


def _empty_texts_as(text: str) -> Step:
    return _each(lambda value: text if value == "" else value)


def _nulls(message: Message) -> Iterator[Variant]:
    yield from [Variant(_null_as(text), text) for text in _NULLS]
    yield from [Variant(_empty_texts_as(text), f"empty texts as {text}") for text in _NULLS]
    yield from [Variant(_empties_as(text), f"all that is empty as {text}") for text in _NULLS[:2]]
    empty = [name for name, value in message.parameters.items() if value in (None, "")][:FEW_FIELDS]
    for name in empty if len(empty) > 1 else ():
        yield from [Variant(partial(_with_text, name=name, text=text), f"{name} as {text}") for text in _NULLS[:4]]


def _with_text(parameters: Parameters, name: str, text: str) -> Parameters:
    return parameters | {name: text} if name in parameters else parameters


def _nested_as(write: Callable[[Value], str]) -> Step:
    return _each(lambda value: value if (inside := languages.opened(value)) is None else write(inside))


def _nested(message: Message) -> Iterator[Variant]:
    """Objects and lists in another notation than compact JSON, also those that the body holds as JSON texts."""
    if not any(languages.opened(value) is not None for value in message.parameters.values()):
        return
    nested = [(inside, text_of(value)) for value in message.parameters.values() if (inside := languages.opened(value))]
    yield Variant(_nested_as(languages.as_php), "as Array")
    yield Variant(_nested_as(languages.as_javascript), "as JavaScript's text")
    for notation in languages.JSON:
        plain = notation.unescaped()
        is_other = any(plain.write(inside) != text for inside, text in nested)
        escapes = [name for _, text in nested for name in notation.escapes(text)]
        mistakes = ("nested value as text",) * (is_other or not escapes) + tuple(dict.fromkeys(escapes))
        yield Variant(_nested_as(notation.write), f"as {notation.name}", mistakes)
    for name, write in (*[(one.name, one.write) for one in languages.NOTATIONS], *languages.PRINTERS):
        yield Variant(_nested_as(write), f"as {name}")
    for members in languages.MEMBERS:
        yield Variant(partial(languages.flattened, members=members), f"flattened as name{members[0].format('member')}")


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
    members = languages.MEMBERS[1] if encode is http_build_query else languages.MEMBERS[0]
    flat = {name: value for name, value in languages.flattened(in_order, members).items() if value is not None}
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

_LONGEST_TIME = len("1732672545000")
_HOUR = 3600
_DAY = 24 * _HOUR
_HOURS = range(_HOUR, 14 * _HOUR + 1, _HOUR // 2)


def _near_times(message: Message) -> Iterator[Variant]:
    """The clock read twice, or in another unit."""
    sent = _time_sent(message)
    if sent:
        near = [str(int(sent) + sign * distance) for distance in range(1, 11) for sign in (-1, 1)]
        for time in (*near[:2], sent[:-3], f"{sent}000", *near[2:6], *_dates(message)[4:7], *near[6:], "0", ""):
            yield at_time(time)


def far_times(message: Message) -> tuple[list[str], list[str]]:
    """Dates and the times of other zones, then later ones and milliseconds, which are many."""
    sent = _time_sent(message)
    if not sent:
        return [], []
    unit = 1000 if len(sent) == _LONGEST_TIME else 1
    hours = [int(sent) + sign * hour * unit for hour in (*_HOURS, _DAY) for sign in (1, -1)]
    farther = range(11, 1000 if unit > 1 else 121)
    later = [str(int(sent) + sign * distance) for distance in farther for sign in (1, -1)]
    parts = [] if unit > 1 else [f"{sent}{part:03}" for part in range(1, 1000)]
    return [*_dates(message), *[str(time) for time in hours]], [*later, *parts]


_DAY_AND_TIME = "%Y-%m-%d %H:%M:%S"
_HOURS_FROM_GREENWICH = (0, 1, 2, 8)
_DATES = (
    _DAY_AND_TIME, "%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d", "%Y%m%d", "%Y-%m-%dT%H:%M:%S{zone}",
    f"{_DAY_AND_TIME}{{zone}}", f"{_DAY_AND_TIME} %z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S", "%d-%m-%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S",
    f"{_DAY_AND_TIME}.000", "%Y-%m-%dT%H:%M:%S.000", "%Y-%m-%dT%H:%M:%S.000{zone}", "%Y%m%d%H%M%S000",
    "%Y%m%d %H%M%S", "%Y%m%dT%H%M%S", "%y%m%d%H%M%S", "%a %b %d %H:%M:%S %Y", "%a, %d %b %Y %H:%M:%S %z",
)  # fmt: skip
"""As `strftime` writes them, in any of the zones; `{zone}` is the zone with a colon."""

_DATES_OF_GREENWICH = (
    "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.000Z", "%a, %d %b %Y %H:%M:%S GMT", "%a %b %d %H:%M:%S UTC %Y",
    "%a %b %d %H:%M:%S GMT %Y", f"{_DAY_AND_TIME} UTC", f"{_DAY_AND_TIME} +0000 UTC", "%Y%m%dT%H%M%SZ",
    f"{_DAY_AND_TIME}Z", "%Y-%m-%dT%H:%MZ", "%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)",
)  # fmt: skip


def _dates(message: Message) -> list[str]:
    """The time as a date or as a fraction, as the languages write them, in the likelier zones."""
    sent = _time_sent(message)
    if len(sent) not in {len("1732672545"), _LONGEST_TIME}:
        return []
    at = moment(int(sent[:10]) * 1000)
    part = sent[10:] or "000"
    there = [at.astimezone(timezone(timedelta(hours=hours))) for hours in _HOURS_FROM_GREENWICH]
    texts = [f"{sent}.0", f"{sent}.000", f"{sent[0]}.{sent[1:].rstrip('0')}E{len(sent) - 1}", f"{int(sent):x}"]
    texts += [at.strftime(form) for form in _DATES_OF_GREENWICH]
    texts += [_date(one, form) for one in there for form in _DATES]
    return list(dict.fromkeys([*texts, *[text.replace(".000", f".{part}") for text in texts[4:] if part != "000"]]))


def _date(at: datetime, form: str) -> str:
    zone = at.strftime("%z")
    return at.strftime(form.replace("{zone}", f"{zone[:3]}:{zone[3:]}"))


def at_time(time: str) -> Variant:
    """A time signed in place of the one that was sent."""
    return Variant(partial(_at, time=time), f"time={time}", ("time differs",))


def _time_sent(message: Message) -> str:
    sent = str(message.parameters.get("time", ""))
    return sent if sent.isascii() and sent.isdecimal() and len(sent) <= _LONGEST_TIME else ""


def _at(parameters: Parameters, time: str) -> Parameters:
    return {**parameters, "time": time} if "time" in parameters else parameters


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
                *[Variant(_boolean_as(*texts), 'true as "{}", false as "{}"'.format(*texts)) for texts in _BOOLEANS],
                *[
                    Variant(_boolean_text_as(*texts), 'the text "true" as "{}", "false" as "{}"'.format(*texts))
                    for texts in _BOOLEAN_TEXTS
                ],
            ]
        },
    ),
    Mistake(
        "null as text",
        "The empty values were signed as words.",
        "Sign null and empty texts as nothing (key=), or do not send the field.",
        {Stage.NULLS: _nulls},
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
    Mistake(
        "time differs",
        "The time that was signed is not the time that was sent.",
        "Read the clock once, in seconds, and use that value both in the string and in the body.",
        {Stage.TIME: _near_times},
    ),
)

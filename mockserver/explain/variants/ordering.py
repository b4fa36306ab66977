"""Mistakes in the order of the parameters."""

from __future__ import annotations

import re
from functools import partial
from itertools import permutations
from typing import TYPE_CHECKING, Any

from mockserver.explain.variants.model import ENVELOPE, Likelihood, Message, Mistake, Stage, Step, Texts, Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_DIGITS = re.compile("([0-9]+)")
_DIGITS_LAST = {ord(digit): chr(0x10000 + ord(digit)) for digit in "0123456789"}
_SMALLEST_TABLE = 16
_BY_BYTE = "Sort the keys by byte: digits, then uppercase letters, then _, then lowercase letters."


def _by_name(key: Callable[[str], Any]) -> Step:
    return lambda texts: {name: texts[name] for name in sorted(texts, key=key)}


def _by_item(key: Callable[[tuple[str, str]], str], *, backwards: bool = False) -> Step:
    return lambda texts: dict(sorted(texts.items(), key=key, reverse=backwards))


def _naturally(name: str) -> list[tuple[int, str]]:
    return [(int(part[:18]), "") if part.isdecimal() else (-1, part) for part in _DIGITS.split(name) if part]


def _in_order(texts: Texts) -> Texts:
    return dict(sorted(texts.items()))


def _as_it_stands(texts: Texts) -> Texts:
    return texts


def _in_parts(texts: Texts, order: tuple[str, ...], own: Callable[[Texts], Texts], *, is_first: bool) -> Texts:
    outer = {name: texts[name] for name in order if name in texts}
    data = own({name: text for name, text in texts.items() if name not in outer})
    return outer | data if is_first else data | outer


_envelope_first = partial(_in_parts, order=ENVELOPE, own=_as_it_stands, is_first=True)
_envelope_last = partial(_in_parts, order=ENVELOPE, own=_as_it_stands, is_first=False)


def _in_hash_map(texts: Texts, put: Callable[[Texts], Texts], larger: int) -> Texts:
    """The order of a Java HashMap: by bucket, and within one by the order in which they were put into it."""
    size = _SMALLEST_TABLE
    while size * 3 < len(texts) * 4:
        size *= 2
    last = size * larger - 1  # putAll may take a larger table than it needs
    return dict(sorted(put(texts).items(), key=lambda item: _spread(item[0]) & last))


def _spread(name: str) -> int:
    number = 0
    units = name.encode("utf-16-be", "replace")
    for high, low in zip(units[::2], units[1::2], strict=True):
        number = (31 * number + 256 * high + low) & 0xFFFFFFFF
    return number ^ number >> 16


def _whole_numbers_first(texts: Texts) -> Texts:
    numbers = [name for name in texts if name.isascii() and name.isdecimal() and (name == "0" or name[0] != "0")]
    return {name: texts[name] for name in (*sorted(numbers, key=int), *texts)}


def _envelope_apart(own: Callable[[Texts], Texts], orders: Iterable[tuple[str, ...]]) -> Iterator[Variant]:
    """The envelope before or after data, whose keys are in their own order; a notification has no envelope."""
    for order in orders:
        for is_first, where in ((True, "before data"), (False, "after data")):
            step = partial(_in_parts, order=order, own=own, is_first=is_first)
            yield Variant(step, f"{', '.join(order)} {where}")


def _orders(message: Message) -> list[tuple[str, ...]]:
    return list(permutations(ENVELOPE)) if "method" in message.parameters else []


def _unsorted(message: Message) -> Iterator[Variant]:
    yield Variant(_as_it_stands, "in the order of the body")
    yield from _envelope_apart(_as_it_stands, _orders(message))


def _apart_or_as_stored(message: Message) -> Iterator[Variant]:
    """The keys of data sorted; then the orders in which a program stores unsorted keys, which fit by chance."""
    yield from _envelope_apart(_in_order, _orders(message))
    unsorted = ("keys unsorted",)
    for larger in (1, 2):
        for put in (_as_it_stands, _envelope_first, _envelope_last):
            yield Variant(partial(_in_hash_map, put=put, larger=larger), "in the order of a Java HashMap", unsorted)
    yield Variant(_whole_numbers_first, "in the order of a JavaScript object", unsorted)


MISTAKES = (
    Mistake(
        "keys unsorted",
        "The keys were not sorted before they were joined.",
        "Sort the keys by byte (ksort, sorted(), Arrays.sort) before you join them.",
        {Stage.ORDER: _unsorted},
        Likelihood.COMMON,
    ),
    Mistake(
        "only data sorted",
        "The keys of data were sorted, but user, method and time were put before or after them.",
        "Merge user, method and time with the keys of data, then sort all of them together.",
        {Stage.ORDER: _apart_or_as_stored},
    ),
    Mistake(
        "keys sorted without case",
        "The keys were sorted case-insensitively, or in dictionary order.",
        _BY_BYTE,
        {
            Stage.ORDER: (
                Variant(_by_name(str.lower), "as lower case"),
                Variant(_by_name(str.upper), "as upper case"),
                Variant(_by_name(lambda name: name.lower().replace("_", " ")), "as a dictionary does"),
                Variant(
                    _by_name(lambda name: "".join(filter(str.isalnum, name.lower()))),
                    "as a dictionary does, without underscores",
                ),
                Variant(_by_name(str.swapcase), "small letters before capitals"),
                Variant(_by_name(lambda name: name.lower().translate(_DIGITS_LAST)), "digits behind letters"),
            )
        },
    ),
    Mistake(
        "sorted as numbers or naturally",
        "The keys were sorted in natural order or by length.",
        _BY_BYTE,
        {Stage.ORDER: (Variant(_by_name(_naturally), "naturally"), Variant(_by_name(len), "by the length of the key"))},
        Likelihood.RARE,
    ),
    Mistake(
        "sorted by value",
        "The parameters were sorted by value.",
        "Sort by key (ksort, not asort or sort).",
        {
            Stage.ORDER: (
                Variant(_by_item(lambda item: item[1])),
                Variant(_by_item(lambda item: item[1], backwards=True), "backwards"),
            )
        },
        Likelihood.RARE,
    ),
    Mistake(
        "sorted after joining",
        "The joined key=value texts were sorted, which puts a1=… before a=….",
        "Sort the keys before you join them to their values.",
        {
            Stage.ORDER: (
                Variant(_by_item("=".join)),
                Variant(_by_item(lambda item: "=".join(item).lower()), "without case"),
            )
        },
        Likelihood.RARE,
    ),
    Mistake(
        "sorted backwards",
        "The keys were sorted from Z to A.",
        "Sort the keys in ascending order (ksort, not krsort).",
        {Stage.ORDER: (Variant(_by_item(lambda item: item[0], backwards=True)),)},
    ),
)

"""Fields of requests and their rules (protocol.md 3, 5.5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from mockserver.delivery import destination
from mockserver.domain.money import CURRENCIES, amount_text, parse_amount
from mockserver.gateway.errors import FieldInvalid, FieldMissing, RuleBroken, quoted
from mockserver.signing.php import json_text, text_of
from mockserver.texts import message

if TYPE_CHECKING:
    from mockserver.signing.php import Value

LONGEST_TIMEOUT = 1440
SMALLEST_AMOUNT = {"EUR": 10, "CNY": 100}
_SMALLEST_OTHER_AMOUNT = 1
USUAL_PAGE, LARGEST_PAGE = 20, 500
_DIGITS_OF_MILLISECONDS = 12
_LONGEST_REMEMBERED = 1000
_COUNT = "[1-9][0-9]{0,8}"
_DAY = "([0-9]{2})-([0-9]{2})-([0-9]{4})"

Texts = Mapping[str, str]
Rule = Callable[[str, Texts], "str | None"]
"""Takes a field's text and all texts; returns the rule, such as `must be …`, if the text breaks it, otherwise None."""


class Field(NamedTuple):
    """One field of a request; `source` is its section of protocol.md.

    An empty text counts as sent if the field `may_be_empty`. A `structured` field has JSON, as a text or as a value.
    A `free_text` may be a JSON boolean: its text is then PHP's, as in the string to sign.
    """

    name: str
    required: bool
    meaning: str
    source: str
    rule: Rule | None = None
    may_be_empty: bool = False
    structured: bool = False
    free_text: bool = False

    @property
    def optional(self) -> Field:
        return self._replace(required=False)

    def value_in(self, data: Mapping[str, Value]) -> Value:
        """The value that was sent; for a boolean in a free text, PHP's text of it."""
        value = data.get(self.name)
        return text_of(value) if self.free_text and isinstance(value, bool) else value


class FieldPlan:
    """The check of a fixed set of fields, made once, as every request of a method passes it.

    It is one pass over the fields, and the rules of those that have one. It only accepts: whatever it does not accept
    at once goes to `read_fields`, which knows the order of the mistakes and what to say about them.
    """

    def __init__(self, fields: tuple[Field, ...], where: str) -> None:
        """`where` is as for `read_fields`."""
        self._fields = fields
        self._where = where
        self._names = tuple(field.name for field in fields)
        self._required = frozenset(field.name for field in fields if field.required)
        self._rules = tuple((field.name, field.rule) for field in fields if field.rule is not None)

    def read(self, data: Mapping[str, Value]) -> dict[str, str]:
        """The texts of the fields that were sent and are not empty, as of `read_fields`, with the same refusals."""
        texts: dict[str, str] = {}
        for name in self._names:
            value = data.get(name)
            if type(value) is str:
                if value:
                    texts[name] = value
            elif isinstance(value, str):
                texts[name] = str(value)
            elif value is not None:
                return read_fields(self._fields, data, self._where)
        if not texts.keys() >= self._required:
            return read_fields(self._fields, data, self._where)
        for name, rule in self._rules:
            if name in texts and rule(texts[name], texts) is not None:
                return read_fields(self._fields, data, self._where)
        return texts


def read_fields(fields: tuple[Field, ...], data: Mapping[str, Value], where: str = "") -> dict[str, str]:
    """The texts of the declared fields that were sent and are not empty.

    `where` names the object of the fields in refusals, such as ` in data`.

    Raises:
        FieldMissing: required fields are absent, null or empty; the message names all of them.
        RuleBroken: a value is not a text, a number or a boolean in a free text, or breaks the rule of its field.
    """
    missing = [field.name for field in fields if field.required and _is_missing(field, data)]
    if missing:
        raise FieldMissing(*missing, where=where)
    texts: dict[str, str] = {}
    for field in fields:
        value = field.value_in(data)
        if value is None or value == "":
            continue
        if isinstance(value, str):
            texts[field.name] = str(value)
        elif field.structured and isinstance(value, (dict, list)):
            texts[field.name] = json_text(value)
        else:
            raise RuleBroken(
                message("{field} must be text or a number, not {kind}.").format(field=field.name, kind=_kind(value)),
                field=field.name,
            )
    for field in fields:
        if field.rule is not None and field.name in texts:
            rule = field.rule(texts[field.name], texts)
            if rule is not None:
                raise FieldInvalid(field.name, rule, texts[field.name])
    return texts


def _is_missing(field: Field, data: Mapping[str, Value]) -> bool:
    value = field.value_in(data)
    return value is None or (value == "" and not field.may_be_empty)


def _kind(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return message("an object") if isinstance(value, dict) else message("an array")


def amount_rule(text: str, texts: Texts) -> str | None:
    """A decimal number that is not below the minimum of its currency."""
    try:
        amount = parse_amount(text)
    except ValueError:
        return message("must be a decimal number with at most two places, such as 24.99")
    currency = texts.get("currency", "")
    if currency not in CURRENCIES:
        return None  # the rule of currency reports it
    smallest = SMALLEST_AMOUNT.get(currency, _SMALLEST_OTHER_AMOUNT)
    return (
        None
        if amount >= smallest
        else message("must be at least {currency} {amount}").format(currency=currency, amount=amount_text(smallest))
    )


def money_rule(text: str, _texts: Texts) -> str | None:
    """A decimal number of 0 or more."""
    try:
        parse_amount(text)
    except ValueError:
        return message("must be a decimal number with at most two places, such as 24.99")
    return None


def some_money_rule(text: str, _texts: Texts) -> str | None:
    """A decimal number above 0."""
    try:
        return None if parse_amount(text) else message("must be more than 0")
    except ValueError:
        return message("must be a decimal number with at most two places, such as 24.99")


def length_rule(most: int) -> Rule:

    def rule(text: str, _texts: Texts) -> str | None:
        return None if len(text) <= most else message("must have at most {most} characters").format(most=most)

    return rule


def tip_rule(text: str, texts: Texts) -> str | None:
    """A decimal number that is at most the amount, which includes it."""
    try:
        tip, amount = parse_amount(text), parse_amount(texts.get("amount", ""))
    except ValueError:
        return message("must be a decimal number with at most two places, such as 0.50")
    return (
        None
        if tip <= amount
        else message("must not be more than the amount {value} that includes it").format(value=quoted(texts["amount"]))
    )


def _is_digits(text: str, most: int) -> bool:
    """Whether a text has 1 to `most` digits, and nothing else."""
    return len(text) <= most and text.isdigit() and text.isascii()


def timeout_rule(text: str, _texts: Texts) -> str | None:
    fits = _is_digits(text, 4) and int(text) <= LONGEST_TIMEOUT
    return None if fits else message("must be whole minutes from 0 to {most}").format(most=LONGEST_TIMEOUT)


def timeout_minutes(texts: Texts) -> int:
    """The timeout of a request; absent and 0 are 1440 minutes."""
    return int(texts.get("timeout", "0")) or LONGEST_TIMEOUT


class OneOf:
    """A rule for one of several words."""

    def __init__(self, words: Collection[str]) -> None:
        self.words = words

    def __call__(self, text: str, _texts: Texts) -> str | None:
        return (
            None
            if text in self.words
            else message("must be one of {choices}").format(choices=", ".join(sorted(self.words)))
        )


def count_rule(most: int) -> Rule:

    def rule(text: str, _texts: Texts) -> str | None:
        fits = re.fullmatch(_COUNT, text) and int(text) <= most
        return None if fits else message("must be a whole number from 1 to {most}").format(most=most)

    return rule


def instant_of(text: str) -> int:
    """The instant of a Unix time in seconds, or in milliseconds if it has 12 digits or more."""
    return int(text) if len(text) >= _DIGITS_OF_MILLISECONDS else int(text) * 1000


def unix_time_rule(text: str, _texts: Texts) -> str | None:
    return None if _is_digits(text, 13) else message("must be Unix time in seconds, such as 1546588959")


def day_rule(text: str, _texts: Texts) -> str | None:
    return None if day_from(text) else message("must be a day as dd-MM-yyyy, such as 19-02-2024")


def day_from(text: str) -> date | None:
    """The day of a text such as 19-02-2024, or None."""
    match = re.fullmatch(_DAY, text)
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else None
    except ValueError:
        return None


def web_address_rule(text: str, _texts: Texts) -> str | None:
    return None if is_web_address(text) else message("must be a web address such as https://shop.example/notify")


def is_web_address(text: str) -> bool:
    """Whether a request can be sent to an address; cached, as a shop has few of them."""
    return (_is_web_address if len(text) <= _LONGEST_REMEMBERED else destination.is_web_address)(text)


_is_web_address = lru_cache(maxsize=1024)(destination.is_web_address)

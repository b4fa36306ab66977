"""Finds the wrong fields of a request, and what the client most likely meant."""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from mockserver.domain.money import parse_amount
from mockserver.gateway.errors import Refusal, quoted
from mockserver.gateway.fields import Field, OneOf, amount_rule, money_rule, some_money_rule, timeout_rule
from mockserver.gateway.methods import ALL_METHODS, find_method
from mockserver.gateway.parameters import ENVELOPE
from mockserver.signing.php import Number, Value
from mockserver.texts import message, nearest_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.gateway.method import Method

DID_YOU_MEAN = message("Did you mean {near}?")
_ABSENT = object()
_LARGE_AMOUNT = "1000.00"
_AMOUNTS = (amount_rule, money_rule, some_money_rule)
_MOST_NAMED = 3
_MOST_STRANGE = 100  # unknown names; a body may have 100,000 of them
_ALIKE = 0.75
_SOURCE = "protocol.md"
_BESIDE_DATA = {field.name for field in ENVELOPE}
_NAMES = _BESIDE_DATA.union(field.name for method in ALL_METHODS for field in method.fields)


def is_field(name: str) -> bool:
    """Whether the envelope or any method has a field of this name."""
    return name in _NAMES


class FieldError(NamedTuple):
    """A wrong field: a description of its value, the rule and its source, and the most similar valid value.

    `hint` is a sentence with the likely meaning, or empty.
    """

    field: str
    value: str
    rule: str
    source: str
    nearest: str = ""
    hint: str = ""


def find_field_errors(refusal: Refusal, envelope: Mapping[str, Value]) -> list[FieldError]:
    """The errors of the fields that a refusal names."""
    data = envelope.get("data")
    sent: Mapping[str, Value] = data if isinstance(data, dict) else {}
    method = _method_of(envelope, sent)
    declared = {field.name: field for field in (*ENVELOPE, *declared_fields(envelope))}
    return [_field_error(name, declared.get(name), method, envelope, sent) for name in refusal.fields]


def declared_fields(envelope: Mapping[str, Value]) -> tuple[Field, ...]:
    """The fields of data that a request's method declares; empty for an unknown method."""
    data = envelope.get("data")
    method = _method_of(envelope, data if isinstance(data, dict) else {})
    return () if method is None else method.fields


def _method_of(envelope: Mapping[str, Value], sent: Mapping[str, Value]) -> Method | None:
    name = envelope.get("method")
    with suppress(Refusal):
        return find_method(name, sent) if isinstance(name, str) else None
    return None


def _field_error(
    name: str, field: Field | None, method: Method | None, envelope: Mapping[str, Value], sent: Mapping[str, Value]
) -> FieldError:
    value = (envelope if name in _BESIDE_DATA else sent).get(name, _ABSENT)
    shape, source = shape_of(value), "3" if field is None else field.source
    if value in (_ABSENT, None, ""):
        rule = "" if field is None else message("required: {meaning}").format(meaning=field.meaning)
        return FieldError(name, shape, rule, f"{_SOURCE} {source}", *_sent_instead(name, envelope, sent))
    text = value if isinstance(value, str) else ""
    if method is not None and name in {"pay_method", "sub_pay_method"}:
        known = list(method.pay_methods if name == "pay_method" else (wallet.name for wallet in method.wallets))
        meant = _meant(text, known) if name == "pay_method" else _nearest_wallet(text, known)
        meant = _unless_refused(meant, name, field, method, sent)
        return FieldError(
            name,
            shape,
            message("one of {choices}").format(choices=", ".join(known)),
            f"{_SOURCE} {method.source}",
            *meant,
        )
    if name == "method":
        known = list(dict.fromkeys(each.name for each in ALL_METHODS))
        return FieldError(name, shape, message("the name of a method"), f"{_SOURCE} {source}", *_meant(text, known))
    rule = "" if field is None else field.meaning
    meant = _unless_refused(_nearest_value(field, text), name, field, method, sent)
    return FieldError(name, shape, rule, f"{_SOURCE} {source}", *meant)


def _unless_refused(
    meant: tuple[str, str], name: str, field: Field | None, method: Method | None, sent: Mapping[str, Value]
) -> tuple[str, str]:
    """A suggestion with its hint, unless the request would be refused for the same field with it."""
    nearest = meant[0]
    if not nearest or field is None or method is None:
        return meant
    texts = {key: str(value) for key, value in sent.items() if isinstance(value, str)}
    if field.rule is not None and field.rule(nearest, {**texts, name: nearest}) is not None:
        return "", ""
    try:
        method.take_pay_method({"amount": _LARGE_AMOUNT, **texts, name: nearest})
    except ValueError:  # the amount is wrong as well
        return meant
    except Refusal as refusal:
        return ("", "") if name in refusal.fields else meant
    return meant


def shape_of(value: object) -> str:
    """A description of a value, with details that are easy to miss, such as spaces at its ends."""
    plain = {_ABSENT: message("absent"), None: "null", True: "true", False: "false", "": message("an empty text")}
    if isinstance(value, Number):
        return message("the number {number}").format(number=quoted(value.source)[1:-1])
    if isinstance(value, (dict, list)):
        return (message("an object of {size}") if isinstance(value, dict) else message("an array of {size}")).format(
            size=len(value)
        )
    if not isinstance(value, str) or not value:
        return next((text for known, text in plain.items() if value is known or value == known), "of another kind")
    oddities = {
        message("with a space before"): value[0].isspace(),
        message("with a space after"): value[-1].isspace(),
        message("with letters that are not ASCII"): not value.isascii(),
        message("with control characters"): not value.isprintable(),
    }
    odd = [text for text, holds in oddities.items() if holds]
    template = message("the text {value} of {size} characters")
    if odd:
        template = message("the text {value} of {size} characters {oddities}")
    return template.format(value=quoted(value), size=len(value), oddities=" ".join(odd))


def _sent_instead(name: str, envelope: Mapping[str, Value], sent: Mapping[str, Value]) -> tuple[str, str]:
    """The nearest name and a hint, if the field was sent under a similar name or in another place."""
    if name in envelope and name not in sent and name not in _BESIDE_DATA:
        return name, message("{field} is beside data; move it into data.").format(field=name)
    if name in sent and name in _BESIDE_DATA:
        return name, message("{field} is inside data; move it beside data.").format(field=name)
    own = {field.name for field in declared_fields(envelope)}
    strange = list(islice((key for key in chain(sent, envelope) if key not in _NAMES), _MOST_STRANGE))
    parts = name.split("_")
    endings = ["_".join(parts[place:]) for place in range(1, len(parts))]
    misplaced = [key for key in endings if key in sent and key not in own]
    alike = [*nearest_words(name, strange, alike=_ALIKE), *misplaced]
    if not alike or sent.get(name) == "":
        return "", ""
    return name, message("You sent {value}; the name is {field}.").format(value=quoted(alike[0]), field=name)


def _nearest_wallet(text: str, wallets: list[str]) -> tuple[str, str]:
    nearest, hint = _meant(text, wallets)
    if nearest:
        return nearest, hint
    takers = [method.name for method in ALL_METHODS if nearest_words(text, [wallet.name for wallet in method.wallets])]
    others = list(dict.fromkeys(takers))[:_MOST_NAMED]
    said = message("{value} is supported by {choices}.").format(value=quoted(text), choices=", ".join(others))
    return "", said if others else ""


def _nearest_value(field: Field | None, text: str) -> tuple[str, str]:
    rule = None if field is None else field.rule
    if isinstance(rule, OneOf):
        return _meant(text, list(rule.words))
    if rule in _AMOUNTS and (amount := _plain_amount(text)) not in {"", text}:
        return amount, DID_YOU_MEAN.format(near=repr(amount))
    if rule is timeout_rule and text.isdigit():
        return "1440", message("The maximum is 1440 minutes, a day.")
    return "", ""


def _meant(text: str, known: list[str]) -> tuple[str, str]:
    if text in known:  # the word is right, but not with the rest of the request
        return "", ""
    nearest = next(iter(nearest_words(text, known)), "")
    return nearest, DID_YOU_MEAN.format(near=repr(nearest)) if nearest else ""


def _plain_amount(text: str) -> str:
    """An amount without currency signs and thousands separators, with a decimal point; empty if it is unclear."""
    digits = re.sub(r"[^0-9.,]", "", text)
    whole, separator, cents = digits[:-3], digits[-3:-2], digits[-2:]
    if separator in {".", ","} and cents.isdigit():
        digits = f"{re.sub('[.,]', '', whole)}.{cents}"
    with suppress(ValueError):
        parse_amount(digits)
        return digits
    return ""

"""Mistakes in the names: the string has other keys than the body, or names another method."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from mockserver.explain.variants.model import ENVELOPE, FEW_FIELDS, Likelihood, Message, Mistake, Stage, Texts, Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_Rename = tuple[str, "Callable[[str], str]"]
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[0-9]+")


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(name)]


def _pascal(name: str) -> str:
    return "".join([word.capitalize() for word in _words(name)])


def _camel(name: str) -> str:
    if "_" not in name:
        return name
    first, *rest = _words(name) or [name]
    return first + "".join([word.capitalize() for word in rest])


def _snake(name: str) -> str:
    return "_".join(_words(name)) if "_" not in name else name


_WRITINGS: tuple[_Rename, ...] = (
    ("in camelCase", _camel),
    ("in PascalCase", _pascal),
    ("in snake_case", _snake),
    ("in lower case", str.lower),
    ("in upper case", str.upper),
    ("without underscores", lambda name: name.replace("_", "")),
    ("with dashes for underscores", lambda name: name.replace("_", "-")),
    ("the first letter as a capital", lambda name: name[:1].upper() + name[1:]),
)
_OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "user": ("uid", "user_id", "userid", "merchant", "merchant_id", "mch_id", "account", "app_id"),
    "method": ("service", "action", "command", "api", "cmd"),
    "time": ("timestamp", "ts", "date", "datetime", "nonce", "nonce_str"),
    "order_id": ("out_trade_no", "order_no", "order", "order_sn", "id", "trade_no", "merchant_order_id"),
    "trade_id": ("trade_no", "transaction_id", "order_id", "payment_id", "id"),
    "amount": ("total", "total_amount", "total_fee", "price", "money", "refund_amount", "order_amount"),
    "refund_amount": ("amount", "refund", "refund_fee", "total"),
    "description": ("desc", "body", "subject", "title", "remark", "refund_description", "order_description"),
    "refund_description": ("description", "reason", "refund_reason"),
    "currency": ("fee_type", "currency_code", "refund_currency"),
    "notify_url": ("notify", "callback_url", "callback", "notification_url", "webhook_url", "notifyurl"),
    "redirect_url": ("return_url", "redirect", "success_url", "return", "callback_url"),
    "command": ("commond", "method"),
    "commond": ("command", "method"),
    "sub_pay_method": ("pay_method", "payment_method", "paymethod"),
    "pay_method": ("sub_pay_method", "payment_method", "paymethod"),
    "nonce_string": ("nonce_str", "nonce", "noncestr"),
    "start_time": ("begin_time", "start", "start_date", "from"),
    "end_time": ("stop_time", "end", "end_date", "to"),
}
"""What other gateways and older documentation call a field."""


def _renamed(texts: Texts, names: Mapping[str, str]) -> Texts:
    return {names.get(name, name): text for name, text in texts.items()}


def _names_differ(message: Message) -> Iterator[Variant]:
    """All names in another writing, those of data alone, and each name alone."""
    names = list(message.texts)
    of_data = [name for name in names if name in message.data]
    for some, which in ((names, ""), (of_data, ", only in data")):
        for how, write in _WRITINGS:
            if renamed := {name: write(name) for name in some if write(name) != name}:
                yield Variant(partial(_renamed, names=renamed), f"{how}{which}")
    for name in names if len(names) <= FEW_FIELDS else ():
        others = [write(name) for _, write in _WRITINGS] + [*_OTHER_NAMES.get(name, ()), *message.absent]
        if name in ENVELOPE:
            others = [one for one in others if one not in message.absent]
        for other in dict.fromkeys(others):
            if other not in message.texts:
                yield Variant(partial(_renamed, names={name: other}), f"{other} for {name}")


def _method_differs(message: Message) -> Iterator[Variant]:
    sent = message.texts.get("method", "")
    version, _, plain = sent.rpartition(".")
    own = (
        plain,
        f"v3.{plain}",
        f"v2.{plain}",
        f"V3.{plain}",
        f"v3.{plain[:1].lower()}{plain[1:]}",
        sent.lower(),
        sent.upper(),
        version,
    )
    for method in dict.fromkeys((*own, *message.methods)):
        if sent and method not in {sent, ""}:
            yield Variant(partial(_with_method, method=method), f"method={method}")


def _with_method(texts: Texts, method: str) -> Texts:
    return texts | {"method": method}


MISTAKES = (
    Mistake(
        "names differ",
        "The keys that were signed are not all those of the body.",
        "Build the string from the object that you send as the body, with the same keys.",
        {Stage.CLEANING: _names_differ},
        Likelihood.RARE,
    ),
    Mistake(
        "method differs",
        "The method that was signed is not the one that was sent.",
        "Set the method once, and use it both in the string and in the body.",
        {Stage.CLEANING: _method_differs},
        Likelihood.RARE,
    ),
)

"""Requests signed by hand, each in the way of some client, to compare the sandbox's explanations with."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from typing import TYPE_CHECKING, Any

from mockserver.explain.signature import Explanation, SignedRequest, explain_signature
from mockserver.signing.php import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.explain.budget import Budget

KEY = "Sandbox-Secret-Key-4f2a"
METHODS = ("v3.CreatePayments", "v3.CreatePaymentsAlipayApp", "v3.QueryOrder")
OTHER_KEYS = {"011844": "another-secret-key", "036870": "a-third-secret-key"}
ENVELOPE = {"user": "016683", "sign": "", "method": "v3.CreatePayments", "time": "1546588959"}
DATA: dict[str, Any] = {
    "pay_method": "online",
    "sub_pay_method": "WeChat Pay",
    "order_id": "2024/0001",
    "amount": "24.90",
    "currency": "EUR",
    "description": "Café <Müller> 分账 & Co ",
    "demo": "",
    "timeout": "0",
    "notify_url": "https://www.yabandpay.com/notify?a=1&b=2",
    "Terminal": "T1",
}


def in_bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def hmac_hex(text: str | bytes, key: str | bytes = KEY, name: str = "sha256") -> str:
    return hmac.new(in_bytes(key), in_bytes(text), name).hexdigest()


def hash_hex(text: str | bytes, name: str = "sha256") -> str:
    return hashlib.new(name, in_bytes(text)).hexdigest()


def flat(fields: dict[str, Any] = DATA, /, **changes: Any) -> dict[str, Any]:
    """The parameters in the order of the body, by hand."""
    return {"user": "016683", "method": "v3.CreatePayments", "time": "1546588959", **fields, **changes}


def join(parameters: dict[str, Any]) -> str:
    return "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))


def unsorted(parameters: dict[str, Any]) -> str:
    return "&".join(f"{name}={value}" for name, value in parameters.items())


def explain(
    sign: str, data: Any = DATA, *, key: str = KEY, absent: tuple[str, ...] = (), budget: Budget | None = None, **envelope: Any
) -> Explanation:  # fmt: skip
    body = json.dumps({**ENVELOPE, **envelope, "sign": sign, "data": data}, ensure_ascii=False).encode(
        "utf-8", "replace"
    )
    return explain_signature(SignedRequest(parse(body), sign, key, OTHER_KEYS, absent, methods=METHODS), budget)


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in flat().items() if name not in names}


def changed(change: Callable[[str], str]) -> str:
    return join({name: change(value) for name, value in flat().items()})


def envelope_with_data(text: str) -> str:
    return join({"user": "016683", "method": "v3.CreatePayments", "time": "1546588959", "data": text})


def compact(value: Any, **options: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), **options)


RIGHT = join(flat())
PHP_JSON = json.dumps(DATA, separators=(",", ":")).replace("/", "\\/")
SORTED_DATA = unsorted(dict(sorted(DATA.items())))
ESCAPED = re.compile("[^\x00-\x7f]")

ENVELOPE_SIGNED = {name: ENVELOPE[name] for name in ("method", "time", "user")}
# As Java 17 iterates over a HashMap into which these keys were put.
IN_HASH_MAP = (
    "sub_pay_method", "amount", "method", "description", "pay_method", "notify_url", "demo", "Terminal", "timeout",
    "currency", "time", "user", "order_id",
)  # fmt: skip
# As Gson 2.11 writes a LinkedHashMap.
GSON = compact(DATA).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("=", "\\u003d")

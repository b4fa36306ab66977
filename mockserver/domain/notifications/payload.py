"""The signed body of a notification (protocol.md 4.1 to 4.4)."""

from __future__ import annotations

import json
from functools import lru_cache
from json.encoder import encode_basestring
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote_plus

from mockserver.evidence import Fact
from mockserver.signing.php import parse
from mockserver.signing.signature import sign, string_to_sign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.domain.notifications.notification import Form
    from mockserver.signing.php import Value

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def without_empty(data: dict[str, Any]) -> dict[str, Any]:
    """Data without empty values, which verifies in clients that keep and in clients that drop them (1.6)."""
    return {name: value for name, value in data.items() if value not in ("", None)}


class _Template:
    """The string to sign and the body of all notifications whose data has the same names, with texts as values."""

    def __init__(self, names: tuple[str, ...]) -> None:
        placeholders = {name.replace("%", "%%"): "%s" for name in names}
        self._sorted = sorted(names)
        self._to_sign = string_to_sign(placeholders)
        self._data = "{" + ",".join([f"{encode_basestring(name)}:%s" for name in placeholders]) + "}"

    def sign(self, data: Mapping[str, str], secret_key: str) -> str:
        return sign(self._to_sign % tuple([data[name] for name in self._sorted]), secret_key)

    def data(self, data: Mapping[str, str]) -> str:
        return self._data % tuple(map(encode_basestring, data.values()))


_template = lru_cache(maxsize=256)(_Template)  # a few for each type and state; scenarios may add names


def signed_body(data: dict[str, Any], secret_key: str, *, data_first: bool = False) -> bytes:
    """The body of a notification: `{"sign": …, "data": …}`, signed over the keys of data."""
    if set(map(type, data.values())) == {str}:
        template = _template(tuple(data))
        signature, text = template.sign(data, secret_key), template.data(data)
    else:  # numbers and arrays are signed as the receiver parses them from the bytes
        text = _encode(data)
        signature = sign(string_to_sign(cast("dict[str, Value]", parse(text.encode()))), secret_key)
    body = f'{{"data":{text},"sign":"{signature}"}}' if data_first else f'{{"sign":"{signature}","data":{text}}}'
    return body.encode()


def encoded(body: bytes, form: Form) -> bytes:
    """The body of a notification in one of its encodings (protocol.md 4.0)."""
    if form == "json":
        return body
    text = quote_plus(body)
    return (f"resultData={text}" if form == "resultData" else text).encode()


CONTENT_TYPES: Mapping[Form, str] = MappingProxyType(
    {
        "json": "application/json",
        "resultData": "application/x-www-form-urlencoded",
        "percent-encoded": "application/x-www-form-urlencoded",
    }
)
"""The Content-Type of each encoding."""

EVIDENCE = (
    Fact("notification", "As form field resultData, or percent-encoded, if a scenario says so.", "client",
         "4.0, C1, C4"),
    Fact("notification", "JSON body with sign and data, signed over the keys of data.", "documented", "1.6, 4.0, 4.1"),
    Fact("notification", "Sent on every change of state.", "documented", "4.0"),
    Fact("notification", "None for the creation of a payment, a refund or a payout.", "assumed", "4.0"),
    Fact(
        "notification",
        "Never has an empty value, so it verifies in clients that keep and in clients that drop them.",
        "assumed",
        "1.6, 7.5",
    ),
    Fact("notification", "Times are Unix seconds as text.", "documented", "5.6"),
)  # fmt: skip

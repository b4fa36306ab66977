"""What a notification says: the signed bytes for a change of state (protocol.md 4.1 to 4.4)."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote_plus

from mockserver.evidence import Fact
from mockserver.signing.php import parse
from mockserver.signing.signature import sign, string_to_sign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.domain.notifications.faults import Form
    from mockserver.signing.php import Value

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def without_empty(data: dict[str, Any]) -> dict[str, Any]:
    """Data without its empty values, so that clients that keep and that drop empties verify it alike (1.6)."""
    return {name: value for name, value in data.items() if value not in ("", None)}


def signed_body(data: dict[str, Any], secret_key: str, *, data_first: bool = False) -> bytes:
    """The bytes of a notification: `{"sign": …, "data": …}`, signed over the keys of data alone."""
    plain = all(type(value) is str for value in data.values())
    # Numbers and arrays are signed as their receiver reads them from the bytes.
    read = data if plain else cast("dict[str, Value]", parse(_encode(data).encode()))
    signature = sign(string_to_sign(read), secret_key)
    body = {"data": data, "sign": signature} if data_first else {"sign": signature, "data": data}
    return _encode(body).encode()


def encoded(body: bytes, form: Form) -> bytes:
    """The bytes of a notification as a form posts them, or percent-encoded as they are (protocol.md 4.0)."""
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
"""How each form of a notification is announced."""

EVIDENCE = (
    Fact("notification", "As form field resultData, or percent-encoded, where a scenario says so.", "client",
         "4.0, C1, C4"),
    Fact("notification", "JSON body with sign and data, signed over the keys of data.", "documented", "1.6, 4.0, 4.1"),
    Fact("notification", "Sent on every change of state.", "documented", "4.0"),
    Fact("notification", "None for the creation of a payment, a refund or a payout.", "assumed", "4.0"),
    Fact(
        "notification",
        "Never carries an empty value, so that clients that keep and that drop empties verify it.",
        "assumed",
        "1.6, 7.5",
    ),
    Fact("notification", "Times are Unix seconds as text.", "documented", "5.6"),
)  # fmt: skip

"""Verifies and parses notifications, for merchants (protocol.md 4)."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from mockserver.client.caller import InvalidNotificationError
from mockserver.domain.notifications.notification import ACKNOWLEDGEMENT
from mockserver.signing.php import NotJsonError, parse
from mockserver.signing.signature import verify

__tracebackhide__ = True  # pytest shows the line of the test instead
OK = ACKNOWLEDGEMENT.decode()
BAD = "bad"
_FIELD = b"resultData="


class Notification(NamedTuple):
    """A verified notification. `data` has all signed fields; attributes of fields that were not sent are empty.

    `type` is payment, refund, splitPayment or splitRefund; it is empty for a payout.
    """

    type: str
    trade_id: str
    order_id: str
    state: str
    demo: str
    data: dict[str, Any]


def verify_notification(body: bytes, secret_key: str) -> Notification:
    """Verify and parse the raw body of a notification, in any of its three encodings.

    Raises:
        InvalidNotificationError: it is malformed or its signature is wrong.
    """
    try:
        received = parse(as_json(body))
    except NotJsonError as error:
        raise InvalidNotificationError(f"The notification is not valid JSON: {error}.") from error
    data = received.get("data") if isinstance(received, dict) else None
    signature = received.get("sign") if isinstance(received, dict) else None
    if not isinstance(data, dict) or not data or not isinstance(signature, str):
        raise InvalidNotificationError("The notification has no sign and data.")
    if not verify(data, signature, secret_key):
        raise InvalidNotificationError("The notification's signature does not match its data.")
    return Notification(**{name: data.get(name, "") for name in Notification._fields[:-1]}, data=data)


def as_json(body: bytes) -> bytes:
    """A body as JSON: unchanged, percent-decoded, or from the form field resultData (protocol.md 4.0)."""
    if body.lstrip()[:1] in {b"{", b"["}:
        return body
    field = body.removeprefix(_FIELD)
    return field if field.lstrip()[:1] == b"{" else unquote_to_bytes(field.replace(b"+", b" "))

"""Sends copies of notifications to another address, exactly as the merchant gets them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import msgspec

from mockserver.api.schemas import AttemptRecord, NotificationRecord
from mockserver.cli.lines import printable
from mockserver.clock import stopwatch
from mockserver.delivery.destination import USER_AGENT
from mockserver.domain.notifications.notification import ACKNOWLEDGEMENT
from mockserver.domain.notifications.payload import CONTENT_TYPES
from mockserver.masking import HIDDEN
from mockserver.server.readiness import NotReadyError, call_sandbox

if TYPE_CHECKING:
    from mockserver.api.activity import ActivityRecord
    from mockserver.cli.remote.connection import Remote
    from mockserver.domain.notifications.notification import Form

_TIMEOUT = 10
_SHOWN = 60
_MOST_SEEN = 1000
_SUCCESS = range(200, 300)


class Copy(msgspec.Struct):
    """A copy of a notification: where it was sent, and what was answered, also in words."""

    url: str
    status: int | None
    answer: str
    accepted: bool
    result: str


class Forwarder:
    """Sends a copy of each attempt to deliver a notification to another address."""

    def __init__(self, remote: Remote, target: str) -> None:
        self._remote = remote
        self.target = target
        place = urlsplit(target)
        self._origin = f"{place.scheme}://{place.netloc}"
        self._path = (place.path or "/") + (f"?{place.query}" if place.query else "")
        self._seen: dict[tuple[int, str], int] = {}

    def forward(self, item: ActivityRecord) -> Copy:
        """Send the copy of the attempt that an item is about."""
        sent = self._remote.get(f"/notifications/{item.number}", NotificationRecord)
        body = self._body_of(sent, item).encode()
        masked = ", masked: its signature does not match" if HIDDEN.encode() in body else ""
        headers = {"Content-Type": CONTENT_TYPES[cast("Form", sent.form)], "User-Agent": USER_AGENT}
        began = stopwatch()
        try:
            status, answer = call_sandbox(
                self._origin, "POST", self._path, timeout=_TIMEOUT, body=body, headers=headers
            )
        except NotReadyError as error:
            return Copy(self.target, None, "", accepted=False, result=f"not delivered: {error}{masked}")
        took = f" ({round((stopwatch() - began) * 1000)} ms)"
        text = answer.decode("utf-8", "replace")
        accepted = status in _SUCCESS and answer.strip() == ACKNOWLEDGEMENT
        words = f"HTTP {status} {printable(text.strip()[:_SHOWN])}".strip()
        return Copy(self.target, status, text, accepted, f"{words}{took}{masked}")

    def _body_of(self, sent: NotificationRecord, item: ActivityRecord) -> str:
        """The body of the attempt: of several at one instant, each in turn."""
        key = item.number, item.at
        if len(self._seen) > _MOST_SEEN:  # they count only within an instant
            self._seen.clear()
        turn = self._seen[key] = self._seen.get(key, -1) + 1
        at_once: list[AttemptRecord] = [attempt for attempt in sent.attempts if attempt.at == item.at]
        body = at_once[min(turn, len(at_once) - 1)].sent if at_once else ""
        return body or sent.body

"""Events, due tasks and exchanges of an account."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol, overload

from mockserver.texts import is_utf8

EventKind = Literal["request", "state", "notification", "attempt", "clock"]
CLOCK_TIMELINE = "clock"
"""The timeline of changes of an account's clock."""

NOTIFICATION = "notification"
"""The kind of tasks that deliver notifications; other tasks have the kind of their object."""


class Event(NamedTuple):
    """One event on the timeline of a trade, with its refunds and splits, or of a payout.

    `timeline` is the trade_id or the payout_id. `reference` is the number of the exchange (`request`) or of the
    notification (`notification`, `attempt`); `text` is the new state, or a sentence. `duration` is that of an attempt,
    in milliseconds.
    """

    timeline: str
    at: int
    kind: EventKind
    reference: int
    text: str
    duration: int | None = None

    @property
    def sentence(self) -> str:
        """The text, with the duration in brackets."""
        return self.text if self.duration is None else f"{self.text} ({self.duration} ms)"


_ORDER_ID = re.compile(rb'(?<!\\)"order_id"\s*:\s*("(?:[^"\\]|\\.){0,400}"|[0-9]{1,40})')


def order_id_in(request: bytes) -> str:
    """The order_id in the JSON of a request; empty if it has none, or none that can be read."""
    found = _ORDER_ID.search(request)
    try:
        order_id = "" if found is None else str(json.loads(found[1]))
    except ValueError:
        return ""
    return order_id if is_utf8(order_id) else ""


def data_of(request: bytes) -> Mapping[str, Any]:
    """The fields in the `data` of a request or a notification; none if it cannot be read."""
    try:
        data = json.loads(request).get("data")
    except (ValueError, AttributeError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def may_mention(content: bytes, text: str) -> bool:
    """Whether a JSON text may contain a text of lower case, in any case. Fast, and only a no is certain."""
    return not content.isascii() or b"\\" in content or text.encode() in content.lower()


class Task(NamedTuple):
    """Work that is due at an instant: an object's next transition, or a notification's next delivery.

    Its `kind` (of the object, or `NOTIFICATION`) and the id that it is `about` identify it: scheduling it again
    replaces it.
    """

    at: int
    kind: str
    about: str


class Exchange(NamedTuple):
    """One request to the gateway and its answer, for the journal.

    `trade_id` and `scenario` may be empty; `reason` is empty for an accepted request whose answer no scenario changed.
    `duration` is in microseconds. `explanation` is the diagnosis of a refusal, as JSON. `hint` says what looks wrong in
    an accepted request, a sentence on each line.
    """

    number: int
    at: int
    user: str
    method: str
    code: str
    trade_id: str
    scenario: str
    reason: str
    string_to_sign: str
    request: bytes
    answer: bytes
    duration: int
    explanation: str = ""
    hint: str = ""

    @property
    def order_id(self) -> str:
        """The order_id of the request, or an empty text."""
        return order_id_in(self.request)

    def may_mention(self, text: str) -> bool:
        return text in self.trade_id or may_mention(self.request, text)

    def masked(self) -> Exchange:
        return self


class JournalEntry(Protocol):
    """An exchange as it enters the journal, with contents that may have secrets until somebody reads them.

    Its properties are those of the exchange that never have a secret.
    """

    @property
    def number(self) -> int: ...
    @property
    def at(self) -> int: ...
    @property
    def user(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def trade_id(self) -> str: ...
    @property
    def scenario(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def hint(self) -> str: ...

    @property
    def order_id(self) -> str:
        """The order_id of the request, in which a secret may be; empty if it has none."""

    def may_mention(self, text: str) -> bool:
        """Whether the trade_id or the request may have a text of lower case; only a no is certain, without masking."""

    def masked(self) -> Exchange:
        """The exchange with its contents, without secrets."""


class Exchanges(Sequence[Exchange]):
    """Exchanges of a journal, each masked when it is used, as the account is locked while the journal is read."""

    def __init__(self, entries: list[JournalEntry]) -> None:
        self._entries = entries

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, place: int) -> Exchange: ...
    @overload
    def __getitem__(self, place: slice) -> Exchanges: ...
    def __getitem__(self, place: int | slice) -> Exchange | Exchanges:
        return Exchanges(self._entries[place]) if isinstance(place, slice) else self._entries[place].masked()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

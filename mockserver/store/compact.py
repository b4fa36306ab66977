"""Compact storage of what each payment leaves behind: lists with mostly one value, events, and notifications.

Named tuples and lists for each of them would take twice the memory of a payment. So several are stored in one flat
tuple, and become named tuples when they are read. Each `add` and `save` can be undone.
"""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mockserver.domain.notifications.notification import ACKNOWLEDGEMENT, Attempt, Notification
from mockserver.domain.timeline import Event

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mockserver.domain.notifications.notification import NotificationState

K = TypeVar("K")
V = TypeVar("V", int, str)
Row = tuple[Any, ...]


class Lists(Generic[K, V]):
    """Lists by key. A list of one value is stored as this value."""

    def __init__(self) -> None:
        self.values: dict[K, V | list[V]] = {}

    def of(self, key: K) -> Sequence[V]:
        known = self.values.get(key)
        if known is None:
            return ()
        return known if isinstance(known, list) else (known,)

    def add(self, key: K, value: V) -> None:
        known = self.values.get(key)
        if known is None:
            self.values[key] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            self.values[key] = [known, value]

    def remove_last(self, key: K) -> None:
        known = self.values[key]
        if isinstance(known, list) and len(known) > 1:
            known.pop()
        else:
            del self.values[key]


class Shared:
    """Tuples that many rows have in common, each stored once."""

    _MOST = 500

    def __init__(self) -> None:
        self._values: dict[Row, Row] = {}

    def stored(self, value: Row) -> Row | None:
        """The stored tuple that equals this one; None if there are too many to store it."""
        known = self._values.get(value)
        if known is None and len(self._values) < self._MOST:
            known = self._values[value] = value
        return known


_EVENT, _LONG = 3, 150


class Timelines:
    """Events by timeline: instant, reference and shared rest of each in one flat tuple; a long one is a list."""

    def __init__(self) -> None:
        self.flat: dict[str, Row | list[Any]] = {}
        self._shared = Shared()

    def of(self, timeline: str) -> list[Event]:
        flat = self.flat.get(timeline, ())
        events = []
        for at, reference, (kind, text, duration) in zip(flat[::_EVENT], flat[1::_EVENT], flat[2::_EVENT], strict=True):
            events.append(Event(timeline, at, kind, reference, text, duration))
        return events

    def add(self, event: Event) -> None:
        timeline, at, kind, reference, text, duration = event
        rest = (kind, text, duration)
        fields = (at, reference, self._shared.stored(rest) or rest)
        known = self.flat.get(timeline)
        if known is None:
            self.flat[timeline] = fields
        elif isinstance(known, list):
            known += fields
        else:
            self.flat[timeline] = known + fields if len(known) < _LONG else [*known, *fields]

    def remove_last(self, timeline: str) -> None:
        known = self.flat[timeline]
        if len(known) > _EVENT:
            self.flat[timeline] = known[:-_EVENT]
        else:
            del self.flat[timeline]


_SIGNATURE, _VALUES = 3, slice(9, None, 4)


def pack(body: bytes) -> tuple[bytes, bytes]:
    """Divide a JSON body into its shape, which many bodies share, and its values; the shape may be empty.

    It is divided at its quotation marks, so any bytes can be restored. In `{"sign":"…","data":{"type":"…",…}}` the
    fourth part is the signature, the tenth and each fourth after it a value; other bodies have shapes of their own.
    """
    parts = body.split(b'"')
    values = parts[_VALUES]
    if not values:
        return b"", body
    signature, parts[_SIGNATURE] = parts[_SIGNATURE], b""
    parts[_VALUES] = [b""] * len(values)
    return b'"'.join(parts), b'"'.join((signature, *values))


def unpack(shape: bytes, values: bytes) -> bytes:
    """The body of a shape and its values."""
    if not shape:
        return values
    parts = shape.split(b'"')
    parts[_SIGNATURE], *parts[_VALUES] = values.split(b'"')
    return b'"'.join(parts)


_WAITING = frozenset({"pending", "held"})
_VALUES_PLACE, _REST, _ATTEMPTS, _ATTEMPT = 4, 5, 6, 4
_STATE = 2  # in the rest


class Notifications:
    """Notifications by number, each with its attempts in one flat tuple.

    A row has the number, timeline, instant and URL of the notification, its body or the values in it, and the shared
    rest with the shape of the body, which is packed when no delivery waits for it. Then it has the instant, URL and
    duration of each attempt, and the rest, which is shared by accepted attempts; there, `sent` is None for the body.
    """

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.numbers_of: Lists[str, int] = Lists()
        self._shared = Shared()

    def get(self, number: int) -> Notification | None:
        row = self.rows.get(number)
        return None if row is None else _notification(row)

    def of(self, timeline: str) -> list[Notification]:
        return [_notification(self.rows[number]) for number in self.numbers_of.of(timeline)]

    def newest(self, *states: NotificationState, before: int = 1 << 62) -> Iterator[Notification]:
        for row in reversed(self.rows.values()):
            if row[0] < before and (not states or row[_REST][_STATE] in states):
                yield _notification(row)

    def attempts(self, number: int) -> list[Attempt]:
        row = self.rows.get(number, ())
        attempts = []
        for begin in range(_ATTEMPTS, len(row), _ATTEMPT):
            at, url, duration, (place, sent, status, answer, error) = row[begin : begin + _ATTEMPT]
            sent = _body(row) if sent is None else sent
            attempts.append(Attempt(number, place, at, url, sent, status, answer, error, duration))
        return attempts

    def save(self, notification: Notification) -> Row | None:
        """Add or replace a notification; returns its earlier row."""
        number, timeline, type_, notified, at, url, body, state, *about = notification
        before = self.rows.get(number)
        shape, values = (b"", body) if state in _WAITING else pack(body)
        rest = self._shared.stored((type_, notified, state, *about, shape))
        if rest is None:
            values, rest = body, (type_, notified, state, *about, b"")
        if before is None:
            self.numbers_of.add(timeline, number)
            self.rows[number] = (number, timeline, at, url, values, rest)
        else:
            self.rows[number] = (number, timeline, at, url, values, rest, *_attempts(before, body))
        return before

    def add_attempt(self, attempt: Attempt) -> Row:
        """Add an attempt to its notification; returns the earlier row."""
        before = self.rows[attempt.notification]
        _, number, at, url, sent, status, answer, error, duration = attempt
        known_sent = None if sent == _body(before) else sent
        rest: Row = (number, known_sent, status, answer, error)
        if known_sent is None and answer == ACKNOWLEDGEMENT:
            rest = self._shared.stored(rest) or rest
        self.rows[attempt.notification] = (*before, at, intern(url), duration, rest)
        return before

    def restore(self, number: int, before: Row | None) -> None:
        """Set the earlier row of a notification; None removes it, as the last one of its timeline."""
        if before is None:
            self.numbers_of.remove_last(self.rows.pop(number)[1])
        else:
            self.rows[number] = before


def _body(row: Row) -> bytes:
    return unpack(row[_REST][-1], row[_VALUES_PLACE])


def _notification(row: Row) -> Notification:
    number, timeline, at, url, _, (type_, notified, state, *about, _) = row[:_ATTEMPTS]
    return Notification(number, timeline, type_, notified, at, url, _body(row), state, *about)


def _attempts(before: Row, body: bytes) -> Row:
    """The attempts in a row, for a row with this body."""
    attempts = before[_ATTEMPTS:]
    if not attempts or (earlier := _body(before)) == body:
        return attempts
    changed = list(attempts)
    for place in range(_ATTEMPT - 1, len(changed), _ATTEMPT):
        number, sent, *rest = changed[place]
        changed[place] = (number, earlier if sent is None else sent, *rest)
    return tuple(changed)

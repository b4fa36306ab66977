"""Compact storage of what each payment leaves behind: lists with mostly one value, events, and notifications.

Named tuples and lists for each of them would take twice the memory of a payment. So several are stored in one flat
tuple, and become named tuples when they are read. Each `add` and `save` can be undone.
"""

from __future__ import annotations

from itertools import islice
from sys import intern
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mockserver.domain.notifications.notification import ACKNOWLEDGEMENT, Attempt, Notification
from mockserver.domain.timeline import Event

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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


_EVENT = len(Event._fields) - 1
_LONG = 50 * _EVENT


class Timelines:
    """Events by timeline: their fields in one flat tuple, in a long timeline in one flat list."""

    def __init__(self) -> None:
        self.flat: dict[str, Row | list[Any]] = {}

    def of(self, timeline: str) -> list[Event]:
        flat = self.flat.get(timeline, ())
        return [Event(timeline, *flat[begin : begin + _EVENT]) for begin in range(0, len(flat), _EVENT)]

    def add(self, event: Event) -> None:
        timeline, fields = event[0], event[1:]
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


class PackedBodies:
    """Bodies in two parts: the shape of a JSON object, which many bodies share, and the values in it.

    A body is divided at its quotation marks, so any bytes are restored exactly. In `{"sign":"…","data":{"type":"…",…}}`
    the fourth part is the signature, the tenth and each fourth after it a value; other bodies have a shape of their
    own, and are kept as they are once there are many shapes.
    """

    _MOST_SHAPES = 200
    _SIGNATURE, _VALUES = 3, slice(9, None, 4)

    def __init__(self) -> None:
        self._shapes: dict[bytes, bytes] = {}

    def pack(self, body: bytes) -> tuple[bytes, bytes]:
        """The shape and the values; the shape is empty if the body stays as it is."""
        parts = body.split(b'"')
        values = parts[self._VALUES]
        if not values:
            return b"", body
        signature, parts[self._SIGNATURE] = parts[self._SIGNATURE], b""
        parts[self._VALUES] = [b""] * len(values)
        shape = b'"'.join(parts)
        shared = self._shapes.get(shape)
        if shared is None:
            if len(self._shapes) == self._MOST_SHAPES:
                return b"", body
            shared = self._shapes[shape] = shape
        return shared, b'"'.join((signature, *values))

    def unpack(self, shape: bytes, values: bytes) -> bytes:
        if not shape:
            return values
        parts = shape.split(b'"')
        parts[self._SIGNATURE], *parts[self._VALUES] = values.split(b'"')
        return b'"'.join(parts)


_WAITING = frozenset({"pending", "held"})
_BODY, _SHAPE = Notification._fields.index("body"), len(Notification._fields)
_ATTEMPTS, _ATTEMPT = _SHAPE + 1, len(Attempt._fields) - 1
_SENT = Attempt._fields.index("sent") - 1


class Notifications:
    """Notifications by number, each with its attempts.

    A row has the fields of the notification, the shape of its body, and the fields of each attempt without the number
    of the notification; `sent` is None if it is the body. The body is packed when no delivery is waiting for it.
    """

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.numbers_of: Lists[str, int] = Lists()
        self._bodies = PackedBodies()

    def get(self, number: int) -> Notification | None:
        row = self.rows.get(number)
        return None if row is None else self._notification(row)

    def of(self, timeline: str) -> list[Notification]:
        return [self._notification(self.rows[number]) for number in self.numbers_of.of(timeline)]

    def newest(self) -> Iterator[Notification]:
        return map(self._notification, reversed(self.rows.values()))

    def attempts(self, number: int) -> list[Attempt]:
        row = self.rows.get(number)
        if row is None or len(row) == _ATTEMPTS:
            return []
        made, body = iter(row[_ATTEMPTS:]), self._body(row)
        attempts = []
        while fields := list(islice(made, _ATTEMPT)):
            if fields[_SENT] is None:
                fields[_SENT] = body
            attempts.append(Attempt(number, *fields))
        return attempts

    def save(self, notification: Notification) -> Row | None:
        """Add or replace a notification; returns its earlier row."""
        number, body = notification.number, notification.body
        fields, before = [*notification, b""], self.rows.get(number)
        if notification.state not in _WAITING:
            fields[_SHAPE], fields[_BODY] = self._bodies.pack(body)
        if before is None:
            self.numbers_of.add(notification.timeline, number)
        elif len(before) > _ATTEMPTS:
            fields += self._attempts_of(before, body)
        self.rows[number] = tuple(fields)
        return before

    def _attempts_of(self, before: Row, body: bytes) -> Row:
        """The attempts in a row, for a row with this body."""
        earlier = self._body(before)
        if earlier == body:
            return before[_ATTEMPTS:]
        attempts = list(before[_ATTEMPTS:])
        attempts[_SENT::_ATTEMPT] = [earlier if sent is None else sent for sent in attempts[_SENT::_ATTEMPT]]
        return tuple(attempts)

    def add_attempt(self, attempt: Attempt) -> Row:
        """Add an attempt to its notification; returns the earlier row."""
        _, number, at, url, sent, status, answer, error, duration = attempt
        before = self.rows[attempt.notification]
        known_answer = ACKNOWLEDGEMENT if answer == ACKNOWLEDGEMENT else answer
        known_sent = None if sent == self._body(before) else sent
        fields = (number, at, intern(url), known_sent, status, known_answer, error, duration)
        self.rows[attempt.notification] = before + fields
        return before

    def restore(self, number: int, before: Row | None) -> None:
        """Set the earlier row of a notification; None removes it, as the last one of its timeline."""
        if before is None:
            self.numbers_of.remove_last(self.rows.pop(number)[1])
        else:
            self.rows[number] = before

    def _body(self, row: Row) -> bytes:
        return self._bodies.unpack(row[_SHAPE], row[_BODY])

    def _notification(self, row: Row) -> Notification:
        if row[_SHAPE]:
            row = (*row[:_BODY], self._body(row), *row[_BODY + 1 : _SHAPE])
        return Notification(*row[:_SHAPE])

"""What can happen to an answer on its way: small callables that each spoil a reply, to be applied one after another.

A reply is a plan. What it takes to carry it out on a socket is done where the sockets are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable

Ending = Literal["complete", "cut", "reset", "closed", "silent"]
"""How a reply ends: whole, in the middle, by a TCP reset, by closing without a byte, or never."""

Draw = Callable[[int, int], int]
"""Draws a whole number between two, both included."""

_PAGE = """<!DOCTYPE html>
<html><head><title>{title}</title></head>
<body><h1>{title}</h1><p>The upstream server did not give a usable answer.</p></body></html>
"""
_PAGE_TITLES = {500: "500 Internal Server Error", 502: "502 Bad Gateway", 503: "503 Service Unavailable"}
_GARBLED = 48


class Reply(NamedTuple):
    """An answer as it shall go out; `wait` before the first byte and `spread` of its body are milliseconds.

    A status that is None is the usual one. Of a body that is cut, `sent` bytes go out although all was announced.
    """

    body: bytes
    status: int | None = None
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    wait: int = 0
    spread: int = 0
    sent: int = 0
    ending: Ending = "complete"

    @property
    def is_lost(self) -> bool:
        """Whether nothing of it reaches the client."""
        return self.ending in LOSSES

    @property
    def arriving(self) -> bytes:
        """The part of the body that reaches the client."""
        return self.body if self.ending == "complete" else self.body[: self.sent] if self.ending == "cut" else b""


class Delay(NamedTuple):
    """The answer takes from `least` to `most` milliseconds, drawn by the account's seed."""

    least: int
    most: int

    def __call__(self, reply: Reply, draw: Draw) -> Reply:
        """The reply after that time."""
        return reply._replace(wait=reply.wait + draw(self.least, self.most))


class HttpStatus(NamedTuple):
    """The answer has this HTTP status."""

    status: int

    def __call__(self, reply: Reply, _draw: Draw) -> Reply:
        """The reply with the status."""
        return reply._replace(status=self.status)


class RetryAfter(NamedTuple):
    """The answer asks to be asked again after so many seconds."""

    seconds: int

    def __call__(self, reply: Reply, _draw: Draw) -> Reply:
        """The reply with the header."""
        return reply._replace(headers=(*reply.headers, ("retry-after", str(self.seconds))))


Content = Literal["empty", "truncated", "garbled", "html"]
CONTENTS: tuple[Content, ...] = get_args(Content)


class Body(NamedTuple):
    """The body is another: `empty`, `truncated` in the middle, `garbled` bytes, or the `html` page of a proxy."""

    content: Content

    def __call__(self, reply: Reply, draw: Draw) -> Reply:
        """The reply with that body."""
        if self.content == "empty":
            return reply._replace(body=b"")
        if self.content == "truncated":
            return reply._replace(sent=len(reply.body) // 2, ending="cut")
        if self.content == "garbled":
            return reply._replace(body=bytes(draw(0, 255) for _ in range(_GARBLED)))
        page = _PAGE.format(title=_PAGE_TITLES.get(reply.status or 0, "Error"))
        return reply._replace(body=page.encode(), content_type="text/html; charset=utf-8")


class Slow(NamedTuple):
    """The body comes bit by bit, in so many milliseconds."""

    milliseconds: int

    def __call__(self, reply: Reply, _draw: Draw) -> Reply:
        """The reply, dribbled."""
        return reply._replace(spread=self.milliseconds)


Loss = Literal["reset", "closed", "silent"]
LOSSES: tuple[Loss, ...] = get_args(Loss)


class Lost(NamedTuple):
    """There is no answer: the connection is `reset` or `closed`, or stays `silent`."""

    how: Loss

    def __call__(self, reply: Reply, _draw: Draw) -> Reply:
        """The reply that does not come."""
        return reply._replace(ending=self.how)


Fault = Delay | HttpStatus | RetryAfter | Body | Slow | Lost

FAULTS: Mapping[str, Callable[[Any], Fault]] = MappingProxyType(
    {
        "delay": lambda span: Delay(*span),
        "http_status": HttpStatus,
        "retry_after": lambda milliseconds: RetryAfter(max(1, milliseconds // 1000)),
        "body": Body,
        "slow": Slow,
        "connection": Lost,
    }
)
"""What makes the fault of each field of `respond` from the field's value, in the order in which faults are applied."""


def spoilt(reply: Reply, faults: Iterable[Fault], draw: Draw) -> Reply:
    """A reply after all that happens to it."""
    for fault in faults:
        reply = fault(reply, draw)
    return reply

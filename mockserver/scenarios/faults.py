"""Response faults: small callables that each change a planned reply.

A `Reply` is only a plan; `mockserver.server.response_faults` performs it on a socket.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable

Ending = Literal["complete", "cut", "reset", "closed", "silent"]
"""How a reply ends: complete, cut in the middle, with a TCP reset, closed without a byte, or never."""

Draw = Callable[[int, int], int]
"""Draws a random integer from a range, both ends included."""

_PAGE = """<!DOCTYPE html>
<html><head><title>{title}</title></head>
<body><h1>{title}</h1><p>The upstream server did not give a usable answer.</p></body></html>
"""
_PAGE_TITLES = {500: "500 Internal Server Error", 502: "502 Bad Gateway", 503: "503 Service Unavailable"}
_GARBLED = 48


class Reply(NamedTuple):
    """A planned answer; `wait` before its first byte and `spread` of its body are milliseconds.

    A `status` of None is the configured one. A body that is `cut` announces its full length and sends `sent` bytes.
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
        """Whether no byte reaches the client."""
        return self.ending in LOSSES

    @property
    def arriving(self) -> bytes:
        """The part of the body that reaches the client."""
        return self.body if self.ending == "complete" else self.body[: self.sent] if self.ending == "cut" else b""


class Delay(NamedTuple):
    """Delays the answer by `least` to `most` milliseconds, drawn with the account's seed."""

    least: int
    most: int

    def __call__(self, reply: Reply, draw: Draw) -> Reply:
        return reply._replace(wait=reply.wait + draw(self.least, self.most))


class HttpStatus(NamedTuple):
    """Sets the HTTP status of the answer."""

    status: int

    def __call__(self, reply: Reply, _draw: Draw) -> Reply:
        return reply._replace(status=self.status)


class RetryAfter(NamedTuple):
    """Sets the header Retry-After, in seconds."""

    seconds: int

    def __call__(self, reply: Reply, _draw: Draw) -> Reply:
        return reply._replace(headers=(*reply.headers, ("retry-after", str(self.seconds))))


Content = Literal["empty", "truncated", "garbled", "html"]
CONTENTS: tuple[Content, ...] = get_args(Content)


class Body(NamedTuple):
    """Replaces the body: `empty`, `truncated` in the middle, `garbled` bytes, or the `html` error page of a proxy."""

    content: Content

    def __call__(self, reply: Reply, draw: Draw) -> Reply:
        if self.content == "empty":
            return reply._replace(body=b"")
        if self.content == "truncated":
            return reply._replace(sent=len(reply.body) // 2, ending="cut")
        if self.content == "garbled":
            return reply._replace(body=bytes(draw(0, 255) for _ in range(_GARBLED)))
        page = _PAGE.format(title=_PAGE_TITLES.get(reply.status or 0, "Error"))
        return reply._replace(body=page.encode(), content_type="text/html; charset=utf-8")


class Slow(NamedTuple):
    """Sends the body in pieces, over this many milliseconds."""

    milliseconds: int

    def __call__(self, reply: Reply, _draw: Draw) -> Reply:
        return reply._replace(spread=self.milliseconds)


Loss = Literal["reset", "closed", "silent"]
LOSSES: tuple[Loss, ...] = get_args(Loss)


class Lost(NamedTuple):
    """Sends no answer: the connection is `reset` or `closed`, or stays `silent`."""

    how: Loss

    def __call__(self, reply: Reply, _draw: Draw) -> Reply:
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
"""Makes the fault for each field of `respond`, in the order in which faults are applied."""


def spoilt(reply: Reply, faults: Iterable[Fault], draw: Draw) -> Reply:
    for fault in faults:
        reply = fault(reply, draw)
    return reply

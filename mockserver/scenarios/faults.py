"""Response faults: small callables that each change a planned reply.

A `Reply` is only a plan; `mockserver.server.response_faults` performs it on a socket.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from mockserver.durations import DURATION_PATTERN, duration_text, parse_duration
from mockserver.texts import message, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

Ending = Literal["complete", "cut", "reset", "closed", "silent"]
"""How a reply ends: complete, cut in the middle, with a TCP reset, closed without a byte, or never."""

Say = Callable[..., str]
"""Translates a text, and fills in the values for its `{names}`."""

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
        return self.ending in _LOSSES

    @property
    def arriving(self) -> bytes:
        """The part of the body that reaches the client."""
        return self.body if self.ending == "complete" else self.body[: self.sent] if self.ending == "cut" else b""


class FaultField(NamedTuple):
    """The field of `respond` in a scenario file that asks for a fault: its name, what it means, and what it may hold.

    That is a text that `read` takes and that looks like `pattern`, one of `words`, or a whole number in `numbers`.
    """

    name: str
    meaning: str
    read: Callable[[str], Any] = str
    pattern: str = ""
    example: str = ""
    words: tuple[str, ...] = ()
    numbers: tuple[int, int] | None = None


def _duration_field(name: str, meaning: str) -> FaultField:
    return FaultField(name, meaning, parse_duration, f"^{DURATION_PATTERN}$", "2s")


def parse_delay(text: str) -> Delay:
    """Read a duration, or a range to draw one from: `2s`, `100ms to 3s`.

    Raises:
        ValueError: it is neither, or the range is empty.
    """
    least, _, most = text.partition(" to ")
    delay = Delay(parse_duration(least), parse_duration(most or least))
    if delay.least > delay.most:
        raise ValueError(f"expected the shorter duration first, as in 100ms to 3s, not {shown(text)}")
    return delay


class Delay(NamedTuple):
    """Delays the answer by `least` to `most` milliseconds, drawn with the account's seed."""

    least: int
    most: int

    @staticmethod
    def field() -> FaultField:
        return FaultField(
            "delay",
            "delay before the response, in real time; from a range, the account's seed draws one",
            parse_delay,
            f"^{DURATION_PATTERN}( to {DURATION_PATTERN})?$",
            "100ms to 3s",
        )

    def __call__(self, reply: Reply, draw: Draw) -> Reply:
        return reply._replace(wait=reply.wait + draw(self.least, self.most))

    def describe(self, say: Say) -> str:
        least, most = duration_text(self.least), duration_text(self.most)
        if least == most:
            return say("answered after {duration}", duration=least)
        return say("answered after {least} to {most}", least=least, most=most)


class HttpStatus(NamedTuple):
    """Sets the HTTP status of the response."""

    status: int

    @staticmethod
    def field() -> FaultField:
        return FaultField("http_status", "HTTP status of the response", numbers=(200, 599))

    def __call__(self, reply: Reply, _draw: Draw) -> Reply:
        return reply._replace(status=self.status)

    def describe(self, _say: Say) -> str:
        return f"HTTP {self.status}"


class RetryAfter(NamedTuple):
    """Sets the header Retry-After, in seconds."""

    seconds: int

    @staticmethod
    def field() -> FaultField:
        return FaultField(
            "retry_after",
            "value of the header Retry-After, in whole seconds, at least 1",
            lambda text: RetryAfter(max(1, parse_duration(text) // 1000)),
            f"^{DURATION_PATTERN}$",
            "2s",
        )

    def __call__(self, reply: Reply, _draw: Draw) -> Reply:
        return reply._replace(headers=(*reply.headers, ("retry-after", str(self.seconds))))

    def describe(self, _say: Say) -> str:
        return f"Retry-After {self.seconds}"


_BODIES: Mapping[str, str] = MappingProxyType(
    {
        "empty": message("the body is empty"),
        "truncated": message("the body is truncated"),
        "garbled": message("the body is not JSON"),
        "html": message("the body is a proxy's error page"),
    }
)


class Body(NamedTuple):
    """Replaces the body: `empty`, `truncated` in the middle, `garbled` bytes, or the `html` error page of a proxy."""

    content: str

    @staticmethod
    def field() -> FaultField:
        return FaultField(
            "body",
            "replaces the body: empty, truncated in the middle, random bytes, or a proxy's error page",
            words=tuple(_BODIES),
        )

    def __call__(self, reply: Reply, draw: Draw) -> Reply:
        if self.content == "empty":
            return reply._replace(body=b"")
        if self.content == "truncated":
            return reply._replace(sent=len(reply.body) // 2, ending="cut")
        if self.content == "garbled":
            return reply._replace(body=bytes(draw(0, 255) for _ in range(_GARBLED)))
        page = _PAGE.format(title=_PAGE_TITLES.get(reply.status or 0, "Error"))
        return reply._replace(body=page.encode(), content_type="text/html; charset=utf-8")

    def describe(self, say: Say) -> str:
        return say(_BODIES[self.content])


class Slow(NamedTuple):
    """Sends the body in pieces, over this many milliseconds."""

    milliseconds: int

    @staticmethod
    def field() -> FaultField:
        return _duration_field("slow", "send the body in pieces, over this duration")

    def __call__(self, reply: Reply, _draw: Draw) -> Reply:
        return reply._replace(spread=self.milliseconds)

    def describe(self, say: Say) -> str:
        return say("the body arrives in pieces within {duration}", duration=duration_text(self.milliseconds))


Loss = Literal["reset", "closed", "silent"]
_LOSSES: Mapping[str, str] = MappingProxyType(
    {
        "reset": message("the connection is reset"),
        "closed": message("the connection is closed without a response"),
        "silent": message("no response is sent"),
    }
)


class Lost(NamedTuple):
    """Sends no answer: the connection is `reset` or `closed`, or stays `silent`."""

    how: Loss

    @staticmethod
    def field() -> FaultField:
        return FaultField(
            "connection",
            "send no response: the connection is reset or closed, or stays open and silent",
            words=get_args(Loss),
        )

    def __call__(self, reply: Reply, _draw: Draw) -> Reply:
        return reply._replace(ending=self.how)

    def describe(self, say: Say) -> str:
        return say(_LOSSES[self.how])


Fault = Delay | HttpStatus | RetryAfter | Body | Slow | Lost

FAULTS: tuple[type[Fault], ...] = get_args(Fault)
"""Every fault, in the order in which faults are applied."""

ONLY_LATE: tuple[type[Fault], ...] = (Delay, Slow)
"""The faults after which the answer is the same, only later."""


def apply_faults(reply: Reply, faults: Iterable[Fault], draw: Draw) -> Reply:
    for fault in faults:
        reply = fault(reply, draw)
    return reply

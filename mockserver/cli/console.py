"""The output in the terminal while the sandbox runs: the greeting, and a line for each event."""

from __future__ import annotations

import logging
import re
import select
import sys
from collections import deque
from contextlib import suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, TextIO

from mockserver import __version__
from mockserver.api.paths import exchange_page
from mockserver.cli.entries import RequestFacts, attempt_entry, request_entry
from mockserver.cli.lines import (
    BOLD,
    DIM,
    YELLOW,
    Part,
    beginning_of_entry,
    clock_time,
    entry,
    paint,
    printable,
    width_of,
)
from mockserver.domain.notifications.notification import describe
from mockserver.gateway.example import curl_line, documented_request
from mockserver.gateway.request import PATH
from mockserver.masking import HIDDEN
from mockserver.settings import Settings
from mockserver.signing.signature import signed_request
from mockserver.system.command import own_command
from mockserver.system.output import ESCAPED, escape_what_cannot_be_shown, has_colour

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mockserver.domain.notifications.notification import Attempt, Notification
    from mockserver.domain.timeline import JournalEntry

_MOST_WAITING = 10_000
_LONGEST_CLOSING = 0.2
_MOMENT = 0.02
_SHORT = 8


class Console:
    """Writes to a stream, in colour if it is a terminal and NO_COLOR is not set."""

    def __init__(self, stream: TextIO | None = None, *, is_shared: bool = False) -> None:
        """Write to standard output if no stream is given. Characters that it cannot show are escaped.

        `is_shared` is for a stream that other processes write to as well. Then lines stay whole.
        """
        self._stream: TextIO = stream or sys.stdout
        self.is_shared = is_shared
        escape_what_cannot_be_shown(self._stream)
        self._is_read = True
        self.has_colour = has_colour(self._stream)

    @property
    def width(self) -> int:
        """The number of columns, which changes with the size of the terminal."""
        return width_of(self._stream)

    def write(self, text: str = "") -> None:
        """Write a line; does nothing once the stream is closed."""
        if not self._is_read:
            return
        try:
            _write_lines(self._stream, text, is_shared=self.is_shared)
        except OSError:
            self._is_read = False

    def paint(self, text: str, colour: str) -> str:
        return paint(text, colour, coloured=self.has_colour)

    def greet(self, settings: Settings, url: str, secure_url: str = "", key_from: str = "") -> None:
        """Print the addresses, the account and an example request.

        The secret key is printed only if it is the built-in one; otherwise `key_from` names its source.
        """
        is_built_in = settings.secret_key == Settings().secret_key
        facts = {
            "gateway": f"{url}{PATH}",
            **_about_tls(settings, secure_url),
            "user": settings.user,
            "secret": settings.secret_key if is_built_in else f"your own, from {key_from or 'the settings'}",
            "store": _without_password(settings.database) or "memory; everything is lost when the sandbox stops",
            "scenario": f"{settings.scenario}, unless a request selects another",
            **({"workers": f"{settings.workers} processes"} if settings.workers > 1 else {}),
            "dashboard": f"{url}/_sandbox/",
        }
        self.write(self.paint(f"YabandPay sandbox {__version__}", BOLD))
        self.write()
        for name, fact in facts.items():
            self.write(f"  {self.paint(f'{name:9}', DIM)} {fact}")
        self.write()
        if sys.platform == "win32":  # where no shell has the quotes of the others
            self.write("For a first payment, enter this in another terminal:")
            self.write()
            self.write(f"{own_command()} trigger default --url {url}")
        else:
            self.write("An example request, signed for this account. Paste it into another terminal:")
            self.write()
            self.write(curl_line(url, signed_request(documented_request(settings.user), settings.secret_key)))
        self.write()
        self.write(self.paint("Requests and notifications appear below. Press Ctrl-C to stop.", DIM))
        self.write()


def _without_password(database: str) -> str:
    """The address of a database as it may be shown."""
    return re.sub(r"(?<=password=)[^&]*", HIDDEN, re.sub(r"(?<=//)([^:/@]*):.*@", rf"\1:{HIDDEN}@", database))


def _write_lines(stream: TextIO, text: str, *, is_shared: bool) -> None:
    for part in _undivided(text) if is_shared else (text,):
        stream.write(part + "\n")
        stream.flush()


def _undivided(text: str) -> Iterator[str]:
    """The entries of a text in as few parts as a pipe takes undivided, however many processes write to it.

    An entry is a line and the indented ones below it.
    """
    if sys.platform == "win32":  # has no workers, the only ones that share a stream
        yield text
        return
    part: list[str] = []
    size = 0
    for line in re.split(r"\n(?! )", text):
        length = len(line.encode("utf-8", ESCAPED)) + 1
        if part and size + length > select.PIPE_BUF:
            yield "\n".join(part)
            part, size = [], 0
        part.append(line)
        size += length
    yield "\n".join(part)


def _about_tls(settings: Settings, secure_url: str) -> dict[str, str]:
    if not secure_url:
        return {}
    if settings.tls_certificate is not None:
        trusted = "with your own certificate"
    elif settings.ca_file is not None:
        trusted = f"trust {settings.ca_file}"
    else:
        trusted = "use --ca-file to write the certificate that clients must trust"
    return {"https": f"{secure_url}{PATH}   {trusted}"}


class Log:
    """Writes an entry of a few lines for each event, on its own thread, so that a slow terminal never delays a payment.

    Lines are collected briefly and written together, as switching threads for each would cost more than the line. If
    too many wait, further lines are dropped, and their number is logged.
    """

    def __init__(
        self, console: Console, mask: Callable[[str, str], str] = lambda _user, text: text, *, url: str = "",
        order_of: Callable[[str, str], str] = lambda _user, _timeline: "",
    ) -> None:  # fmt: skip
        """Start the thread.

        `mask` takes a user and a text, and returns the text with secrets masked. `url` is the address of the pages.
        `order_of` takes a user and a trade_id, and returns the order_id, or an empty text.
        """
        self._console = console
        self._mask = mask
        self._url = url
        self._order_of = order_of
        self._waiting: deque[Callable[[], str]] = deque()
        self._dropped = 0
        self._wake, self._closing = Event(), Event()
        self._thread = Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write the waiting lines, but do not wait long for a slow reader."""
        self._closing.set()
        self._wake.set()
        self._thread.join(_LONGEST_CLOSING)

    def exchange(self, exchange: JournalEntry) -> None:
        self._put(lambda: self._exchange_entry(exchange))

    def attempt(self, user: str, notification: Notification, attempt: Attempt) -> None:
        self._put(lambda: self._attempt_entry(user, notification, attempt))

    def notice(self, at: int, text: str, about: str = "connection") -> None:
        head = [Part(clock_time(at), DIM), Part(about), Part(printable(text), YELLOW)]
        self._put(lambda: self._lines(head, []))

    def next_try(self, user: str, notification: Notification, at: int, when: str) -> None:
        def lines() -> str:
            head = beginning_of_entry(at, "notified", self._order(user, notification.timeline))
            return self._lines([*head, Part(when, YELLOW)], [])

        self._put(lines)

    def _put(self, line: Callable[[], str]) -> None:
        if len(self._waiting) < _MOST_WAITING:
            self._waiting.append(line)
        else:
            self._dropped += 1
        if not self._wake.is_set():
            self._wake.set()

    def _write(self) -> None:
        while not self._closing.is_set() or self._waiting:
            self._wake.wait()
            self._closing.wait(_MOMENT)
            self._wake.clear()
            lines = [self._waiting.popleft()() for _ in range(len(self._waiting))]
            if self._dropped:
                dropped, self._dropped = self._dropped, 0
                lines.append(self._console.paint(f"{dropped} lines were dropped, as the terminal was too slow", YELLOW))
            if lines:
                self._console.write("\n".join(lines))

    def _exchange_entry(self, exchange: JournalEntry) -> str:
        order = self._mask(exchange.user, exchange.order_id) or self._order(exchange.user, exchange.trade_id)
        page = f"{self._url}{exchange_page(exchange)}"
        facts = RequestFacts(
            exchange.at, order, exchange.method, exchange.code, exchange.scenario, exchange.reason,
            exchange.hint.splitlines(), page,
        )  # fmt: skip
        return self._lines(*request_entry(facts))

    def _attempt_entry(self, user: str, notification: Notification, attempt: Attempt) -> str:
        kind, state = notification.type, notification.notified_state
        took = "" if attempt.status is None else f" ({attempt.duration} ms)"
        addresses = [self._mask(user, notification.url)]
        if attempt.url != notification.url:
            addresses.append(f"sent to {self._mask(user, attempt.url)}")
        shown = state if kind == "payment" else f"{kind}: {state}"
        order, result = self._order(user, notification.timeline), self._mask(user, describe(attempt) + took)
        return self._lines(*attempt_entry(attempt.at, order, shown, result, addresses))

    def _order(self, user: str, timeline: str) -> str:
        """The order_id of a trade; for others the beginning of their id, which is enough to find them."""
        return self._order_of(user, timeline) or timeline[:_SHORT]

    def _lines(self, head: Sequence[Part], below: Iterable[Part]) -> str:
        console = self._console
        return "\n".join(entry(head, below, width=console.width, coloured=console.has_colour))


class MaskedErrors(logging.Handler):
    """Logs warnings and errors to a stream, with secrets masked in messages and traces."""

    def __init__(self, mask: Callable[[str], str], stream: TextIO | None = None, *, is_shared: bool = False) -> None:
        """Log to standard error if no stream is given; `is_shared` is as in `Console`."""
        super().__init__(logging.WARNING)
        self._is_shared = is_shared
        self._mask = mask
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError, ValueError):  # the stream is closed
            _write_lines(self._stream or sys.stderr, self._mask(self.format(record)), is_shared=self._is_shared)

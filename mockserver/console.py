"""What a person sees in the terminal while the sandbox runs: the greeting and one line a happening."""

from __future__ import annotations

import json
import os
import shlex
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING, TextIO

from mockserver import __version__
from mockserver.client import signed_request
from mockserver.codes import REFUSAL_MESSAGES, SUCCESS
from mockserver.control.paths import exchange_path, journal_path
from mockserver.gateway.endpoint import PATH
from mockserver.gateway.example import documented_request
from mockserver.schedule.worker import describe

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.notify.plan import Attempt, Notification
    from mockserver.store.contract import Exchange

_BOLD, _DIM, _RED, _GREEN, _YELLOW = "1", "2", "31", "32", "33"


class Console:
    """Writes to a terminal, in colour where it is one and NO_COLOR is not set."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to a stream, standard output if none is given."""
        self._stream = stream or sys.stdout
        self._colour = self._stream.isatty() and "NO_COLOR" not in os.environ

    def write(self, text: str = "") -> None:
        """One line."""
        self._stream.write(text + "\n")
        self._stream.flush()

    def paint(self, text: str, colour: str) -> str:
        """A text in a colour."""
        return f"\033[{colour}m{text}\033[0m" if self._colour else text

    def greet(self, app: Application) -> None:
        """What the sandbox is, where it listens, and a line to try it."""
        url, settings = app.base_url, app.settings
        facts = {
            "gateway": f"{url}{PATH}",
            "user": settings.user,
            "secret": settings.secret_key,
            "store": settings.database or "memory; nothing is kept when this stops",
            "scenario": f"{settings.scenario}, unless a request asks for another",
            "records": f"{url}{journal_path(settings.user)}",
        }
        self.write(self.paint(f"YabandPay sandbox {__version__}", _BOLD))
        self.write()
        for name, fact in facts.items():
            self.write(f"  {self.paint(f'{name:9}', _DIM)} {fact}")
        self.write()
        self.write("The documented request, signed for this account; paste it into another terminal:")
        self.write()
        self.write(curl_line(url, signed_request(documented_request(settings.user), settings.secret_key)))
        self.write()
        self.write(self.paint("Requests and notifications appear below. Ctrl-C stops.", _DIM))
        self.write()

    def exchange(self, exchange: Exchange) -> None:
        """A request and what was answered."""
        method = exchange.method or "no method"
        if exchange.code == SUCCESS:
            played = f"  {self.paint(exchange.scenario, _DIM)}" if exchange.scenario else ""
            outcome = f"{self.paint('accepted', _GREEN)}  trade {exchange.trade_id}{played}"
        else:
            code = self.paint(f"{exchange.code} {REFUSAL_MESSAGES.get(exchange.code, '')}", _RED)
            outcome = f"{code}  {_one_line(exchange.reason)}  {self.paint(exchange_path(exchange), _DIM)}"
        self.write(f"{self._time(exchange.at)}  request       {_one_line(method)}  {outcome}")

    def attempt(self, _user: str, notification: Notification, attempt: Attempt) -> None:
        """An attempt to deliver a notification."""
        result = self.paint(_one_line(describe(attempt)), _GREEN if attempt.accepted else _YELLOW)
        mapped = "" if attempt.url == notification.url else self.paint(_one_line(f" (sent to {attempt.url})"), _DIM)
        what = f"{notification.payment_state}  trade {notification.trade_id}  {_one_line(notification.url)}{mapped}"
        self.write(f"{self._time(attempt.at)}  notification  {what}  {result}")

    def _time(self, instant: int) -> str:
        local = datetime.fromtimestamp(instant / 1000, timezone.utc).astimezone()
        return self.paint(local.strftime("%H:%M:%S.") + f"{instant % 1000:03d}", _DIM)


def curl_line(url: str, body: bytes) -> str:
    """A command that sends a body to the gateway, ready to paste into a shell."""
    compact = json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":"))
    return f"curl {url}{PATH} -d {shlex.quote(compact)}"


def _one_line(text: str) -> str:
    """A merchant's text without line breaks and control characters, which could forge a line of the log."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)

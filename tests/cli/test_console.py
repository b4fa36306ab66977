"""The log of a running sandbox, when nobody reads it and when lines are many."""

from __future__ import annotations

import logging
import re
import threading
from io import StringIO

import pytest

from mockserver.cli.console import Console, Log, MaskedErrors
from mockserver.domain.notifications.notification import Notification
from mockserver.domain.timeline import Exchange
from mockserver.masking import Secrets
from mockserver.settings import Settings

EXCHANGE = Exchange(1, 0, "016683", "v3.QueryOrder", "200", "t", "", "", "", b"", b"", 5)


class Stuck(StringIO):
    """A terminal that takes nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.let_go = threading.Event(), threading.Event()

    def write(self, text: str) -> int:
        self.reached.set()
        self.let_go.wait(30)
        return super().write(text)


def test_lines_that_nobody_reads_are_dropped_and_counted() -> None:
    terminal = Stuck()
    log = Log(Console(terminal))
    log.exchange(EXCHANGE)
    terminal.reached.wait(30)
    for _ in range(10_007):
        log.exchange(EXCHANGE)
    terminal.let_go.set()
    log.close()
    log._thread.join(30)
    lines = terminal.getvalue().splitlines()
    assert len(lines) == 1 + 10_000 + 1
    assert lines[-1] == "7 lines were dropped, as the terminal was too slow"


def test_closing_writes_what_waits_and_does_not_wait_for_a_reader() -> None:
    terminal = StringIO()
    log = Log(Console(terminal))
    log.exchange(EXCHANGE._replace(code="-403", reason="a\nb" + "c" * 1000))
    log.close()
    first, second, *_, page = terminal.getvalue().splitlines()
    assert re.fullmatch(r"t {19}\d\d:\d\d:\d\dZ  request    -403 The signature Error  QueryOrder", first)
    assert second.startswith("           a?bc")
    assert page == "           /_sandbox/accounts/016683/requests/1"
    assert len(terminal.getvalue()) <= 600
    stuck = Stuck()
    log = Log(Console(stuck))
    log.exchange(EXCHANGE)
    stuck.reached.wait(30)
    log.close()
    stuck.let_go.set()


class Closed(StringIO):
    """A terminal that is gone, and counts what is still sent to it."""

    tries = 0

    def write(self, _text: str) -> int:
        self.tries += 1
        raise BrokenPipeError


def test_a_terminal_that_is_gone_is_not_written_to_again() -> None:
    terminal = Closed()
    console = Console(terminal)
    for _ in range(3):
        console.write("a line")
    assert terminal.tries == 1


@pytest.mark.parametrize(
    ("database", "shown"),
    [
        ("postgresql+psycopg://shop:p:w@d@db:5432/sandbox", "postgresql+psycopg://shop:***@db:5432/sandbox"),
        ("postgresql://db/sandbox?user=shop&password=pwd&x=1", "postgresql://db/sandbox?user=shop&password=***&x=1"),
        ("postgresql://shop@db/sandbox", "postgresql://shop@db/sandbox"),
        ("sqlite:///a@b.db", "sqlite:///a@b.db"),
    ],
)
def test_the_greeting_does_not_show_the_password_of_a_database(database: str, shown: str) -> None:
    terminal = StringIO()
    Console(terminal).greet(Settings(database=database), "http://127.0.0.1:1")
    assert f"  store     {shown}\n" in terminal.getvalue()


def test_a_trace_shows_no_secret() -> None:
    terminal, secrets = StringIO(), Secrets("sandbox-secret-key")
    logger = logging.getLogger("tests.of.the.console")
    logger.propagate = False
    logger.addHandler(MaskedErrors(secrets.text, terminal))
    try:
        dict[str, int]()["sandbox-secret-key"]
    except KeyError:
        logger.exception("It failed on %s", "sandbox-secret-key")
    logger.info("not worth a line")
    assert "It failed on ***\nTraceback" in terminal.getvalue()
    assert terminal.getvalue().endswith("KeyError: '***'\n")


def test_the_next_try_of_a_notification_names_its_order_and_notices_stay_on_their_line() -> None:
    terminal = StringIO()
    log = Log(Console(terminal), order_of=lambda _user, timeline: f"the order of {timeline}")
    notification = Notification(1, "t1", "payment", "paid", 0, "http://shop.test/notify", b"", "pending")
    log.next_try("016683", notification, 0, "next try at 13:40:33 UTC, in 15s")
    log.notice(0, "a short text")
    log.close()
    first, second = terminal.getvalue().splitlines()
    assert re.fullmatch(r"the order of t1 {5}\S+  notified   next try at 13:40:33 UTC, in 15s", first)
    assert re.fullmatch(r"\d\S+  connection  a short text", second)

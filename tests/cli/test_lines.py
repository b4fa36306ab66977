"""Lines are measured as a terminal shows them, and fit its width."""

from __future__ import annotations

from io import StringIO

import pytest

from mockserver.cli.console import Console, Log
from mockserver.cli.entries import colour_of_event
from mockserver.cli.lines import GREEN, INDENT, RED, YELLOW, Part, columns_of, entry, fitted, wrapped
from mockserver.domain.notifications.notification import Attempt, Notification
from mockserver.domain.timeline import Exchange
from mockserver.system.output import has_colour


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("订单", 4), ("ＡＢ", 4), ("e\u0301", 1), ("a\u200bb", 2)])
def test_a_text_is_measured_as_it_is_displayed(text: str, columns: int) -> None:
    assert columns_of(text) == columns


@pytest.mark.parametrize("text", ["", "A-1", "订单号码一二三四", "a订单号码一二三四", "x" * 30])
def test_a_fitted_text_has_exactly_its_columns(text: str) -> None:
    assert columns_of(fitted(text, 9)) == 9


def test_long_words_are_divided_and_web_addresses_are_not() -> None:
    assert wrapped("ab " + "订" * 5, 4) == ["ab", "订订", "订订", "订"]
    address = "http://127.0.0.1:8765/_sandbox/"
    assert wrapped(f"see {address} now", 10) == ["see", address, "now"]


def test_parts_that_do_not_fit_begin_another_line() -> None:
    lines = list(entry([Part("a" * 30), Part("b" * 30), Part("c" * 30)], [Part("why")], width=70))
    assert lines == ["a" * 30 + "  " + "b" * 30, " " * INDENT + "c" * 30, " " * INDENT + "why"]


def test_colours_do_not_count_and_end_on_each_line() -> None:
    parts = [Part("a" * 40, "31"), Part("b" * 38, "32")]
    lines = list(entry(parts, [Part("c " * 60, "2")], width=80, coloured=True))
    assert lines[0].count("b") == 38
    for line in lines:
        assert line.count("\033[") % 2 == 0


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_is_for_terminals_and_no_color_switches_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert (has_colour(Terminal()), has_colour(StringIO())) == (True, False)
    monkeypatch.setenv("NO_COLOR", "")
    assert has_colour(Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not has_colour(Terminal())


@pytest.mark.parametrize("order_id", ["A-1", "订单号码一二三四五六七八九十订单号码一二三四五六七八九十", "x" * 200])
def test_no_line_of_the_log_is_wider_than_80_columns(order_id: str) -> None:
    terminal = StringIO()
    log = Log(Console(terminal), url="http://127.0.0.1:8765", order_of=lambda _user, _trade: order_id)
    request = b'{"data":{"order_id":"%s"}}' % order_id.encode()
    reason = "The value " + "很长的原因" * 60 + " is wrong."
    accepted = Exchange(1, 0, "016683", "v3.CreatePaymentsAlipayMiniPay", "200", "t", "notified-out-of-order", "", "",
                        request, b"", 5, hint="One hint. " * 20 + "\nAnother.")  # fmt: skip
    log.exchange(accepted)
    log.exchange(accepted._replace(code="-403", reason=reason, hint=""))
    notification = Notification(1, "t", "payment", "paid", 0, "http://shop.test/notify", b"", "pending")
    log.attempt("016683", notification, Attempt(1, 1, 0, "http://127.0.0.1:9/", b"", None, b"", reason, 5))
    log.notice(0, reason)
    log.close()
    lines = terminal.getvalue().splitlines()
    assert len(lines) > 10
    assert max(map(columns_of, lines)) <= 80


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("paid", GREEN),
        ("refund R-1: refunded", GREEN),
        ("refund R-1: refund failed", RED),
        ("refund R-1: refund error", RED),
        ("expired", RED),
        ("refund R-1: refund pending", YELLOW),
    ],
)
def test_a_state_has_its_colour_also_where_its_refund_is_named(text: str, colour: str) -> None:
    assert colour_of_event(text) == colour

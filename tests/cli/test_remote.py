"""The commands that show and change a running sandbox: what they print, their exit codes and their errors."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
from contextlib import suppress
from typing import TYPE_CHECKING

import click
import pytest
import requests

from mockserver.cli.commands import main
from mockserver.cli.lines import columns_of
from mockserver.settings import Settings
from mockserver.system.command import own_command
from mockserver.testing import Merchant, Sandbox
from tests.cli.remote import Terminal
from tests.helpers import SECRET_KEY, USER, signed
from tests.machine import free_port
from tests.serving import COMMAND, Serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Settings(port=0, tls_port=0, log="none", pay_delay=10)) as running:
        yield running


@pytest.fixture(scope="module")
def guarded() -> Iterator[Terminal]:
    """A terminal and a sandbox with a control token."""
    with Sandbox(Settings(port=0, tls_port=0, log="none", control_token="very-hidden")) as running:
        yield Terminal(running.url)


@pytest.fixture
def terminal(sandbox: Sandbox) -> Iterator[Terminal]:
    used = Terminal(sandbox.url)
    yield used
    assert used("reset").status == 0


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    with Merchant(SECRET_KEY) as listening:
        yield listening


def waiting_order(terminal: Terminal, order_id: str, *options: str) -> str:
    """An order that waits for its payer; returns its trade_id."""
    done = terminal("trigger", "--pay-method", "iDEAL", "--order-id", order_id, "--json", *options)
    assert done.status == 0, done.errors
    return str(done.json["payment"]["trade_id"])


def test_every_command_works_as_a_process_of_its_own() -> None:
    server = Serving("--pay-delay", "10ms")
    used = Terminal(server.url)
    made = used.process("trigger", "declined", "--order-id", "P-1")
    assert (made.status, made.errors) == (0, "")
    assert re.search(r"state +declined\n", made.output)
    assert "\x1b" not in made.output
    listed = used.process("orders")
    assert re.search(r"^P-1 +[0-9a-f]{8} +declined +24.99 EUR +Alipay", listed.output, re.MULTILINE)
    assert used.process("show", "P-2").status == 1
    assert used.process("orders", "--stat", "x").status == 2
    server.stop()


@pytest.mark.parametrize(
    ("command", "state"),
    [("pay", "paid"), ("decline", "declined"), ("fail", "failed"), ("expire", "expired"), ("cancel", "cancelled"),
     ("review", "verify")],
)  # fmt: skip
def test_an_order_is_acted_on_by_its_order_id_or_the_beginning_of_its_trade_id(
    terminal: Terminal, command: str, state: str
) -> None:
    waiting_order(terminal, "A-1")
    done = terminal(command, "A-1")
    assert (done.status, done.output) == (0, f"A-1  {state}  was processing\n")
    trade_id = waiting_order(terminal, "A-2")
    assert terminal(command, trade_id[:8], "--json").json["state"] == state
    assert terminal("show", trade_id, "--json").json["payment"]["state"] == state


def test_what_the_gateway_does_not_allow_is_refused_unless_it_is_forced(terminal: Terminal) -> None:
    waiting_order(terminal, "A-1")
    terminal("decline", "A-1")
    refused = terminal("pay", "A-1")
    assert refused.status == 1
    assert "Add --force to change the state anyway." in refused.errors
    assert terminal("pay", "A-1", "--force").output == "A-1  paid  was declined\n"


def test_an_unknown_order_is_reported_with_the_nearest(terminal: Terminal) -> None:
    waiting_order(terminal, "ORDER-17")
    done = terminal("show", "ORDER-71")
    assert (done.status, done.output) == (1, "")
    assert done.errors == (
        f"Account {USER} has no order 'ORDER-71'; did you mean ORDER-17? "
        f"List them with {own_command()} orders --url {terminal.url}.\n"
    )


def test_the_newest_of_several_orders_of_one_order_id_is_meant(terminal: Terminal) -> None:
    first, second = waiting_order(terminal, "TWICE"), waiting_order(terminal, "TWICE")
    terminal("pay", "TWICE")
    states = [terminal("show", trade, "--json").json["payment"]["state"] for trade in (first, second)]
    assert states == ["processing", "paid"]


def test_the_timeline_of_an_order_is_shown_with_what_comes_next(terminal: Terminal) -> None:
    waiting_order(terminal, "订单-1")
    shown = terminal("show", "订单-1")
    assert shown.output.startswith("订单-1  processing\n  trade_id ")
    assert re.search(r"next +waits for its payer until ", shown.output)
    assert shown.output.endswith(f"now: {own_command()} pay 订单-1 --url {terminal.url}\n")
    terminal("pay", "订单-1")
    terminal("wait")
    shown = terminal("show", "订单-1")
    assert re.search(r"state +paid\n.* notify +paid\n.* notified +accepted \(\d+ ms\)\n +https://www", shown.output)
    assert max(map(columns_of, shown.output.splitlines())) <= 80


def test_orders_are_searched_and_a_refused_one_is_named(terminal: Terminal) -> None:
    for order_id in ("TEA-1", "CAKE-1", "TEA-2"):
        terminal("trigger", "default", "--order-id", order_id)

    def found(*options: str) -> list[str]:
        return [one["order_id"] for one in terminal("orders", *options, "--json").json]

    assert found("--search", "tea-") == ["TEA-2", "TEA-1"]
    assert found("--search", "tea-", "--limit", "1") == ["TEA-2"]
    assert found("--wallet", "ALI", "--method", "pay", "--since", "2020-01-01") == ["TEA-2", "CAKE-1", "TEA-1"]
    assert found("--until", "2020-01-01") == found("--search", "nothing") == []
    assert terminal("orders", "--search", "nothing").errors.startswith(f"Account {USER} has no order that fits.")
    wrong = terminal("orders", "--since", "yesterday")
    assert (wrong.status, "Expected an ISO 8601 instant" in wrong.errors) == (1, True)
    requests.post(f"{terminal.url}/Payments", data=signed(order_id="NEVER-1", amount="0"), timeout=30)
    assert "No order has 'never'; request " in terminal("orders", "--search", "never").errors


def test_orders_are_listed_newest_first_in_80_columns(terminal: Terminal) -> None:
    made = f"{own_command()} trigger default --url {terminal.url}"
    assert terminal("orders").errors == f"Account {USER} has no orders. Make one with {made}.\n"
    for order_id in ("A-1", "订单号码" * 10, "B" * 100):
        waiting_order(terminal, order_id)
    terminal("pay", "A-1")
    listed = terminal("orders")
    assert re.findall(r"^\S", listed.output, re.MULTILINE) == ["o", "B", "订", "A"]
    assert max(map(columns_of, listed.output.splitlines())) <= 80
    assert [one["order_id"] for one in terminal("orders", "--limit", "1", "--json").json] == ["B" * 100]
    assert [one["order_id"] for one in terminal("orders", "--state", "paid", "--json").json] == ["A-1"]


def test_orders_show_what_became_of_their_notifications_as_the_pages_do(terminal: Terminal, merchant: Merchant) -> None:
    for order_id, to in (("A-1", merchant.url), ("B-1", "https://mapi.yabandpay.com/n"), ("C-1", "")):
        waiting_order(terminal, order_id, *(("--to", to) if to else ()))
        terminal("pay", order_id)
    terminal("wait")
    listed = terminal("orders").output
    assert re.search(r"\nA-1 .* acknowledged\n", listed)
    assert re.search(r"\nB-1 .*\n  notification not sent: the sandbox does not send to its address\n", listed)
    deliveries = [one["delivery"] for one in terminal("orders", "--json").json]
    assert [one and (one["state"], one["attempts"]) for one in deliveries[1:]] == [("refused", 1), ("accepted", 1)]
    assert max(map(columns_of, listed.splitlines())) <= 80


def test_a_paid_order_is_refunded_with_a_right_signature(terminal: Terminal) -> None:
    waiting_order(terminal, "A-1")
    refused = terminal("refund", "A-1")
    assert refused.status == 1
    assert "The gateway rejected the refund: -1000" in refused.errors
    assert "only a paid trade can" in refused.errors
    terminal("pay", "A-1")
    assert re.fullmatch(
        r"A-1  refund \d+  refund processing  4.99 EUR\n", terminal("refund", "A-1", "--amount", "4.99").output
    )
    assert re.search(r"  paid · refunded in part +24\.99 EUR", terminal("orders").output)
    assert terminal("refund", "A-1", "--json").json["refund_amount"] == "20.00"
    assert re.match(r"A-1  paid · refunded in full · (acknowledged|not|notification)", terminal("show", "A-1").output)


def test_a_notification_is_sent_with_what_the_shop_answers(terminal: Terminal, merchant: Merchant) -> None:
    waiting_order(terminal, "A-1", "--to", merchant.url)
    sent = terminal("notify", "A-1", "--field", "amount=0.01")
    assert sent.status == 0
    assert re.fullmatch(rf"processing  accepted: HTTP 200 ok \(\d+ ms\)\n +{merchant.url}\n", sent.output)
    assert json.loads(merchant.wait_for(1)[0].body)["data"]["amount"] == "0.01"
    wrong = terminal("notify", "A-1", "--defect", "wrong signature", "--json")
    assert (wrong.status, wrong.json[0]["attempts"][0]["accepted"]) == (1, False)
    assert terminal("notify", "A-1", "--field", "amount").status == 2


def test_notifications_are_resent(terminal: Terminal, merchant: Merchant) -> None:
    waiting_order(terminal, "A-1", "--to", merchant.url)
    nothing = terminal("resend", "A-1")
    sent = f"Send its state with {own_command()} notify A-1 --url {terminal.url}."
    assert (nothing.status, sent in nothing.errors) == (1, True)
    terminal("pay", "A-1")
    terminal("wait")
    assert terminal("resend", "A-1").output.startswith("paid  accepted: HTTP 200 ok")
    number = terminal("show", "A-1", "--json").json["notifications"][0]["number"]
    assert len(terminal("resend", "--number", str(number), "--json").json[0]["attempts"]) == 3
    assert len(merchant.received) == 3
    assert terminal("resend", "--failed").errors == "All notifications were accepted.\n"
    assert terminal("resend").status == 2
    assert terminal("resend", "--number", "999").errors == f"Account {USER} has no notification 999.\n"


def test_the_clock_is_shown_stopped_advanced_and_set(terminal: Terminal) -> None:
    assert re.fullmatch(r"[-0-9]{10} [:0-9]{8} UTC  real\n", terminal("clock", "show").output)
    assert Terminal.process(terminal, "clock", "--json").json["kind"] == "real"
    assert terminal("clock", "freeze").output.endswith("  frozen\n")
    waiting_order(terminal, "A-1")
    advanced = terminal("clock", "advance", "25h")
    assert advanced.status == 0
    assert re.search(r"^A-1 +\S+ +state +expired\n", advanced.output, re.MULTILINE)
    assert re.match(r"- +\S+ +clock +advanced by 25h\n", advanced.output)
    assert terminal("show", "A-1", "--json").json["payment"]["state"] == "expired"
    assert terminal("clock", "set", "2100-01-31T12:00:00Z", "--json").json["ended"] == "2100-01-31T12:00:00.000+00:00"
    back = terminal("clock", "set", "2001-01-31T12:00:00Z")
    assert (back.status, back.errors.startswith("The account's time is already 2100-01-31")) == (1, True)
    assert terminal("clock", "set", "--rate", "60").output.endswith("  scaled, 60 times as fast\n")
    assert terminal("clock", "set", "--step", "10s").output.endswith("  stepped, 10000 ms at each request\n")
    assert terminal("clock", "set").status == 2
    assert terminal("clock", "advance", "soon").status == 1


def test_a_state_requests_and_silence_are_waited_for(terminal: Terminal) -> None:
    waiting_order(terminal, "A-1")
    late = terminal("wait", "A-1", "paid", "--timeout", "50ms")
    assert (late.status, late.errors) == (1, "After 50ms, the order was processing, not paid.\n")
    terminal("pay", "A-1")
    assert terminal("wait", "A-1", "paid").output == "A-1  paid\n"
    assert terminal("wait", "--json").json == {"matched": [], "payment": None}
    assert terminal("wait", "--request", "v3.CreatePayments*").output == "request 1  200  v3.CreatePayments\n"
    assert terminal("wait", "--request", "v3.Capture", "--timeout", "10ms").status == 1
    for wrong in (["A-1"], ["A-1", "payed"], ["--code", "200"]):
        assert terminal("wait", *wrong).status == 2


def test_accounts_are_listed_and_chosen(terminal: Terminal, sandbox: Sandbox) -> None:
    with sandbox.account(user="my-shop", name="我的店", scenario="declined") as account:
        listed = terminal("accounts")
        assert re.search(r"^my-shop +declined +real +\S+ \S+ UTC +我的店$", listed.output, re.MULTILINE)
        assert account.secret_key not in terminal("accounts", "--json").output
        made = terminal("trigger", "--order-id", "M-1", "--account", "my-shop", "--json").json
        assert made["payment"]["state"] == "paid"  # the scenario of the command is the default
        assert terminal("show", "M-1").status == 1
        assert terminal("show", "M-1", "--account", "my-shop").status == 0
        wrong = terminal("orders", "--account", "my-shp")
        listing = f"{own_command()} accounts --url {terminal.url}"
        assert (wrong.status, wrong.errors) == (
            1, f"There is no account 'my-shp'; did you mean my-shop? List them with {listing}.\n",
        )  # fmt: skip


def test_a_scenario_is_selected_for_all_or_for_the_next_requests(terminal: Terminal) -> None:
    used = terminal("scenarios", "use", "expired")
    assert used.output == f"All requests of {USER} now use expired, unless they select another scenario.\n"
    assert terminal("accounts", "--json").json[0]["scenario"] == "expired"
    queued = terminal("scenarios", "use", "failed", "--times", "2", "--order-id", "A-*")
    assert queued.output == "The next 2 matching requests use failed.\n"
    wrong = terminal("scenarios", "use", "declind")
    assert (wrong.status, "did you mean declined?" in wrong.errors) == (1, True)
    terminal("reset", "scenarios")
    assert terminal("accounts", "--json").json[0]["scenario"] == ""


def test_the_account_is_emptied(terminal: Terminal) -> None:
    waiting_order(terminal, "A-1")
    assert terminal("reset", "journal", "clock").output == f"Reset journal and clock of account {USER}.\n"
    assert len(terminal("orders", "--json").json) == 1
    assert terminal("reset").output == f"Reset everything of account {USER}.\n"
    assert terminal("orders", "--json").json == []


def test_a_page_is_opened_in_the_browser(terminal: Terminal, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n', encoding="utf-8")
    browser.chmod(0o755)
    trade_id = waiting_order(terminal, "A-1")
    done = terminal.process("open", "A-1", BROWSER=str(browser), PATH=str(tmp_path))
    address = f"{terminal.url}/_sandbox/accounts/{USER}/orders/{trade_id}"
    assert (done.status, done.output) == (0, f"{address}\n")
    assert (tmp_path / "opened").read_text(encoding="utf-8") == f"{address}\n"
    assert terminal("open", "--print").output == f"{terminal.url}/_sandbox/\n"
    assert terminal("open", "requests", "--print").output.endswith(f"/accounts/{USER}/requests\n")


REMOTE = [
    ["orders"], ["show", "A-1"], ["pay", "A-1"], ["decline", "A-1"], ["fail", "A-1"], ["expire", "A-1"], ["cancel", "A-1"],
    ["review", "A-1"], ["refund", "A-1"], ["notify", "A-1"], ["resend", "A-1"], ["clock", "show"],
    ["clock", "advance", "1s"], ["clock", "freeze"], ["clock", "set", "--real"], ["wait"], ["accounts"], ["reset"],
    ["open"], ["listen"], ["trigger"], ["scenarios", "use", "declined"], ["examine", "--create", "true"],
]  # fmt: skip


def test_all_commands_that_need_a_sandbox_are_known_here() -> None:
    """A command that has --url and is not in the list has no tests of its errors; those of mcp are in tests/mcp."""
    with click.Context(main) as context:
        named = [[name] for name in main.list_commands(context)]
        found = []
        for line in named:
            command = main.get_command(context, line[0])
            inner = command.list_commands(context) if isinstance(command, click.Group) else []
            for one, names in [(command, line), *((command.get_command(context, n), [*line, n]) for n in inner)]:  # type: ignore[union-attr]
                if one is not None and any("--account" in parameter.opts for parameter in one.params):
                    found.append(names)
    found.remove(["mcp"])
    assert sorted(found) == sorted(
        line[: len(match)] for line in REMOTE for match in found if line[: len(match)] == match
    )


@pytest.mark.parametrize("line", [line for line in REMOTE if line[0] != "examine"], ids=" ".join)
def test_without_a_sandbox_every_command_says_how_to_start_one(line: list[str]) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    done = Terminal(url)(*line)
    assert (done.status, done.output) == (1, "")
    assert done.errors == (
        f"No sandbox answers at {url}: Connection refused.\n"
        f"Start one with {own_command()} serve, or give its address as --url or $YABANDPAY_MOCK_URL.\n"
    )


@pytest.mark.parametrize("line", REMOTE, ids=" ".join)
def test_the_control_token_is_asked_for_and_never_shown(guarded: Terminal, line: list[str]) -> None:
    done = guarded(*line)
    assert (done.status, done.output) == (1, "")
    assert done.errors == (
        f"The sandbox at {guarded.url} needs its control token.\n"
        "Give the token as --token or $YABANDPAY_MOCK_CONTROL_TOKEN.\n"
    )
    done = guarded(*line, "--token", "wrong-token")
    assert done.errors.startswith(f"The sandbox at {guarded.url} does not accept this control token.\n")
    assert "wrong-token" not in done.errors + done.output


def test_the_control_token_is_given_by_flag_or_variable(guarded: Terminal) -> None:
    assert guarded("accounts", "--token", "very-hidden").status == 0
    assert guarded.process("accounts", YABANDPAY_MOCK_CONTROL_TOKEN="very-hidden").status == 0
    mistaken = guarded("accounts", "--tokenvery-hidden")
    assert (mistaken.status, "very-hidden" in mistaken.errors) == (2, False)


def test_a_wrong_address_is_wrong_usage_and_another_server_is_not_a_sandbox(merchant: Merchant) -> None:
    done = Terminal("127.0.0.1:8765")("orders")
    assert (done.status, "expected an address such as http://127.0.0.1:8765" in done.errors) == (2, True)
    done = Terminal(merchant.url)("orders")
    assert (done.status, "expected a sandbox of the same version" in done.errors) == (1, True)


def in_a_terminal(terminal: Terminal, columns: int, *line: str, **environment: str) -> str:
    """What a command prints in a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    variables = {name: text for name, text in terminal.environment.items() if name not in {"NO_COLOR", "COLUMNS"}}
    process = subprocess.Popen([*COMMAND, *line], stdout=theirs, stderr=theirs, env={**variables, **environment})
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # which is how a terminal ends
        while part := os.read(ours, 65536):
            shown += part
    os.close(ours)
    process.wait()
    return shown.decode().replace("\r", "")


def test_a_real_terminal_has_colours_unless_no_color_is_set_and_its_width_is_kept(terminal: Terminal) -> None:
    waiting_order(terminal, "订单号码" * 8)
    terminal("decline", "订单号码" * 8)
    coloured = in_a_terminal(terminal, 80, "show", "订单号码" * 8)
    assert "\x1b[31mdeclined\x1b[0m" in coloured
    plain = in_a_terminal(terminal, 80, "show", "订单号码" * 8, NO_COLOR="1")
    [was, now] = [re.sub(r"\x1b\[\d+m|\d+ s ago", "", text) for text in (coloured, plain)]
    assert now == was
    assert "\x1b" not in plain
    for columns in (60, 80):
        for line in (["orders"], ["accounts"], ["scenarios"], ["pay", "订单号码" * 8]):
            lines = in_a_terminal(terminal, columns, *line, NO_COLOR="1").splitlines()
            assert max(map(columns_of, lines)) <= max(columns, 72 if line == ["scenarios"] else 0), line

"""`yabandpay-mock examine`, as a process, against shops that are processes or threads."""

from __future__ import annotations

import json
import signal
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
import requests

from mockserver.domain.accounts import LastExamination
from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.cli.remote import Terminal
from tests.examine.shops.matching import BelievesAmountShop
from tests.examine.shops.merchant import Shop
from tests.examine.shops.right import PlainTextShop, QueueShop, WooWordsShop
from tests.machine import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USER, KEY = Settings().user, Settings().secret_key
QUICK = ("--settle", "50ms", "--patience", "3s")
FEW = ("--only", "right-payment,wrong-amount,repeated,answer-ok")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Settings(port=0, tls_port=0, log="none")) as running:
        yield running


@pytest.fixture
def terminal(sandbox: Sandbox) -> Terminal:
    return Terminal(sandbox.url)


def line_for(shop: Shop, *more: str, **options: str) -> list[str]:
    named = {"create": f"{shop.url}/orders", "state": f"{shop.url}/orders/{{order_id}}", **options}
    flags = [text for name, value in named.items() if value for text in (f"--{name}", value)]
    return ["examine", *flags, *QUICK, *more]


def test_a_right_shop_passes(terminal: Terminal, sandbox: Sandbox) -> None:
    with Shop(sandbox.url, USER, KEY) as shop:
        done = terminal.process(*line_for(shop))
    assert (done.status, done.errors) == (0, "")
    assert "This shop passed.\n" in done.output
    assert "\033[" not in done.output
    assert max(map(len, done.output.splitlines())) <= 80


def test_a_wrong_shop_fails_with_what_it_costs(terminal: Terminal, sandbox: Sandbox, tmp_path: Path) -> None:
    junit, html = tmp_path / "report.xml", tmp_path / "report.html"
    with BelievesAmountShop(sandbox.url, USER, KEY) as shop:
        done = terminal.process(*line_for(shop, *FEW, "--junit", str(junit), "--html", str(html), "--language", "zh"))
    assert done.status == 1
    assert "LOST Another amount than the order's  lost money\n" in done.output
    assert "This shop would have lost money in 1 of 4 checks.\n" in done.output
    assert done.output.endswith(f"What was sent and answered, and code that fixes it:\n  {html}\n")
    suite = ET.parse(junit).getroot()[0]  # noqa: S314 - our own file
    failures = {case.get("name"): case[0].get("type") for case in suite if len(case)}
    assert (suite.get("tests"), suite.get("failures"), failures) == (
        "4", "1", {"Another amount than the order's": "lost money"},
    )  # fmt: skip
    assert "hash_equals" not in html.read_text(encoding="utf-8")
    assert 'lang="zh' in html.read_text(encoding="utf-8")


def test_the_report_is_json_and_on_the_sandboxs_pages(terminal: Terminal, sandbox: Sandbox) -> None:
    with BelievesAmountShop(sandbox.url, USER, KEY) as shop:
        done = terminal.process(*line_for(shop, *FEW, "--json"))
    verdicts = {one["name"]: one["verdict"] for one in done.json["results"]}
    assert verdicts == {
        "right-payment": "passed", "repeated": "passed", "wrong-amount": "lost money", "answer-ok": "passed",
    }  # fmt: skip
    with sandbox.app.store.read(USER) as view:
        kept = view.get(LastExamination, "examination")
    assert kept is not None
    assert json.loads(kept.report) == done.json


def test_a_failure_without_a_file_names_the_page_with_the_details(terminal: Terminal, sandbox: Sandbox) -> None:
    with BelievesAmountShop(sandbox.url, USER, KEY) as shop:
        done = terminal.process(*line_for(shop, "--only", "wrong-amount"))
    page = done.output.splitlines()[-1].strip()
    assert page == f"{sandbox.url}/_sandbox/accounts/{USER}/examination"
    assert requests.get(page, timeout=60).text.count("Another amount than the order") == 1


def test_commands_create_orders_and_tell_their_state(terminal: Terminal, sandbox: Sandbox, tmp_path: Path) -> None:
    with Shop(sandbox.url, USER, KEY) as shop:
        script = tmp_path / "call.py"
        script.write_text(
            "import sys, urllib.request\n"
            "data = b'' if sys.argv[1] == 'POST' else None\n"
            "print(urllib.request.urlopen(sys.argv[2], data).read().decode())\n"
        )
        python = f"{sys.executable} {script}"
        create, state = f"{python} POST {shop.url}/orders", f"{python} GET {shop.url}/orders/{{order_id}}"
        done = terminal.process(*line_for(shop, *FEW, create=create, state=state))
        by_variable = f"{python} GET {shop.url}/orders/$ORDER_ID"
        again = terminal.process(*line_for(shop, *FEW, create=create, state=by_variable))
    assert (done.status, again.status) == (0, 0), done.output + done.errors + again.errors


def test_own_words_are_given_once(terminal: Terminal, sandbox: Sandbox) -> None:
    with WooWordsShop(sandbox.url, USER, KEY) as shop:
        asked = terminal.process(*line_for(shop, *FEW))
        told = terminal.process(*line_for(shop, *FEW, "--paid", "processing,completed"))
    assert (asked.status, asked.output) == (2, "")
    assert asked.errors.endswith(
        "After a successful payment, the shop's state changed from 'pending' to 'processing'. "
        "If that means paid, add --paid processing.\n"
    )
    assert told.status == 0


def test_without_a_number_of_shipments_doubles_are_not_graded(terminal: Terminal, sandbox: Sandbox) -> None:
    with PlainTextShop(sandbox.url, USER, KEY) as shop:
        done = terminal.process(*line_for(shop, *FEW))
    assert done.status == 0
    assert "-- The same notification again not graded" in " ".join(done.output.split())
    assert "so shipping twice is not seen" in " ".join(done.output.split())


def test_without_a_state_the_answers_are_graded(terminal: Terminal, sandbox: Sandbox) -> None:
    only = ("--only", "right-payment,wrong-signature,wrong-amount")
    with BelievesAmountShop(sandbox.url, USER, KEY) as shop:
        wrong = terminal.process(*line_for(shop, *only, state=""))
    with Shop(sandbox.url, USER, KEY) as shop:
        right = terminal.process(*line_for(shop, *only, state=""))
    assert (wrong.status, right.status) == (1, 0)
    assert "only its answers are graded" in " ".join(right.output.split())


def test_a_state_that_finds_no_order_is_named_instead_of_graded(terminal: Terminal, sandbox: Sandbox) -> None:
    with Shop(sandbox.url, USER, KEY) as shop:
        done = terminal.process(*line_for(shop, state=f"{shop.url}/no-orders/{{order_id}}"))
    assert (done.status, done.output) == (2, "")
    assert "neither before nor after its payment. Check that --state finds" in done.errors


def test_a_sandbox_is_started_where_none_runs() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with Shop(url, USER, KEY) as shop:
        done = Terminal(url).process(*line_for(shop, *FEW))
    assert done.status == 0
    assert done.errors == f"No sandbox runs at {url}, so one is started there for the examination.\n\n"


@pytest.mark.parametrize(
    ("options", "status", "sentence"),
    [
        (("--create", "http://127.0.0.1:1/orders"), 2, "The shop does not answer: POST http://127.0.0.1:1/orders failed"),
        (("--create", "true"), 2, f"no request of account {USER} reached this sandbox"),
        (("--create", "false"), 2, "The command 'false' failed with exit status 1: it printed nothing."),
        (("--create", "true", "--account", "nobody"), 1, "There is no account 'nobody'"),
        (("--create", "true", "--only", "wrong-amont"), 2, "There is no check 'wrong-amont'; did you mean 'wrong-amount'?"),
        (("--create", "true", "--state", "http://127.0.0.1:1/orders"), 2, "--state needs {order_id} in the URL, such as"),
        (("--create", "true", "--only", "x"), 2, "There is no check 'x'; the checks are right-payment, "),
        (("--create", "true", "--junit", "/nowhere/report.xml"), 2, "/nowhere/report.xml cannot be written: No such file"),
        (("--create", "true", "--token", "a\nb"), 2, "The control token has a character that no HTTP header can have."),
        (("--create", "true", "--token", "\u8336"), 2, "The control token has a character that no HTTP header can have."),
        ((), 2, "Missing option '--create'"),
    ],
)  # fmt: skip
def test_what_cannot_be_examined_is_a_sentence(
    terminal: Terminal, options: tuple[str, ...], status: int, sentence: str
) -> None:
    done = terminal.process("examine", *options)
    assert (done.status, done.output) == (status, "")
    assert sentence in done.errors
    assert "Traceback" not in done.errors


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("true", "The shop says nothing of its order: expected a word such as paid"),
        (r"printf '\033[2Jpaid'", "The shop's state is '\\x1b[2Jpaid', which is unknown here. Let it"),
        ("echo in-transit", "such as --paid in-transit."),
        ("kill -9 $$", "failed with signal 9: it printed nothing."),
        ("echo null", "neither before nor after its payment. Check that --state finds the orders"),
    ],
)
def test_a_state_that_says_nothing_is_a_sentence(
    terminal: Terminal, sandbox: Sandbox, state: str, sentence: str
) -> None:
    with Shop(sandbox.url, USER, KEY) as shop:
        done = terminal.process(*line_for(shop, state=state))
    assert (done.status, done.output) == (2, "")
    assert sentence in done.errors
    assert "\033" not in done.errors


def test_a_shop_that_signs_wrongly_is_shown_the_refusal(terminal: Terminal, sandbox: Sandbox) -> None:
    with Shop(sandbox.url, USER, "another-key") as shop:
        done = terminal.process(*line_for(shop))
    assert done.status == 2
    assert "the sandbox refused its request with -403" in done.errors


def test_ctrl_c_ends_it_with_the_results_so_far(terminal: Terminal, sandbox: Sandbox) -> None:
    with QueueShop(sandbox.url, USER, KEY) as shop:
        process = terminal.start(*line_for(shop, "--json", "--parallel", "1"))
        sandbox_account = sandbox.app.store
        while not sandbox_account.account(USER).scenario:  # type: ignore[union-attr]
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate()
    assert (process.returncode, errors) == (130, "")
    assert json.loads(output)["state"] == "stopped"
    assert sandbox.app.store.account(USER).scenario == ""  # type: ignore[union-attr]


def test_ctrl_c_ends_a_command_that_hangs(terminal: Terminal, sandbox: Sandbox, tmp_path: Path) -> None:
    began = tmp_path / "began"
    process = terminal.start("examine", "--create", f"touch {began}; exec sleep 3600", "--json")
    while not began.exists():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate()
    assert (process.returncode, errors) == (130, "")
    assert json.loads(output)["state"] == "stopped"
    assert sandbox.app.store.account(USER).scenario == ""  # type: ignore[union-attr]


def test_an_account_that_is_being_examined_is_left_alone(terminal: Terminal, sandbox: Sandbox) -> None:
    """Two examinations would take each other's orders, and the second would leave the clock standing."""
    with QueueShop(sandbox.url, USER, KEY) as shop:
        first = terminal.start(*line_for(shop, "--json"))
        while not sandbox.app.store.account(USER).scenario:  # type: ignore[union-attr]
            assert first.poll() is None
        second = terminal.process(*line_for(shop))
        first.send_signal(signal.SIGINT)
        first.communicate()
    assert (second.status, second.output) == (2, "")
    assert f"Account {USER} is being examined" in second.errors
    assert sandbox.app.store.account(USER).scenario == ""  # type: ignore[union-attr]


def test_the_checks_are_listed(terminal: Terminal) -> None:
    done = terminal.process("examine", "--list")
    assert (done.status, done.errors) == (0, "")
    assert "Forgeries:\n  wrong-signature" in done.output

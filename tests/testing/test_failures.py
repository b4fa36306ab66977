"""What a person sees whose test fails: real runs of pytest and unittest over suites that fail."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mockserver.client import OK
from mockserver.settings import Settings
from mockserver.testing import Merchant, Received, Sandbox, SandboxFailedError
from tests.helpers import SECRET_KEY

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

SUITE = """
import pytest
import requests
from mockserver.client import YabandPay

ORDER = {"amount": "24.99", "currency": "EUR", "description": "Tea"}

def buy(account, **changes):
    return account.client.create_alipay_mini_payment(
        **{"order_id": "A-1", "notify_url": account.merchant.url, **ORDER, **changes})

def test_waits_in_vain(yabandpay):
    yabandpay.use("declined")
    buy(yabandpay)
    yabandpay.wait_for("paid", timeout="20ms")

def test_signs_wrongly(yabandpay):
    client = YabandPay(yabandpay.user, yabandpay.secret_key.upper(), yabandpay.url)
    client.query_order("x")

def test_uses_another_user(yabandpay):
    requests.post(f"{yabandpay.url}/Payments", json={"user": "nobody", "method": "v3.QueryOrder", "time": 1, "sign": "x", "data": {"trade_id": "y"}})
    yabandpay.wait_for("paid", timeout="20ms")

def test_forgets_to_use_its_account(yabandpay):
    client = YabandPay("016683", "sandbox-secret-key", yabandpay.url)
    client.create_alipay_mini_payment(order_id="A-1", notify_url=yabandpay.merchant.url, **ORDER)
    yabandpay.wait_for("paid", timeout="20ms")

def test_says_no(yabandpay):
    yabandpay.merchant.respond_with(503, "closed")
    buy(yabandpay)
    yabandpay.wait_for("paid")
    yabandpay.merchant.wait_for(1)
    yabandpay.wait_until_quiet("20ms")

def test_asks_for_what_there_is_not(yabandpay):
    yabandpay.use("declind")

def test_waits_for_notifications_in_vain(yabandpay):
    yabandpay.merchant.wait_for(1, timeout="20ms")

def test_breaks_the_sandbox(yabandpay, yabandpay_sandbox, monkeypatch):
    def broken(*_arguments):
        raise OSError(f"the disk is full {yabandpay.secret_key}")
    monkeypatch.setattr(yabandpay_sandbox.app.worker._work, "_record", broken)
    buy(yabandpay)
    yabandpay.merchant.wait_for(1)
    while not yabandpay_sandbox._failures.count:
        pass

def test_is_innocent(yabandpay):
    buy(yabandpay)
    yabandpay.wait_for("paid")
    yabandpay.wait_until_quiet()

def test_has_a_merchant_that_fails(yabandpay):
    def respond(received):
        assert received.notification.state == "declined"
    yabandpay.merchant._respond = respond
    buy(yabandpay)
    while not yabandpay.merchant.received:
        pass

def test_does_not_use_it():
    assert 1 == 2
"""

CASE = """
import unittest
from mockserver.testing import SandboxMixin

class Case(SandboxMixin, unittest.TestCase):
    def test_breaks_the_sandbox(self):
        def broken(*_arguments):
            raise OSError("the disk is full")
        self.sandbox.app.gateway._accept = broken
        try:
            with self.assertRaises(Exception):
                self.yabandpay.client.query_order("x")
        finally:
            del self.sandbox.app.gateway._accept

    def test_is_innocent(self):
        self.assertEqual([], self.yabandpay.payments)

    def test_is_skipped(self):
        self.skipTest("for now")

ORDER = {"amount": "24.99", "currency": "EUR", "description": "Tea", "notify_url": "https://www.yabandpay.com/notify"}

class Failing(SandboxMixin, unittest.TestCase):
    def setUp(self):
        super().setUp()
        self.yabandpay.use("never-paid")
        self.yabandpay.client.create_alipay_mini_payment(order_id="A-1", **ORDER)

    def test_asserts(self):
        assert self.yabandpay.payments == []

    def test_asserts_as_unittest_does(self):
        self.assertEqual([], self.yabandpay.payments)

    def test_asserts_in_a_part(self):
        for number in (0, 1):
            with self.subTest("the part", number=number):
                self.assertEqual(number, len(self.yabandpay.payments))

    def test_has_an_error(self):
        self.yabandpay.client.query_order("x")

    def test_waits_in_vain(self):
        self.yabandpay.wait_for("paid", timeout="20ms")

class FailingAsynchronously(SandboxMixin, unittest.IsolatedAsyncioTestCase):
    async def test_asserts(self):
        self.yabandpay.client.create_alipay_mini_payment(order_id="A-1", **ORDER)
        assert self.yabandpay.payments == []
"""


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("failing")
    (folder / "test_shop.py").write_text(SUITE, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def reported(printed: str, test: str) -> str:
    """All that is printed about one test."""
    return re.split(r"\n_{3,} ", printed.partition(f" {test} _")[2])[0].partition("short test summary")[0]


def test_only_those_fail_that_did_something_wrong(printed: str) -> None:
    assert "10 failed, 1 passed" in printed
    failed = set(re.findall(r"^FAILED \S+::(\w+)", printed, flags=re.MULTILINE))
    assert "test_is_innocent" not in failed
    assert "ERROR " not in printed.partition("short test summary")[2]


def test_a_failure_shows_what_happened_in_its_account(printed: str) -> None:
    part = reported(printed, "test_waits_in_vain")
    assert "E       mockserver.testing.api.NotAsExpectedError: After 20ms, the order was processing, not paid." in part
    assert re.search(r"-+ YabandPay sandbox -+\naccount \d+ at http://127", part)
    assert re.search(r"\n  1  v3\.CreatePaymentsAlipayMiniPay  accepted  trade \S+  scenario declined\n", part)
    assert re.search(r"\norders\n  A-1  24\.99 EUR  processing  trade \S+$", part.rstrip())


def test_a_failure_shows_lines_of_the_test_and_none_of_the_helpers(printed: str) -> None:
    assert set(re.findall(r"^(\S+\.py):\d+: ", printed, flags=re.MULTILINE)) == {"test_shop.py"}
    for test, line in (
        ("test_waits_in_vain", 'yabandpay.wait_for("paid", timeout="20ms")'),
        ("test_signs_wrongly", 'client.query_order("x")'),
        ("test_says_no", 'yabandpay.wait_until_quiet("20ms")'),
        ("test_asks_for_what_there_is_not", 'yabandpay.use("declind")'),
        ("test_waits_for_notifications_in_vain", 'yabandpay.merchant.wait_for(1, timeout="20ms")'),
    ):
        assert f"\n>       {line}\n" in reported(printed, test)


def test_a_refusal_is_shown_with_its_reason(printed: str) -> None:
    part = reported(printed, "test_signs_wrongly")
    assert re.search(r"  1  v3\.QueryOrder  -403 The signature Error  \S.*key", part)


def test_a_request_of_another_user_is_shown(printed: str) -> None:
    part = reported(printed, "test_uses_another_user")
    assert "requests of unknown users\n  1  v3.QueryOrder  -403" in part
    assert "The account received no request. Does the application use its url, user and secret_key?" in part


def test_a_request_of_the_sandboxs_own_account_is_shown(printed: str) -> None:
    part = reported(printed, "test_forgets_to_use_its_account")
    assert (
        "requests of 016683, the sandbox's own account\n  1  v3.CreatePaymentsAlipayMiniPay  accepted  trade " in part
    )


def test_a_notification_that_was_not_accepted_is_shown_with_the_answer(printed: str) -> None:
    part = reported(printed, "test_says_no")
    assert re.search(
        r"\nnotifications\n  paid  trade \S+  http://\S+  pending  answered HTTP 503 'closed'$", part.rstrip()
    )


def test_an_error_in_a_thread_of_the_sandbox_fails_the_test_that_caused_it(printed: str) -> None:
    part = reported(printed, "test_breaks_the_sandbox")
    assert "SandboxFailedError: The result of notification 1 could not be stored" in part
    assert "OSError: the disk is full ***" in part


def test_an_error_in_the_merchants_answer_fails_the_test(printed: str) -> None:
    assert "assert 'paid' == 'declined'" in reported(printed, "test_has_a_merchant_that_fails")


def test_tests_that_do_not_use_the_sandbox_are_left_alone(printed: str) -> None:
    assert "YabandPay sandbox" not in reported(printed, "test_does_not_use_it")


def test_unittest_reports_an_error_of_the_sandbox_at_the_test_that_caused_it(tmp_path: Path) -> None:
    (tmp_path / "case.py").write_text(CASE, encoding="utf-8")
    command = [sys.executable, "-m", "unittest", "case"]
    done = subprocess.run([*command, "-v", "-k", "Case."], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Ran 3 tests" in done.stderr
    assert re.findall(r"^(?:ERROR|FAIL): (\w+)", done.stderr, flags=re.MULTILINE) == ["test_breaks_the_sandbox"]
    assert "the disk is full" in done.stderr
    assert "skipped 'for now'" in done.stderr


@pytest.mark.parametrize("tool", ["unittest", "pytest"])
def test_every_failure_of_unittest_shows_what_happened_in_its_account(tmp_path: Path, tool: str) -> None:
    (tmp_path / "case.py").write_text(CASE, encoding="utf-8")
    command = [sys.executable, "-m", tool, *(("case.py", "-p", "no:cacheprovider") if tool == "pytest" else ("case",))]
    done = subprocess.run([*command, "-k", "Failing"], cwd=tmp_path, capture_output=True, text=True, check=False)
    printed = done.stdout + done.stderr
    heads = r"^(?:FAIL|ERROR): (\w+)" if tool == "unittest" else r"^_{3,} \w+\.(\w+)"
    failures = printed.partition("short test summary")[0]  # where CI is set, pytest repeats them in its summary
    _, *parts = re.split(heads, failures, flags=re.MULTILINE)
    reports = dict(zip(parts[::2], parts[1::2], strict=True))
    assert set(reports) == {
        "test_asserts", "test_asserts_as_unittest_does", "test_asserts_in_a_part", "test_has_an_error",
        "test_waits_in_vain",
    }  # fmt: skip
    assert failures.count("YabandPay sandbox\n") == 6
    for report in reports.values():
        assert re.search(r"  1  v3\.CreatePaymentsAlipayMiniPay  accepted  trade \S+", report), report
        assert re.search(r"orders\n.*  A-1  24\.99 EUR  \w+  trade \S+", report)
    assert "mockserver/testing/sandbox.py" not in printed


def test_an_error_of_the_merchant_is_raised_where_it_is_waited_for() -> None:
    def respond(_received: Received) -> tuple[int, bytes]:
        raise LookupError("the shop forgot the order")

    with Sandbox(Settings(port=0, pay_delay=10)) as sandbox, sandbox.account() as account:
        with Merchant(account.secret_key, respond) as forgetful:
            account.client.create_alipay_mini_payment(
                order_id="A-1", amount="1", currency="EUR", description="Tea", notify_url=forgetful.url
            )
            with pytest.raises(LookupError, match="the shop forgot the order"):
                forgetful.wait_for(1)
        with pytest.raises(LookupError), Merchant(account.secret_key, respond) as forgetful:
            account.client.create_alipay_mini_payment(
                order_id="A-2", amount="1", currency="EUR", description="Tea", notify_url=forgetful.url
            )
            account.clock.advance("1h")


def test_an_account_is_dropped_though_its_merchant_failed() -> None:
    with Sandbox(Settings(port=0, pay_delay=10)) as sandbox:
        with pytest.raises(TypeError), sandbox.account() as account:
            account.merchant._respond = None  # type: ignore[assignment]
            account.client.create_alipay_mini_payment(
                order_id="A-1", amount="1", currency="EUR", description="Tea", notify_url=account.merchant.url
            )
            account.clock.advance("1s")
            raise LookupError("what the test itself found wrong")
        assert sandbox.app.merchants() == [sandbox.settings.user]


def test_a_merchant_answers_as_reported_and_then_as_before() -> None:
    with Sandbox(Settings(port=0, pay_delay=10)) as sandbox, sandbox.account() as account:
        with Merchant(account.secret_key, lambda _: (200, OK.encode())) as merchant:
            merchant.respond_with(500, "later", times=2)
            account.client.create_alipay_mini_payment(
                order_id="A-1", amount="1", currency="EUR", description="Tea", notify_url=merchant.url
            )
            account.clock.advance("1h")
        assert [(one.status, one.answer) for one in account.notifications[0].attempts] == [
            (500, "later"), (500, "later"), (200, "ok"),
        ]  # fmt: skip


def test_an_account_whose_sandbox_failed_says_so_when_it_is_left() -> None:
    with (
        Sandbox(Settings(port=0)) as sandbox,
        pytest.raises(SandboxFailedError, match="The sandbox had an internal error"),
        sandbox.account() as account,
    ):
        sandbox.app.gateway._accept = None  # type: ignore[method-assign, assignment]
        with pytest.raises(Exception, match="-1000"):
            account.client.query_order("x")


def test_a_sandbox_that_is_gone_is_reported_and_hides_no_failure() -> None:
    with Merchant(SECRET_KEY) as merchant, Sandbox(Settings(port=0)) as sandbox, sandbox.account() as account:
        account.url = account._api.url = merchant.url.removesuffix("/notify")
        assert account.report().startswith(f"The sandbox at {account.url} did not report what happened: No sandbox: ")
        account.url = account._api.url = sandbox.url

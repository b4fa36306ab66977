"""What waits for somebody holds up nobody else: merchants that hang, moved clocks, waits, long comparisons."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockserver.client import CreatedPayment, YabandPay
from mockserver.clock import REAL, ClockSetting
from mockserver.settings import Settings
from mockserver.testing import Merchant, Sandbox
from tests.helpers import SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mockserver.testing import Received

PATIENCE = 30
HANGING = 10 * 60_000
API = "/_sandbox/api"


class Account:
    """An account of its own, over HTTP."""

    def __init__(self, sandbox: Sandbox, user: str) -> None:
        self.sandbox, self.user = sandbox, user
        self.call("POST", f"{API}/accounts", {"user": user, "secret_key": SECRET_KEY})
        self.client = YabandPay(user, SECRET_KEY, sandbox.url)

    def call(self, verb: str, path: str, body: Any = None) -> requests.Response:
        return requests.request(verb, self.sandbox.url + path, json=body, timeout=PATIENCE)

    def own(self, verb: str, path: str, body: Any = None) -> requests.Response:
        return self.call(verb, f"{API}/accounts/{self.user}{path}", body)

    def pay(self, notify_url: str, order_id: str = "1") -> CreatedPayment:
        return self.client.create_alipay_mini_payment(
            order_id=order_id, amount="1.00", currency="EUR", description="Tea", notify_url=notify_url
        )


class Hanging:
    """A merchant that answers nothing before the end of the test, and counts the notifications that wait for it."""

    def __init__(self) -> None:
        self._end = threading.Event()
        self._arrived = threading.Semaphore(0)
        self.merchant = Merchant(SECRET_KEY, self._respond)

    def _respond(self, _: Received) -> tuple[int, bytes]:
        self._arrived.release()
        self._end.wait(PATIENCE)
        return 200, b"ok"

    def wait_for(self, count: int) -> None:
        for _ in range(count):
            assert self._arrived.acquire(timeout=PATIENCE)

    def answer(self) -> None:
        self._end.set()


@pytest.fixture(params=["memory", "sqlite"])
def sandbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sandbox]:
    settings = Settings(port=0, seed="tests", notify_timeout=HANGING)
    if request.param == "sqlite":
        settings = replace(settings, database=f"sqlite:///{tmp_path / 'sandbox.db'}")
    with Sandbox(settings) as running:
        yield running


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    made = Hanging()
    with made.merchant:
        yield made
        made.answer()


@pytest.fixture
def asking(hanging: Hanging) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(40) as pool:
        yield pool
        hanging.answer()


def everything_answers(sandbox: Sandbox) -> None:
    """Each kind of request is answered, though others wait."""
    other = Account(sandbox, "other")
    with Merchant(SECRET_KEY) as merchant:
        created = other.pay(merchant.url)
        assert other.client.query_order(created.trade_id).order_id == "1"
        assert other.own("POST", "/clock/advance", {"by": "5s"}).json()["tasks"] == 2
        assert len(merchant.received) == 1
    assert other.call("GET", f"{API}/health/ready").status_code == 200
    assert other.call("GET", f"{API}/version").status_code == 200
    assert other.call("GET", "/_sandbox/").status_code == 200
    assert other.own("POST", "/wait", {"what": {"type": "quiet"}}).status_code == 200
    assert other.own("GET", "/bundle").status_code == 200
    assert other.call("DELETE", f"{API}/accounts/other").status_code == 204


def test_clocks_that_wait_for_merchants_hold_up_nobody(
    sandbox: Sandbox, hanging: Hanging, asking: ThreadPoolExecutor
) -> None:
    accounts = [Account(sandbox, f"shop{number}") for number in range(20)]
    for account in accounts:
        account.pay(hanging.merchant.url)
    moved = [asking.submit(account.own, "POST", "/clock/advance", {"by": "1m"}) for account in accounts]
    hanging.wait_for(20)
    everything_answers(sandbox)
    assert not any(one.done() for one in moved)
    hanging.answer()
    assert [one.result().status_code for one in moved] == [200] * 20


def test_merchants_ask_the_sandbox_while_clocks_are_moved(sandbox: Sandbox, asking: ThreadPoolExecutor) -> None:
    def respond(received: Received) -> tuple[int, bytes]:
        assert received.notification is not None
        account = by_order[received.notification.order_id]
        assert account.client.query_order(received.notification.trade_id).state == "paid"
        assert account.own("GET", f"/payments/{received.notification.trade_id}").status_code == 200
        return 200, b"ok"

    accounts = [Account(sandbox, f"shop{number}") for number in range(10)]
    by_order = {account.user: account for account in accounts}
    with Merchant(SECRET_KEY, respond) as merchant:
        for account in accounts:
            account.pay(merchant.url, order_id=account.user)
        moved = [asking.submit(account.own, "POST", "/clock/advance", {"by": "1h"}) for account in accounts]
        assert [one.result().json()["tasks"] for one in moved] == [2] * 10
        merchant.check()
    for account in accounts:
        assert [one["state"] for one in account.own("GET", "/notifications").json()] == ["accepted"]


@pytest.mark.parametrize("move", [("POST", "/clock/advance", {"by": "1m"}), ("PUT", "/clock", {"kind": "frozen"})])
def test_a_merchant_that_moves_its_clock_while_it_is_notified_is_refused_at_once(
    sandbox: Sandbox, move: tuple[str, str, Any]
) -> None:
    answers: list[requests.Response] = []

    def respond(_: Received) -> tuple[int, bytes]:
        answers.append(shop.own(*move))
        return 200, b"ok"

    shop = Account(sandbox, "shop")
    with Merchant(SECRET_KEY, respond) as merchant:
        shop.pay(merchant.url)
        assert shop.own("POST", "/clock/advance", {"by": "1m"}).status_code == 200
    assert [answer.status_code for answer in answers] == [409]
    assert "The clock of shop is being advanced by another call" in answers[0].json()["detail"]


def test_a_merchant_that_is_notified_in_real_time_cannot_wait_for_itself(sandbox: Sandbox) -> None:
    answers: list[requests.Response] = []

    def respond(_: Received) -> tuple[int, bytes]:
        answers.append(shop.own("POST", "/clock/advance", {"by": "1m"}))
        return 200, b"ok"

    shop = Account(sandbox, "shop")
    with Merchant(SECRET_KEY, respond) as merchant:
        shop.own("PUT", "/clock", {"kind": "scaled", "rate": 1000})
        shop.pay(merchant.url)
        assert shop.own("POST", "/wait", {"what": {"type": "quiet"}}).status_code == 200
        merchant.wait_for(1)
        assert shop.own("POST", "/wait", {"what": {"type": "quiet"}}).status_code == 200
    assert [answer.status_code for answer in answers] == [409]
    assert "A notification of shop is not answered yet" in answers[0].json()["detail"]
    assert shop.own("POST", "/clock/advance", {"by": "1m"}).status_code == 200


def test_accounts_do_not_wait_for_each_others_notifications_at_one_address(sandbox: Sandbox) -> None:
    hangs, end, answered = threading.Semaphore(0), threading.Event(), threading.Event()

    def respond(received: Received) -> tuple[int, bytes]:
        assert received.notification is not None
        if received.notification.order_id == "hangs":
            hangs.release()
            end.wait(PATIENCE)
        else:
            answered.set()
        return 200, b"ok"

    slow, quick = Account(sandbox, "slow"), Account(sandbox, "quick")
    with Merchant(SECRET_KEY, respond) as merchant:
        for _ in range(10):
            slow.pay(merchant.url, order_id="hangs")
        slow.own("PUT", "/clock", {"kind": "scaled", "rate": 1000})
        assert all(hangs.acquire(timeout=PATIENCE) for _ in range(4))
        quick.own("PUT", "/clock", {"kind": "scaled", "rate": 1000})
        quick.pay(merchant.url)
        assert answered.wait(PATIENCE)
        end.set()


def test_a_thousand_addresses_that_hang_cost_no_thread_and_leave_room_for_others(
    sandbox: Sandbox, hanging: Hanging
) -> None:
    greedy = Account(sandbox, "greedy")
    for number in range(150):
        greedy.pay(hanging.merchant.url.replace("127.0.0.1", f"user{number}@shop{number}.localhost"))
    greedy.own("PUT", "/clock", {"kind": "scaled", "rate": 1000})
    hanging.wait_for(64)  # half of all connections
    everything_answers(sandbox)
    merchants = ("Thread-", "MainThread", "merchant")
    threads = [thread.name for thread in threading.enumerate() if not thread.name.startswith(merchants)]
    assert len(threads) < 30, threads


def test_comparing_a_journal_holds_up_neither_its_account_nor_others(
    sandbox: Sandbox, asking: ThreadPoolExecutor
) -> None:
    busy, other = Account(sandbox, "busy"), Account(sandbox, "other")
    for number in range(60):
        busy.client.list_orders(page=number + 1)
    patterns = [{"method": f"*{number}*x*y"} for number in range(1000)]
    compared = asking.submit(busy.own, "POST", "/verify", {"requests": patterns, "exactly": 0})
    for account in (busy, other) * 5:
        assert account.client.list_orders() is not None
    assert compared.result().status_code == 200


def test_many_waits_of_one_account_end_together_and_hold_up_nobody(
    sandbox: Sandbox, asking: ThreadPoolExecutor
) -> None:
    shop = Account(sandbox, "shop")
    what = {"type": "requests", "method": "v3.ListOrder", "count": 2}
    waiting = [asking.submit(shop.own, "POST", "/wait", {"what": what, "timeout": "10m"}) for _ in range(40)]
    everything_answers(sandbox)
    shop.client.list_orders()
    shop.client.list_orders()
    assert [one.result().status_code for one in waiting] == [200] * 40


def test_one_accounts_odd_clock_stops_nobody(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    """A clock that no interface lets in: whatever one account does, the others go on."""
    odd, fine = Account(sandbox, "odd"), Account(sandbox, "fine")
    with Merchant(SECRET_KEY) as merchant, ExitStack() as afterwards:
        odd.pay(merchant.url)
        broken = ClockSetting("scaled", 0, -(10**400), 1e308)
        sandbox.app.store.change_account("odd", lambda account: replace(account, clock=broken))
        sandbox.app.worker.follow_clock("odd")
        afterwards.callback(sandbox.app.store.change_account, "odd", lambda account: replace(account, clock=REAL))
        fine.pay(merchant.url)
        assert fine.own("POST", "/wait", {"what": {"type": "state", "state": "paid"}}).status_code == 200
        assert merchant.wait_for(1)[0].notification is not None
        assert fine.call("GET", f"{API}/health/ready").status_code == 200
    caplog.clear()

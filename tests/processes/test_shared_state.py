"""Two sandboxes on one PostgreSQL database: what one of them answered, the other knows at once.

Most checks are repeated in alternating direction without a pause, as a process hears of changes only a few milliseconds
later.
"""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockserver.client import YabandPay, signed_request
from mockserver.gateway.example import documented_request
from mockserver.settings import Settings
from mockserver.testing import Merchant, Sandbox
from tests.serving import Serving
from tests.sockets import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.postgres import PostgresServer

ROUNDS = 20
USER = "shop"
KEY = "key-of-the-shop-0"


class Process:
    """A sandbox, and what a test asks of it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.url = sandbox.url
        self._session = requests.Session()
        self.client = YabandPay(USER, KEY, self.url, session=self._session)

    def api(self, verb: str, path: str, body: object = None, user: str = USER) -> requests.Response:
        address = f"{self.url}/_sandbox/api/accounts{f'/{user}' if user else ''}{path}"
        return self._session.request(verb, address, json=body, timeout=60)

    def get(self, path: str) -> Any:
        """What the API has about the account."""
        answer = self.api("GET", path)
        assert answer.ok, answer.text
        return answer.json()

    def change(self, verb: str, path: str, body: object = None, user: str = USER) -> Any:
        answer = self.api(verb, path, body, user)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def call(self, method: str, data: dict[str, Any], user: str = USER, key: str = KEY) -> Any:
        """The envelope of the gateway's answer."""
        body = signed_request({"user": user, "method": method, "time": 1546588959, "data": data}, key)
        return json.loads(self._session.post(f"{self.url}/Payments", body, timeout=60).content)

    def pay(self, order: str, user: str = USER, key: str = KEY, **changes: Any) -> Any:
        request = documented_request(user)
        return self.call(request["method"], {**request["data"], "order_id": order, **changes}, user, key)

    def close(self) -> None:
        self._session.close()


Pair = tuple[Process, Process]


def settings_of(database: str, **changes: Any) -> Settings:
    return Settings(port=0, tls_port=0, log="none", database=database, **{"pay_delay": 3_600_000, **changes})


@pytest.fixture(scope="module")
def running(postgres: PostgresServer) -> Iterator[Pair]:
    database = postgres.new_database()
    with ExitStack() as stack:
        stack.callback(postgres.drop, database)
        both = [Process(stack.enter_context(Sandbox(settings_of(database)))) for _ in range(2)]
        for process in both:
            stack.callback(process.close)
        yield both[0], both[1]


@pytest.fixture
def pair(running: Pair) -> Pair:
    """Two processes with an account that the first one has created."""
    running[0].api("DELETE", "")
    running[0].change("POST", "", {"user": USER, "secret_key": KEY}, user="")
    return running


def rounds(pair: Pair) -> Iterator[tuple[int, Process, Process]]:
    """The number of a round, the process that changes something, and the one that must see it."""
    for number in range(ROUNDS):
        yield (number, *(pair if number % 2 == 0 else pair[::-1]))


def test_an_account_created_in_one_pays_in_the_other(pair: Pair) -> None:
    for number, first, second in rounds(pair):
        user = f"new-{number}"
        first.change("POST", "", {"user": user, "secret_key": KEY}, user="")
        assert second.pay("A-1", user)["code"] == "200"
        first.change("DELETE", "", user=user)


def test_a_changed_key_is_the_only_one_in_the_other(pair: Pair) -> None:
    key = KEY
    for number, first, second in rounds(pair):
        old, key = key, f"key-of-the-shop-{number + 1}"
        first.change("PATCH", "", {"secret_key": key})
        if number % 4 < 2:  # either is asked first
            assert second.pay(f"new-{number}", key=key)["code"] == "200"
            assert second.pay(f"old-{number}", key=old)["code"] != "200"
        else:
            assert second.pay(f"old-{number}", key=old)["code"] != "200"
            assert second.pay(f"new-{number}", key=key)["code"] == "200"


def test_scenarios_set_in_one_are_played_in_the_other(pair: Pair) -> None:
    usual = pair[0].pay("usual")["code"]
    for number, first, second in rounds(pair):
        first.change("PATCH", "", {"scenario": "server-error"})
        assert second.pay(f"default-{number}")["code"] != usual
        first.change("PATCH", "", {"scenario": ""})
        assert second.pay(f"none-{number}")["code"] == usual
        first.change("POST", "/scenarios", {"scenario": "server-error"})
        assert second.pay(f"queued-{number}")["code"] != usual
        assert first.pay(f"after-{number}")["code"] == usual


def test_a_clock_set_in_one_dates_what_the_other_does(pair: Pair) -> None:
    pair[0].change("PUT", "/clock", {"kind": "frozen", "at": "2040-01-01T00:00:00Z"})
    for number, first, second in rounds(pair):
        first.change("POST", "/clock/advance", {"by": "1m"})
        trade = second.pay(f"A-{number}")["data"]["trade_id"]
        created = second.get(f"/payments/{trade}")["payment"]["created_at"]
        assert created.startswith(f"2040-01-01T00:{number + 1:02}:00"), created
        assert second.get("/clock") == first.get("/clock")


def test_a_reset_and_a_drop_in_one_are_seen_in_the_other(pair: Pair) -> None:
    for number, first, second in rounds(pair):
        assert second.pay("A-1")["code"] == "200"
        first.change("POST", "/reset", {})
        assert second.get("/payments")["items"] == []
        first.change("DELETE", "")
        assert second.pay("A-1")["code"] != "200", number
        assert second.api("GET", "").status_code == 404
        first.change("POST", "", {"user": USER, "secret_key": KEY}, user="")


def test_a_wait_in_one_is_met_by_a_payment_in_the_other(pair: Pair) -> None:
    with ThreadPoolExecutor(1) as pool:
        for number, first, second in rounds(pair):
            data = {"order_id": f"A-{number}"}
            wanted = {"what": {"type": "requests", "data": data}, "timeout": "60s"}
            waiting = pool.submit(second.change, "POST", "/wait", wanted)
            assert first.pay(f"A-{number}")["code"] == "200"
            assert len(waiting.result()["matched"]) == 1


def test_lists_and_counts_are_equal_in_both(pair: Pair) -> None:
    for number, first, second in rounds(pair):
        first.pay(f"A-{number}")
        for path in ("/exchanges", "/payments", "/notifications"):
            assert second.get(path) == first.get(path)
        assert len(second.get("/payments")["items"]) == number + 1
        assert len(second.get("/exchanges")["items"]) == 3 * number + 1  # with the two lists of each round
        there, here = (process.client.list_orders() for process in (second, first))
        assert there == here
        assert there.total == number + 1


def test_of_two_advances_at_once_one_is_refused(pair: Pair) -> None:
    """The first one waits for its notification, and the merchant advances the clock in the other process."""
    first, second = pair
    refused: list[requests.Response] = []

    def respond(_: object) -> tuple[int, bytes]:
        refused.append(second.api("POST", "/clock/advance", {"by": "1h"}))
        return 200, b"ok"

    with Merchant(KEY, respond) as merchant:
        first.change("PUT", "/clock", {"kind": "frozen"})
        first.pay("A-1", notify_url=merchant.url)
        first.change("POST", "/clock/advance", {"by": "1h"})
    assert [one.status_code for one in refused] == [409]
    assert refused[0].json()["title"] == "Clock is busy"
    second.change("POST", "/clock/advance", {"by": "1h"})  # the first has ended


def test_what_a_process_has_planned_another_does_when_it_is_closed(postgres_database: str) -> None:
    settings = settings_of(postgres_database, pay_delay=1_000)
    with Merchant(KEY) as merchant, Sandbox(settings) as left:
        other = Process(left)
        with Sandbox(settings) as planning:
            process = Process(planning)
            process.change("POST", "", {"user": USER, "secret_key": KEY}, user="")
            trade = process.pay("A-1", notify_url=merchant.url)["data"]["trade_id"]
            process.close()
        other.change("POST", "/wait", {"what": {"type": "state", "state": "paid"}, "timeout": "60s"})
        merchant.wait_for(1)
        other.change("POST", "/wait", {"what": {"type": "quiet"}, "timeout": "60s"})
        events = other.get(f"/payments/{trade}")["timeline"]
        assert [one["kind"] for one in events if "paid" in one["text"]] == ["state", "notification"], events
        assert [one.state for one in merchant.notifications] == ["paid"]
        other.close()


def test_what_a_process_was_sending_when_it_was_stopped_another_sends_at_once(postgres_database: str) -> None:
    received, go_on = threading.Event(), threading.Event()

    def respond(_: object) -> tuple[int, bytes]:
        received.set()
        go_on.wait()
        return 200, b"ok"

    with Merchant(KEY, respond=respond) as merchant, Sandbox(settings_of(postgres_database)) as left:
        other = Process(left)
        other.change("POST", "", {"user": USER, "secret_key": KEY}, user="")
        stopped = Serving("--log", "none", "--database", postgres_database, "--pay-delay", "0ms")
        with requests.Session() as session:
            YabandPay(USER, KEY, stopped.url, session=session).create_alipay_mini_payment(
                order_id="A-1", amount="10.00", currency="EUR", description="tea", notify_url=merchant.url,
                redirect_url="https://shop.example", timeout=0,
            )  # fmt: skip
        received.wait()
        before = left.app.store.claimed_elsewhere(USER)
        ended = stopped.stop()
        after = left.app.store.claimed_elsewhere(USER)
        go_on.set()
        assert ended == (0, "")
        assert before is not None
        assert after is None
        merchant.wait_for(2)
        other.close()


def listeners(server: PostgresServer) -> set[int]:
    """The sessions of the server in which processes hear of each other."""
    rows = server.psql("SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' OR query LIKE '%pg_notify%'")
    return {pid for (pid,) in rows}


def test_what_a_process_has_not_announced_when_it_is_killed_another_does(
    postgres: PostgresServer, postgres_database: str
) -> None:
    earlier = listeners(postgres)
    with Merchant(KEY) as merchant, Sandbox(settings_of(postgres_database)) as left:
        other = Process(left)
        other.change("POST", "", {"user": USER, "secret_key": KEY}, user="")
        wait_until(lambda: bool(listeners(postgres) - earlier))
        earlier |= listeners(postgres)
        dying = Serving("--log", "none", "--database", postgres_database, "--pay-delay", "1s")
        wait_until(lambda: bool(listeners(postgres) - earlier))
        for listener in listeners(postgres) - earlier:  # it needs half a second for another one
            postgres.psql(f"SELECT pg_terminate_backend({listener})")
        with requests.Session() as session:
            YabandPay(USER, KEY, dying.url, session=session).create_alipay_mini_payment(
                order_id="A-1", amount="10.00", currency="EUR", description="tea", notify_url=merchant.url,
                redirect_url="https://shop.example", timeout=0,
            )  # fmt: skip
        dying.process.kill()
        dying.process.communicate()
        merchant.wait_for(1)
        assert [one.state for one in merchant.notifications] == ["paid"]
        other.close()

"""`python -m bench.growth`: does the gateway slow down as an account's payments pile up?

The same calls on an almost empty account and on a full one, in turns, in this process and without HTTP.
"""

from __future__ import annotations

import argparse
import time
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.load import SECRET_KEY, USER
from mockserver.app import assemble
from mockserver.client import signed_request
from mockserver.clock import FrozenClock
from mockserver.gateway.example import DOCUMENTED_DATA
from mockserver.gateway.request import Request
from mockserver.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.app import Application

_NOWHERE = "https://mapi.yabandpay.com/notify"  # the gateway's own host, to which nothing is sent
_FEW = 2_000
_ROUNDS, _CALLS = 10, 500
_DUE = 1_000


class Account(NamedTuple):
    """A sandbox with some payments, its clock, and a trade in the middle of them."""

    app: Application
    clock: FrozenClock
    trade_id: str
    started_at: int


def call(method: str, **data: Any) -> bytes:  # noqa: ANN401 - a field of data
    """A signed request."""
    return signed_request({"user": USER, "method": method, "time": 1546588959, "data": data}, SECRET_KEY)


def creation(number: int) -> bytes:
    """A signed request for a payment of its own."""
    data = {**DOCUMENTED_DATA, "order_id": f"growth-{number}", "notify_url": _NOWHERE}
    return call("v3.CreatePaymentsAlipayMiniPay", **data)


def fill(count: int, *, paid: bool) -> Account:
    """An account with so many payments, a thousand of them a second, paid if that is wanted."""
    clock = FrozenClock()
    app = assemble(Settings(seed="bench", log="none"), clock=clock)
    started_at, middle = clock.now(), ""
    for number in range(count):
        answer = app.gateway.answer(Request("POST", creation(number)))
        if number == count // 2:
            middle = answer.exchange.trade_id
        if number % _DUE == 0:
            clock.advance(1000)
            if paid:
                app.worker.run_due(USER)
    clock.advance(2000)
    if paid:
        app.worker.run_due(USER)
    return Account(app, clock, middle, started_at)


def once(account: Account, body: bytes) -> float:
    """Milliseconds of one call; an export is read to its end."""
    began = time.perf_counter()
    answer = account.app.gateway.answer(Request("POST", body))
    if answer.export is not None:
        for _ in answer.export.pieces:
            pass
    took = (time.perf_counter() - began) * 1000
    if answer.exchange.code != "200":
        raise ValueError(f"refused: {answer.exchange.reason}")
    return took


def calls_on(account: Account) -> dict[str, Callable[[int], bytes]]:
    """What is measured: each name with a function from a number to a request."""
    since, until = account.started_at // 1000, account.clock.now() // 1000
    page = {"start_time": str(since), "end_time": str(until), "limit": "20"}
    return {
        "create": lambda number: creation(10**9 + number),
        "query": lambda _: call("v3.QueryOrder", trade_id=account.trade_id),
        "list, page 50": lambda _: call("v3.ListOrderByTime", **page, page="50"),
        "list by state, page 50": lambda _: call("v3.ListOrder", page="50", limit="20", filter="processing"),
    }


def compare(few: Account, many: Account) -> list[tuple[str, float, float, float]]:
    """For each call the medians on both accounts in milliseconds, and the slowest call on the full one."""
    rows = []
    for name in calls_on(few):
        taken: dict[int, list[float]] = {0: [], 1: []}
        for place in range(_ROUNDS):
            for which, account in enumerate((few, many)):
                request = calls_on(account)[name]
                bodies = [request(place * _CALLS + number) for number in range(_CALLS)]
                taken[which] += [once(account, body) for body in bodies]
        rows.append((name, median(taken[0]), median(taken[1]), max(taken[1])))
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--payments", type=int, default=1_000_000, help="payments to store (default: %(default)s)")
    parser.add_argument("--paid", action="store_true", help="let them be paid and told of")
    options = parser.parse_args()
    few, many = fill(_FEW, paid=options.paid), fill(options.payments, paid=options.paid)
    print(f"| call | {_FEW:,} stored | {options.payments:,} stored | ratio | slowest |")
    print("| --- | --- | --- | --- | --- |")
    for name, small, large, slowest in compare(few, many):
        print(f"| {name} | {small:.3f} ms | {large:.3f} ms | {large / small:.2f} | {slowest:.1f} ms |")
    span = {"start_time": str(many.started_at // 1000), "end_time": str(many.clock.now() // 1000)}
    print(f"\nexport of all paid: {once(many, call('v3.BatchQuery', **span)) / 1000:.1f} s")


if __name__ == "__main__":
    main()

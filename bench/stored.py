"""Do calls become slower as an account's payments grow in number? The same calls on a small and on a large account.

Both accounts are in one server, and the calls go to them alternately, over one connection. Their clocks are frozen and
are advanced by a second after as many payments as half of the small account has: a time range of two seconds is as
large in both.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from bench.goals import Goal, number_text, table
from bench.load import (
    SECRET_KEY,
    Connection,
    Metrics,
    as_http,
    creation,
    expect,
    payment_data,
    put_load,
    requests,
    signed,
)
from bench.process import sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.process import Server

FEW, MANY, CALLS = 2_000, 1_000_000, 300
_PAGE = 20
_EMPTYINGS = 5
_MOST_CONNECTIONS = 64
_SAID_EVERY = 100_000
_SLOWED = Goal("", 1.3, "", at_most=True)
_EMPTIED = Goal("", 10, "ms", at_most=True)


class Account(NamedTuple):
    """An account with so many payments, `per_second` in each second, and a payment in the middle of them."""

    user: str
    payments: int
    per_second: int
    trade_id: str
    order_id: str
    created_at: int


class Call(NamedTuple):
    """A request, and how many payments its response counts, unless it counts none."""

    request: bytes
    total: int | None = None


class Compared(NamedTuple):
    """The milliseconds of a call on the small and on the large account; `goal` is for their ratio or the latter."""

    name: str
    few: Sequence[float]
    many: Sequence[float]
    goal: Goal | None = _SLOWED

    @property
    def ratio(self) -> float:
        return median(self.many) / median(self.few)

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        value = self.ratio if self.goal is _SLOWED else median(self.many)
        return f"{self.goal.text.strip()}: {self.goal.verdict(value)}"


def fill(server: Server, user: str, count: int, per_second: int) -> Account:
    """Empty an account and fill it with payments that nobody pays."""
    server.api(f"accounts/{user}/reset", {})
    server.api(f"accounts/{user}/clock", {"kind": "frozen"}, method="PUT")
    for first in range(0, count, per_second):
        number = min(per_second, count - first)
        put_load(server.port, requests(first, number, users=[user]), min(number, _MOST_CONNECTIONS))
        server.api(f"accounts/{user}/clock/advance", {"by": "1s"})
        if first and first % _SAID_EVERY == 0:
            print(f"{first:,} of {count:,} payments are stored", file=sys.stderr)
    page = server.api(f"accounts/{user}/payments?limit=1&page={count // 2}")
    require_total(page["total"], count)
    [payment] = page["items"]
    created_at = int(datetime.fromisoformat(payment["created_at"]).timestamp())
    return Account(user, count, per_second, payment["trade_id"], payment["order_id"], created_at)


def require_total(total: int, count: int) -> None:
    """Require a response to count all payments.

    Raises:
        ValueError: it does not.
    """
    if total != count:
        raise ValueError(f"{total} payments are counted, and there are {count}")


def reads(account: Account) -> dict[str, Call]:
    """The calls that change nothing, by name."""
    middle, last = (str(max(1, -(-count // _PAGE))) for count in (account.payments // 2, account.payments))
    seconds = {"start_time": str(account.created_at), "end_time": str(account.created_at + 1)}
    shown = f"/_sandbox/api/accounts/{account.user}/payments"

    def method(name: str, **data: str) -> bytes:
        return as_http(signed(name, data, account.user))

    def page(number: str, **more: str) -> Call:
        return Call(method("v3.ListOrder", page=number, limit=str(_PAGE), **more), account.payments)

    return {
        "query by trade id": Call(method("v3.QueryOrder", trade_id=account.trade_id)),
        "find by order id": Call(_get(f"{shown}?order_id={account.order_id}"), 1),
        "list, first page": page("1"),
        "list, middle page": page(middle),
        "list, last page": page(last),
        "list a state, middle page": page(middle, filter="processing"),
        "list two seconds": Call(
            method("v3.ListOrderByTime", **seconds, page="1", limit=str(_PAGE)), 2 * account.per_second
        ),
        "list, middle page, by the API": Call(_get(f"{shown}?limit={_PAGE}&page={middle}"), account.payments),
        "count all": Call(_get(f"{shown}?limit=1"), account.payments),
        "count a state without payments": Call(_get(f"{shown}?limit=1&state=paid"), 0),
    }


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def once(connection: Connection, call: Call) -> float:
    """Milliseconds of a call, whose response must count what it should.

    Raises:
        ValueError: the call is refused, or the count is another one.
    """
    began = time.perf_counter()
    response = connection.ask(call.request)
    took = (time.perf_counter() - began) * 1000
    if call.request.startswith(b"POST"):
        expect(response)
    if call.total is not None:
        body = json.loads(response.body)
        require_total(int(body["data"]["total_count"] if "data" in body else body["total"]), call.total)
    return took


def compare(server: Server, few: Account, many: Account, times: int) -> list[Compared]:
    """All calls on both accounts in turns; the large account is emptied at the end, and the small one several times."""
    both: tuple[list[float], list[float]]
    rows, calls = [], (reads(few), reads(many))
    with Connection(server.port) as connection:
        for name in calls[0]:
            both = [], []
            for turn in range(times + 1):  # the first call of a kind waits for imports
                for taken, own in zip(both, calls, strict=True):
                    taken.append(once(connection, own[name]))
                    del taken[: 1 if turn == 1 else 0]
            rows.append(Compared(name, *both))
        both = [], []
        for turn in range(times):
            for taken, account in zip(both, (few, many), strict=True):
                taken.append(once(connection, _creation(account.user, f"more-{turn}")))
        rows.append(Compared("create", *both))
    return [*rows, *_emptied(server, few, many, times)]


def _creation(user: str, order_id: str) -> Call:
    return Call(as_http(creation(payment_data(order_id), user)))


def _emptied(server: Server, few: Account, many: Account, times: int) -> list[Compared]:
    """Emptying each account, the first payment after that, and those that follow at once."""
    small = []
    for _ in range(_EMPTYINGS):
        small.append(_empty(server, few.user, times))
        fill(server, few.user, few.payments, few.per_second)
    large = _empty(server, many.user, times)
    return [
        Compared("empty", [emptied for emptied, _ in small], [large[0]], _EMPTIED),
        Compared("the first creation in the emptied account", [later[0] for _, later in small], large[1][:1], None),
        Compared("the creations after that", [taken for _, later in small for taken in later[1:]], large[1][1:], None),
    ]


def _empty(server: Server, user: str, times: int) -> tuple[float, list[float]]:
    """Milliseconds of emptying an account, and of each payment that is created after that."""
    with Connection(server.port) as connection:
        emptying = Call(as_http(b"{}", f"/_sandbox/api/accounts/{user}/reset"))
        began = time.perf_counter()
        expect(connection.ask(emptying.request), user.encode())
        took = (time.perf_counter() - began) * 1000
        later = [once(connection, _creation(user, f"later-{number}")) for number in range(times)]
    require_total(server.api(f"accounts/{user}/payments?limit=1")["total"], times)
    return took, later


def stored_table(store: str, few: Account, many: Account, rows: Sequence[Compared]) -> str:
    """The calls in Markdown."""

    def cell(taken: Sequence[float]) -> str:
        seen = Metrics.of((each / 1000 for each in taken), 1)
        return f"{seen.p50:.2f}, {seen.p99:.1f} ms" if len(taken) > 1 else f"{seen.p50:.2f} ms"

    body = [(row.name, cell(row.few), cell(row.many), number_text(round(row.ratio, 2)), row.verdict) for row in rows]
    return table(
        (f"{store}: call", f"{few.payments:,} stored (p50, p99)", f"{many.payments:,} stored", "ratio", "goal"), body
    )


def stored_report(stores: Mapping[str, Callable[[], tuple[str, ...]]], few: int, many: int, times: int) -> str:
    """The calls on a small and on a large account in each of the stores, with the time of filling the large one."""
    parts = []
    for name, new in stores.items():
        with sandbox("--pay-delay", "30d", *new()) as server:
            for user in ("small", "large"):
                server.api("accounts", {"user": user, "secret_key": SECRET_KEY})
            began = time.perf_counter()
            large = fill(server, "large", many, few // 2)
            took = time.perf_counter() - began
            small = fill(server, "small", few, few // 2)
            made = stored_table(name, small, large, compare(server, small, large, times))
        parts.append(f"{made}\n\nFilled with {many / took:,.0f} payments a second, {_MOST_CONNECTIONS} connections.")
    return "\n\n".join(parts)

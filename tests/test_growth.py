"""What requests leave behind has an end: in the journal, in the figures, and when accounts are gone."""

from __future__ import annotations

import gc
import json
import sys
import tracemalloc
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockserver.app import assemble
from mockserver.client import YabandPay, signed_request
from mockserver.gateway.example import DOCUMENTED_DATA, documented_request
from mockserver.gateway.request import Request
from mockserver.settings import Settings
from mockserver.signing.signature import sign, signed_parameters, string_to_sign
from mockserver.testing import Sandbox
from tests.helpers import SECRET_KEY, USER, Shop, last_exchange

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.app import Application
    from mockserver.domain.timeline import Exchange

pytestmark = pytest.mark.slow

LARGEST_ENTRY = 160 * 1024
HUGE = 900_000


def grown(work: Callable[[int], None], times: int) -> int:
    """Bytes of this package that are still there after some work, which has been done before."""
    only = [tracemalloc.Filter(inclusive=True, filename_pattern="*/mockserver/*")]
    work(times // 4)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.take_snapshot().filter_traces(only)
        work(times)
        gc.collect()
        after = tracemalloc.take_snapshot().filter_traces(only)
    finally:
        tracemalloc.stop()
    return sum(difference.size_diff for difference in after.compare_to(before, "filename"))


def test_accounts_that_are_gone_leave_nothing() -> None:
    number = iter(range(10_000))
    with Sandbox(Settings(port=0, log="none")) as sandbox, requests.Session() as session:
        url = f"{sandbox.url}/_sandbox/api/accounts"

        def work(times: int) -> None:
            for _ in range(times):
                account = session.post(url, json={"user": f"gone-{next(number)}"}, timeout=30).json()
                client = YabandPay(account["user"], account["secret_key"], sandbox.url, session=session)
                data = {**DOCUMENTED_DATA, "notify_url": "https://mapi.yabandpay.com/refused"}
                client.call("v3.CreatePaymentsAlipayMiniPay", data)
                session.get(f"{url}/{account['user']}/exchanges", timeout=30)
                session.delete(f"{url}/{account['user']}", timeout=30)
                session.get(f"{url}/{account['user']}/clock", timeout=30)

        assert grown(work, 150) < 40 * 1024  # caches of a fixed size fill up meanwhile
        assert len(sandbox.app.secrets._keys) == 1


def test_clocks_of_accounts_that_are_not_there_are_not_kept(app: Application) -> None:
    number = iter(range(10_000))

    def work(times: int) -> None:
        for _ in range(times):
            assert app.clocks.of(f"nobody-{next(number)}").now() == app.clock.now()

    assert grown(work, 1000) < 5000


def test_methods_that_do_not_exist_leave_nothing() -> None:
    app, number = assemble(Settings(port=0, journal_size=10)), iter(range(100_000))

    def work(times: int) -> None:
        for _ in range(times):
            request = {**documented_request(USER), "method": f"v3.No{next(number)}"}
            app.gateway.answer(Request("POST", json.dumps(request).encode()))

    assert grown(work, 2000) < 5000
    assert len(app.metrics._exchanges) == 1
    assert 'yabandpay_requests_total{method="unknown",code="-3001"} 2500' in app.metrics.text(1, {})
    app.close()


def size_of(exchange: Exchange) -> int:
    return sum(sys.getsizeof(part) for part in exchange)


@cache
def huge_requests() -> dict[str, Request]:
    plain, long = documented_request(USER), "密钥 x" * (HUGE // 9)
    data = {**plain["data"], "demo": long}
    spaced = {**plain, "data": {**data, "z": "a b"}}
    encoded = string_to_sign(signed_parameters(spaced)).replace("a b", "a+b")
    envelopes: dict[str, Any] = {
        "a wrong key": json.loads(signed_request({**plain, "data": data}, "another key")),
        "a known mistake": {**spaced, "sign": sign(encoded, SECRET_KEY)},
        "an appended key": {
            **spaced,
            "sign": sign(string_to_sign(signed_parameters(spaced)) + f"&key={SECRET_KEY}", SECRET_KEY),
        },
        "right": json.loads(signed_request({**plain, "data": data}, SECRET_KEY)),
        "many names": {**plain, **{f"{number}{long[:900]}": 1 for number in range(300)}, "sign": "0" * 64},
        "a long name": {**plain, long: 1, "sign": "0" * 64},
        "a long name in data": json.loads(signed_request({**plain, "data": {**plain["data"], long: 1}}, SECRET_KEY)),
        "no data": {**plain, "data": long, "sign": "0" * 64},
        **{f"a long {name}": {**plain, "sign": "0" * 64, name: long} for name in ("user", "method", "time", "sign")},
        **{
            f"a long {name}, signed": json.loads(
                signed_request({**plain, "data": {**plain["data"], name: long}}, SECRET_KEY)
            )
            for name in ("amount", "currency", "notify_url", "order_id", "sub_pay_method", "timeout")
        },
    }
    bodies = {name: json.dumps(one, ensure_ascii=False).encode() for name, one in envelopes.items()}
    made = {name: Request("POST", body) for name, body in bodies.items()}
    made["escaped"] = Request("POST", json.dumps(envelopes["a wrong key"]).encode()[:HUGE])
    made["no JSON"] = Request("POST", b"x" * HUGE)
    made["a long scenario"] = Request("POST", signed_request(plain, SECRET_KEY), long)
    return made


@pytest.mark.parametrize("name", list(huge_requests()))
def test_an_entry_of_the_journal_has_an_end(app: Application, name: str) -> None:
    app.gateway.answer(huge_requests()[name])
    found = [exchange for user in (USER, "") for exchange in exchanges(app, user)]
    assert len(found) == 1
    assert size_of(found[0]) < LARGEST_ENTRY
    if found[0].explanation:
        json.loads(found[0].explanation)


def exchanges(app: Application, user: str) -> list[Exchange]:
    with app.store.unit(user) as unit:
        return list(unit.exchanges(10))


def test_a_long_answer_is_cut_in_the_journal_alone(shop: Shop) -> None:
    for number in range(100):
        shop.create(order_id=f"long-{number}", description="x" * 400)
    now = shop.clock.now() // 1000
    listed = shop.ok("v3.ListOrderByTime", start_time=str(now - 9), end_time=str(now + 9), limit="500")
    assert "long-99" in json.dumps(listed)
    exchange = last_exchange(shop.app)
    assert len(exchange.answer) == 16 * 1024
    assert size_of(exchange) < LARGEST_ENTRY


@pytest.mark.parametrize("letter", ["x", "密"])
def test_where_long_strings_differ_is_shown(app: Application, letter: str) -> None:
    """Of two long strings what surrounds their first difference is kept, and its place counts in what is kept."""
    request = documented_request(USER)
    request["data"] |= {"demo": letter * 7_000, "remark": "tea "}
    text = string_to_sign(signed_parameters(request))
    request["sign"] = sign(text.replace("tea ", "tea"), SECRET_KEY)
    app.gateway.answer(Request("POST", json.dumps(request).encode()))
    reported = json.loads(last_exchange(app).explanation)
    at = reported["first_difference"] - reported["shown_from"]
    ours, theirs = reported["sandbox_string"].encode(), reported["client_string"].encode()
    assert (ours[:at], ours[at - 1 : at + 2], theirs[at - 1 : at + 2]) == (theirs[:at], b"a &", b"a&s")
    assert max(len(reported["sandbox_string"]), len(reported["client_string"])) <= 8 * 1024

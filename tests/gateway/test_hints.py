"""Hints about accepted requests: what gets one, what gets none, and where it is shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockserver.api.schemas import ExchangeRecord
from mockserver.client import signed_request
from mockserver.domain.accounts import Account
from mockserver.gateway.example import documented_request, example_data
from mockserver.gateway.hints import NOT_HTTPS, TEMPLATES, parse_hint
from mockserver.gateway.methods import ALL_METHODS
from mockserver.gateway.request import Request
from mockserver.pages.language import catalogue
from mockserver.settings import Settings
from mockserver.site.gateway_response import headers_of_success, plan_response
from mockserver.testing import Sandbox
from tests.cli.commands import run
from tests.helpers import SECRET_KEY, USER, create, last_exchange

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.clock import FrozenClock

METHOD = "v3.CreatePaymentsAlipayMiniPay"
MINI_PAY = {"sub_pay_method": "WeChat Pay", "sub_app_id": "wx1", "sub_open_id": "o1", "redirect_url": None}


def hints_of(app: Application, *, scenario: str = "", beside: Any = None, **changes: Any) -> list[str]:
    """The hints for the documented request with changes to data, and to what is beside it."""
    request = documented_request(USER)
    request |= {"time": app.clock.now() // 1000, **(beside or {})}
    request["data"] = {k: v for k, v in {**request["data"], **changes}.items() if v is not None}
    answered = app.gateway.answer(Request("POST", signed_request(request, SECRET_KEY), scenario))
    assert answered.entry.code == "200", answered.exchange.reason
    return answered.entry.hint.splitlines()


@pytest.mark.parametrize(
    ("order_id", "near"),
    [
        ("DECLNED-1", "DECLINED-*"), ("declined-1", "DECLINED-*"), ("Declined_1", "DECLINED-*"),
        ("DECLINED", "DECLINED-*"), ("DECLINED1", "DECLINED-*"), ("NEVER-PAID-1", "NEVERPAID-*"),
        ("never paid 1", "NEVERPAID-*"), ("EXPIRE-7", "EXPIRED-*"), ("CANCELED-1", "CANCELLED-*"),
        ("INTERNALERROR-1", "INTERNALERR-*"), ("paid-1", "PAID-*"),
    ],
)  # fmt: skip
def test_an_order_id_that_nearly_triggers_a_scenario_gets_a_hint(app: Application, order_id: str, near: str) -> None:
    for _ in range(2):  # the second time from what is remembered
        assert hints_of(app, order_id=order_id) == [
            f"order_id {order_id!r} selects no scenario; did you mean {near!r}?"
        ]


@pytest.mark.parametrize(
    "order_id",
    ["PAID-1", "ORDER-1", "A-1", "2024519846516588484", "PREVIEW-1", "TEST-1", "EXPRESS-1", "REFERENCE-1", "PAYMENT-1", "DELIVERY-1", "PENSION-1", "INV-2024-1", "DE-1", "Décor-1", "订单-1",
     "d41d8cd98f00b204", "x" * 5000],
)  # fmt: skip
def test_other_order_ids_get_none(app: Application, order_id: str) -> None:
    for _ in range(2):
        assert hints_of(app, order_id=order_id) == []


def test_an_order_id_gets_none_where_the_scenario_was_chosen_in_another_way(app: Application) -> None:
    assert hints_of(app, order_id="DECLNED-1", scenario="expired") == []
    app.store.change_account(USER, lambda account: Account(account.user, SECRET_KEY, account.seed, scenario="expired"))
    assert hints_of(app, order_id="DECLNED-1") == []


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("notifyUrl", "notify_url"), ("NotifyUrl", "notify_url"), ("NOTIFY_URL", "notify_url"),
        ("notifyurl", "notify_url"), ("notfy_url", "notify_url"), ("redirectUrl", "redirect_url"),
        ("timout", "timeout"), ("sub_pay_methd", "sub_pay_method"), ("sub_pay_method_typ", "sub_pay_method_type"),
    ],
)  # fmt: skip
def test_a_field_that_nearly_has_a_known_name_gets_a_hint(app: Application, name: str, near: str) -> None:
    other = near in documented_request()["data"]
    start = f"{name!r} is not a field of {METHOD} and has no effect; "
    assert hints_of(app, **{name: "5"}) == [start + (f"{near} was sent as well." if other else f"did you mean {near}?")]


def test_a_misspelt_optional_field_is_named_with_the_right_one(app: Application) -> None:
    [hint] = hints_of(app, redirect_url=None, redirectUrl="https://shop.example/")
    assert hint == f"'redirectUrl' is not a field of {METHOD} and has no effect; did you mean redirect_url?"


def test_fields_beside_data_get_a_hint(app: Application) -> None:
    assert hints_of(app, redirect_url=None, beside={"redirect_url": "https://shop.example/"}) == [
        "redirect_url is beside data, where it has no effect; move it into data."
    ]
    assert hints_of(app, beside={"Method": "x"}) == [
        f"'Method' is not a field of {METHOD} and has no effect; method was sent as well."
    ]


@pytest.mark.parametrize("name", ["foo", "language", "shop_id", "email", "order_number", "x" * 5000])
def test_other_unknown_fields_get_none(app: Application, name: str) -> None:
    assert hints_of(app, **{name: "x"}) == []
    assert hints_of(app, beside={name: "x"}) == []


def test_thousands_of_misspelt_names_give_a_few_hints(app: Application) -> None:
    assert len(hints_of(app, **{f"notifyUrl{number}": "x" for number in range(3000)})) == 5


def test_the_time(app: Application, clock: FrozenClock) -> None:
    now = clock.now() // 1000
    for time in (now, now - 3500, now + 3500, str(now), documented_request()["time"]):
        assert hints_of(app, beside={"time": time}) == []
    assert hints_of(app, beside={"time": now * 1000}) == [
        f"time '{now}000' is in milliseconds; the documented unit is seconds: {now}."
    ]
    [hint] = hints_of(app, beside={"time": 1577836800})
    assert hint == f"time '1577836800' is more than an hour from the current time, {now}; send that."
    assert len(hints_of(app, beside={"time": 1})) == 1


def test_the_time_of_the_machine_is_right_too_while_the_accounts_clock_is_elsewhere(app: Application) -> None:
    now = app.clock.now()
    app.clocks.of(USER).move_to(now + 48 * 3600 * 1000)
    assert hints_of(app, beside={"time": now // 1000}) == []
    assert hints_of(app, beside={"time": now // 1000 + 48 * 3600}) == []
    assert len(hints_of(app, beside={"time": now // 1000 + 24 * 3600})) == 1


@pytest.mark.parametrize("name", ["notify_url", "redirect_url"])
def test_addresses(app: Application, name: str) -> None:
    for local in ("http://127.0.0.1:5000/n", "http://localhost/n", "http://shop:3000/n", "http://10.0.0.7/n",
                  "http://[::1]/n", "http://shop.internal/n", "http://printer.local/n"):  # fmt: skip
        assert hints_of(app, **{name: local}) == []
    for public in ("http://shop.example/n", "http://93.184.216.34/n"):
        assert hints_of(app, **{name: public}) == [f"{name} '{public}' starts with http; the gateway requires https."]


def test_a_redirect_url_without_scheme_gets_a_hint(app: Application) -> None:
    for text in ("shop.example/return", "/return", "http://"):
        [hint] = hints_of(app, redirect_url=text)
        assert hint.startswith(f"redirect_url {text!r} is not a web address; did you mean one such as")


def test_an_empty_notify_url_gets_a_hint(app: Application) -> None:
    data = {**documented_request()["data"], **MINI_PAY, "notify_url": ""}
    sent = {name: value for name, value in data.items() if value is not None}
    now = app.clock.now() // 1000
    request = {**documented_request(), "time": now, "method": "v3.CreatePaymentsWechatMiniPay", "data": sent}
    answered = app.gateway.answer(Request("POST", signed_request(request, SECRET_KEY)))
    assert answered.entry.hint == "notify_url is empty, so no notification is sent."


def test_a_space_at_an_end_gets_a_hint(app: Application) -> None:
    for text in ("A-1 ", " A-1", " A-1", "A-1\t", "\tA-1"):
        [hint] = hints_of(app, order_id=text)
        assert hint == f"order_id {text!r} begins or ends with a space, which is part of it; did you mean 'A-1'?"


@pytest.mark.parametrize(
    ("demo", "near"),
    [("Scenario:declined", "scenario:declined"), ("scenaro:declined", "scenario:declined"),
     ("scenario=declnd", "scenario:declined"), ("SCENARIO: expired", "scenario:expired")],
)  # fmt: skip
def test_a_demo_that_nearly_selects_a_scenario_gets_a_hint(app: Application, demo: str, near: str) -> None:
    assert hints_of(app, demo=demo) == [f"demo {demo!r} selects no scenario; did you mean {near!r}?"]


@pytest.mark.parametrize("demo", ["test", "a:b", "scenario:declined", '{"a": "scenario:expired"}', "basket: 7"])
def test_another_demo_gets_none(app: Application, demo: str) -> None:
    assert hints_of(app, demo=demo) == []


@pytest.mark.parametrize("method", ALL_METHODS, ids=lambda method: method.title)
def test_the_examples_of_the_docs_get_none(app: Application, method: Any) -> None:
    request = {**documented_request(USER), "method": method.name, "data": example_data(method)}
    app.gateway.answer(Request("POST", signed_request(request, SECRET_KEY)))
    assert last_exchange(app).hint == ""


def test_a_hint_is_beside_the_answer(app: Application) -> None:
    answered = app.gateway.answer(
        Request("POST", signed_request(documented_request(USER, order_id="DECLNED-1"), SECRET_KEY))
    )
    plain = create(app, order_id="A-1")
    assert list(json.loads(answered.body)["data"]) == list(plain["data"])
    assert headers_of_success(answered) is None
    headers = dict(plan_response(answered, 200).headers)
    assert headers[b"x-sandbox-hint"] == b"order_id 'DECLNED-1' selects no scenario; did you mean 'DECLINED-*'?"
    assert b"x-sandbox-reason" not in headers
    assert ExchangeRecord.of(answered.exchange).hints == [headers[b"x-sandbox-hint"].decode()]


def test_a_hint_has_no_secret_and_is_one_line(app: Application) -> None:
    answered = app.gateway.answer(
        Request("POST", signed_request(documented_request(USER, redirect_url=f"x\n{SECRET_KEY}"), SECRET_KEY))
    )
    assert SECRET_KEY not in answered.entry.hint
    assert len(answered.entry.hint.splitlines()) == 1


def test_every_hint_is_translated() -> None:
    for template in TEMPLATES:
        assert template in catalogue("zh")
        values = {name: f"{{{name}}}" for name in ("name", "value", "near", "method")}
        assert parse_hint(template.format(**values))[0] == template
    assert parse_hint(NOT_HTTPS.format(name="notify_url", value="'http://a.b'")) == (
        NOT_HTTPS, {"name": "notify_url", "value": "'http://a.b'"},
    )  # fmt: skip
    assert parse_hint("of another version") == ("of another version", {})


@pytest.mark.slow
def test_a_hint_is_shown_over_http_and_on_pages_in_both_languages() -> None:
    with Sandbox(Settings(port=0)) as sandbox:
        body = signed_request(documented_request(USER, order_id="DECLNED-1"), SECRET_KEY)
        headers = requests.post(f"{sandbox.url}/Payments", body, timeout=30).headers
        assert headers["X-Sandbox-Hint"].endswith("did you mean 'DECLINED-*'?")
        own = f"{sandbox.url}/_sandbox/accounts/{USER}/requests"
        for page in (own, f"{own}/1"):
            english, chinese = (
                requests.get(page, headers={"Accept-Language": language}, timeout=30).text for language in ("en", "zh")
            )
            assert "selects no scenario; did you mean" in english
            assert "没有选中任何场景" in chinese


def test_explain_lists_hints() -> None:
    request = documented_request(USER, order_id="DECLNED-1", notify_url="http://127.0.0.1/n")
    code, printed, _ = run("explain", text=signed_request(request, SECRET_KEY).decode())
    assert code == 0
    assert "Hint: notify_url 'http://127.0.0.1/n' is a local address, which the gateway cannot reach;" in printed
    assert "Hint: order_id 'DECLNED-1' selects no scenario; did you mean 'DECLINED-*'?" in printed
    assert "Hint" not in run("explain", text=signed_request(documented_request(USER), SECRET_KEY).decode())[1]

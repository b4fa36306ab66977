"""Every difference that can be planted is found, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from mockserver.compare.comparison import NOT_ASKED
from mockserver.compare.probes import ALWAYS
from mockserver.gateway.errors import KINDS
from mockserver.signing.signature import signed_request
from tests.compare.gateways import (
    WRONG_SIGN,
    Body,
    answered_with,
    compared,
    differing,
    gateway,
    other_columns,
    taken_as,
)
from tests.helpers import SECRET_KEY, USER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mockserver.app import Application


class Planted(NamedTuple):
    """A planted difference: the titles of the probes that find it, and how it is planted."""

    titles: set[str]
    profile: str = ""
    settings: dict[str, Any] = {}  # noqa: RUF012 - never changed
    plant: Callable[[Application], None] = lambda _app: None


def _of_kind(kind: str, **what: Any) -> str:
    return json.dumps({"version": "1", "failures": {"kinds": {kind: what}}})


def _orders(**what: str) -> str:
    return json.dumps({"version": "1", "orders": what})


def _failures(**what: Any) -> str:
    return json.dumps({"version": "1", "failures": what})


def _signed(method: str, data: dict[str, Any]) -> Callable[[Body], bytes]:
    def made(body: Body) -> bytes:
        time = body.envelope.get("time", 1)
        return signed_request({"user": USER, "method": method, "time": time, "data": data}, SECRET_KEY)

    return made


def _takes(matches: Callable[[Body], bool], instead: Callable[[Body], bytes]) -> Callable[[Application], None]:
    return lambda app: taken_as(app, matches, instead)


def _refuses(matches: Callable[[Body], bool]) -> Callable[[Application], None]:
    """Refuse what the sandbox accepts, as a wrong sign."""
    return _takes(matches, lambda _body: WRONG_SIGN)


def _accepts(matches: Callable[[Body], bool]) -> Callable[[Application], None]:
    """Accept what the sandbox refuses, as if the list of no orders had been asked for."""
    return _takes(matches, _signed("v3.ListOrderByTime", {"start_time": "0", "end_time": "1"}))


def _answers(
    matches: Callable[[Body], bool], change: Callable[[dict[str, Any]], dict[str, Any]]
) -> Callable[[Application], None]:
    return lambda app: answered_with(app, matches, change)


def _data(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Change data of an answer; None leaves a key out."""

    def change(envelope: dict[str, Any]) -> dict[str, Any]:
        data = {**envelope["data"], **changes}
        return {**envelope, "data": {key: value for key, value in data.items() if value is not None}}

    return change


def _info(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def change(envelope: dict[str, Any]) -> dict[str, Any]:
        if envelope["data"]:
            envelope["data"]["transaction_info"].update(changes)
        return envelope

    return change


def _is_refused(envelope: dict[str, Any]) -> bool:
    return envelope["status"] is False


def _in_refusals(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda envelope: {**envelope, **changes} if _is_refused(envelope) else envelope


def _any(_body: Body) -> bool:
    return True


def _x(value: Any) -> Callable[[Body], bool]:
    return lambda body: "x" in body.data and type(body.data["x"]) is type(value) and body.data["x"] == value


def _creates(**fields: Any) -> Callable[[Body], bool]:
    return lambda body: fields.items() <= body.data.items()


RULES = {
    "value that breaks a rule", "end before the start", "page 0, limit 501", "barcode of no wallet",
    "amount with three places", "currency in lower case", "tip above the amount", "request_id used again",
}  # fmt: skip
_KIND_TITLES = {
    "wrong_sign": {"code of a wrong sign", "unknown user"},  # as it is no longer answered like a wrong sign
    "unknown_user": {"unknown user"},
    "missing_field": {"absent, null and empty field"},
    "unknown_method": {"unknown method"},
    "unknown_order": {"unknown order"},
    "wrong_value": RULES,
    "unsupported_pay_method": {"unsupported pay method"},
    "not_json": {"body that is no JSON object"},
    "wrong_http_method": {"GET"},
}
_SEEN = [kind for kind in KINDS if kind in _KIND_TITLES]

PLANTED: dict[str, Planted] = {
    "another status": Planted({"HTTP status of failures"}, settings={"error_http_status": 400}),
    **{
        f"status of {kind}": Planted({"HTTP status of failures"}, _of_kind(kind, http_status=418)) for kind in _SEEN
    },
    **{f"code of {kind}": Planted(_KIND_TITLES[kind], _of_kind(kind, code="-9")) for kind in _SEEN},
    **{f"text of {kind}": Planted({f"text of {kind}"}, _of_kind(kind, message="Something else")) for kind in _SEEN},
    **{
        f"data is {shape}": Planted({"data of failures"}, _failures(data=shape))
        for shape in ("object", "null", "text", "absent")
    },
    "failures with numbers": Planted({"type of code in failures"}, _failures(code="number")),
    "successes with numbers": Planted({"type of code in successes"}, "{version: 1, success: {code: number}}"),
    "status is a text": Planted({"status of failures"}, plant=_answers(_any, _in_refusals(status="false"))),
    "one key more": Planted({"further keys of failures"}, plant=_answers(_any, _in_refusals(request="1"))),
    "duplicates returned": Planted({"order_id used again"}, settings={"duplicate_orders": "return"}),
    "duplicates refused": Planted({"order_id used again"}, settings={"duplicate_orders": "refuse"}),
    **{
        f"{age} of time": Planted({"freshness of time"}, settings={"max_clock_skew": age * 1000})
        for age in (60, 300, 3600, 20 * 3600, 40 * 86_400)
    },
    "two decimals": Planted({"amount of a new order"}, _orders(amount="two decimals")),
    "timeout required": Planted({"no timeout"}, _orders(timeout="required")),
    "os_type required": Planted({"no os_type"}, _orders(os_type="required")),
    "https only": Planted({"http notify_url"}, _orders(notify_url="https")),
    "exact wallets": Planted({"case of a wallet's name"}, _orders(wallet_names="exact")),
    "no booleans": Planted({"boolean as a text"}, _orders(booleans="refuse")),
    "only application/json": Planted(
        {"other Content-Type"}, plant=_refuses(lambda body: (b"content-type", b"text/plain") in body.request.headers)
    ),
    "one slash only": Planted(
        {"more slashes in the path"}, plant=_refuses(lambda body: body.request.path.startswith("//"))
    ),
    "signature before envelope": Planted(
        {"envelope before signature"}, plant=_refuses(lambda body: bool(body.data) and "time" not in body.envelope)
    ),
    "fields before signature": Planted(
        {"signature before fields"},
        plant=_takes(
            lambda body: not body.is_signed and "order_id" in body.data, _signed("v3.QueryOrder", {"order_id": "x"})
        ),
    ),
    "method before signature": Planted(
        {"signature before method"},
        plant=_takes(
            lambda body: not body.is_signed and body.method == "v3.NoSuchMethod",
            _signed("v3.NoSuchMethod", {"trade_id": "1"}),
        ),
    ),
    "pay method before fields": Planted(
        {"fields before pay method"},
        plant=_takes(
            lambda body: body.data.get("pay_method") == "no-such" and "amount" not in body.data,
            _signed("v3.CreatePayments", {
                "pay_method": "no-such", "sub_pay_method": "List", "order_id": "1", "amount": "1", "currency": "EUR",
                "description": "x", "notify_url": "https://x.invalid",
            }),
        ),
    ),
    "unknown keys of data not signed": Planted({"unknown keys of data are signed"}, plant=_refuses(_x("1"))),
    "envelope signed": Planted(
        {"unknown keys of the envelope are not signed"}, plant=_refuses(lambda body: "x" in body.envelope)
    ),
    "empty values not kept": Planted(
        {"empty values kept"}, plant=_takes(lambda body: _x("")(body) and _kept(body), lambda _body: WRONG_SIGN)
    ),
    "empty values not dropped": Planted(
        {"empty values dropped"}, plant=_refuses(lambda body: _x("")(body) and not _kept(body))
    ),
    "data replaces nothing": Planted(
        {"key of data named like an envelope field"}, plant=_refuses(lambda body: "time" in body.data)
    ),
    "floats as they are": Planted({"numbers"}, plant=_refuses(_x(12.0))),
    "big numbers as they are": Planted({"numbers"}, plant=_refuses(_x(2**70))),
    "objects not signed": Planted({"nested values"}, plant=_refuses(lambda body: isinstance(body.data.get("x"), dict))),
    "true as a word": Planted({"true, false and null"}, plant=_refuses(_x(value=True))),
    "null dropped": Planted({"true, false and null"}, plant=_refuses(_x(None))),
    "no milliseconds": Planted(
        {"time in milliseconds"}, plant=_refuses(lambda body: int(body.envelope.get("time", 1)) > 10**12)
    ),
    "empty list as null": Planted(
        {"empty list"},
        plant=_answers(
            lambda body: body.method == "v3.ListOrderByTime" and len(body.data) == 2 and body.data["start_time"] == "0",
            _data(transaction_info={}),
        ),
    ),
    "count as a number": Planted(
        {"list without a range"}, plant=_answers(lambda body: body.method == "v3.ListOrder", _data(total_count=1))
    ),
    "end before start accepted": Planted(
        {"end before the start"}, plant=_accepts(lambda body: body.data.get("start_time") == "2")
    ),
    "page 0 accepted": Planted({"page 0, limit 501"}, plant=_accepts(lambda body: body.data.get("page") == "0")),
    "unknown state accepted": Planted(
        {"value that breaks a rule"}, plant=_accepts(lambda body: body.data.get("state") == "no-such")
    ),
    "null accepted": Planted(
        {"absent, null and empty field"},
        plant=_accepts(lambda body: "trade_id" in body.data and body.data["trade_id"] is None),
    ),
    "form accepted": Planted(
        {"body that is no JSON object"}, plant=_accepts(lambda body: body.request.body.startswith(b"user="))
    ),
    "other columns of payments": Planted(
        {"columns of payments"}, plant=_answers(lambda body: body.method == "v3.BatchQuery", other_columns)
    ),
    "other columns of refunds": Planted(
        {"columns of refunds"},
        plant=_answers(lambda body: body.method == "v3.TimeRefundOrder", other_columns),
    ),
    "any barcode": Planted({"barcode of no wallet"}, plant=_accepts(lambda body: body.method == "v3.GetSubPay")),
    "no url": Planted({"new order"}, plant=_answers(_creates(sub_pay_method="List", amount="0.1"), lambda e: (
        _data(url=None)(e) if not _is_refused(e) else e))),
    "three places accepted": Planted({"amount with three places"}, plant=_accepts(_creates(amount="0.101"))),
    "dollars refused": Planted({"0.01 in another currency"}, plant=_refuses(_creates(currency="USD"))),
    "lower case accepted": Planted({"currency in lower case"}, plant=_accepts(_creates(currency="eur"))),
    "any tip": Planted({"tip above the amount"}, plant=_accepts(_creates(tip_amount="0.2"))),
    "request_id used often": Planted({"request_id used again"}, plant=_accepts(
        lambda body: body.data.get("order_id", "").endswith("requestidagain"))),
    "no page for a card": Planted(
        {"page for a card"},
        plant=_answers(lambda body: body.data.get("order_id", "").endswith("cardpage"), _data(url=None)),
    ),
    "no code for iDEAL": Planted(
        {"code for iDEAL"}, plant=_answers(_creates(sub_pay_method="iDEAL"), _data(qrcode=None))
    ),
    "another code in a shop": Planted(
        {"code in a shop"},
        plant=_answers(lambda body: body.data.get("order_id", "").endswith("codeinashop"), _data(qrcode="other")),
    ),
    "no code for WeChat": Planted(
        {"code for WeChat"},
        plant=_answers(lambda body: body.method == "v3.CreateWechatNativePay", _data(qrcode=None)),
    ),
    "no account": Planted(
        {"bank transfer"},
        plant=_answers(lambda body: body.method == "v3.BankTransfer", _data(parameters={"iban": "1", "bic": "2"})),
    ),
    "no page for a transfer": Planted(
        {"address of a bank transfer"},
        plant=_answers(lambda body: body.method == "v3.BankTransfer", _data(url=None)),
    ),
    "values are null": Planted(
        {"values that do not exist yet"},
        plant=_answers(lambda body: body.method == "v3.QueryOrder", _info(transaction_id=None, paid_time=None)),
    ),
    "wallet as sent": Planted(
        {"case of a wallet's name"},
        plant=_answers(lambda body: body.method == "v3.QueryOrder", lambda e: (
            _info(sub_pay_method=e["data"]["transaction_info"]["sub_pay_method"].upper())(e) if e["data"] else e)),
    ),
}  # fmt: skip


def _kept(body: Body) -> bool:
    """Whether the sign of a request is that with its empty values."""
    unsigned = {key: value for key, value in body.envelope.items() if key != "sign"}
    return bool(json.loads(signed_request(unsigned, SECRET_KEY))["sign"] == body.envelope["sign"])


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_difference_is_found_and_nothing_else(name: str, tmp_path: Path) -> None:
    planted, profile = PLANTED[name], None
    if planted.profile:
        profile = tmp_path / "profile.yaml"
        profile.write_text(planted.profile, encoding="utf-8")
    with gateway(planted.plant, profile, **planted.settings) as url:
        assert differing(compared(url)) == planted.titles


def test_every_behaviour_can_be_planted() -> None:
    """Otherwise a probe might never find anything."""
    found = set().union(*(planted.titles for planted in PLANTED.values()))
    assert {probe.title for probe in ALWAYS} - found == {"text of duplicate_order"}


def test_equal_sandboxes_differ_in_nothing() -> None:
    with gateway() as url:
        comparison = compared(url)
        assert differing(comparison) == set()
        assert [one.probe.title for one in comparison.results if one.status == NOT_ASKED] == ["text of duplicate_order"]


def test_without_orders_the_rest_is_asked_all_the_same() -> None:
    with gateway(error_http_status=400) as url:
        comparison = compared(url, creates=False)
    assert differing(comparison) == {"HTTP status of failures"}
    unasked = {one.probe.title for one in comparison.results if one.status == NOT_ASKED}
    assert unasked == {probe.title for probe in ALWAYS if probe.creates} - {"type of code in successes"}

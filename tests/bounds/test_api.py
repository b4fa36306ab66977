"""Whatever the sandbox's own API is sent: it is refused with a sentence or taken, and the account goes on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.api.openapi import OPERATIONS
from tests.bounds import odd
from tests.bounds.field import BOTH_STORES, MANY, address
from tests.helpers import SECRET_KEY

if TYPE_CHECKING:
    from mockserver.api.operations import Operation
    from tests.bounds.field import Field

STATES = (("payments", "paid"), ("refunds", "refunded"), ("payouts", "completed"), ("splits", "Success"))
WANTED = {"method": "v3.*", "code": "200", "trade_id": "*", "data": {"order_id": "*"}, "count": 1}
BODIES: dict[str, Any] = {
    "POST /accounts": {
        "user": "made", "secret_key": SECRET_KEY, "name": "n", "role": "cashier", "scenario": "declined", "seed": "s",
        "opening_balance": "5.00", "clock": {"kind": "scaled", "at": "2024-11-27T03:00:00Z", "step": "1s", "rate": 60},
    },
    "PATCH /accounts/{user}": {"secret_key": SECRET_KEY, "name": "n", "role": "cashier", "scenario": "declined"},
    "POST /accounts/{user}/reset": {"parts": ["journal", "scenarios"]},
    "PUT /accounts/{user}/clock": {"kind": "scaled", "at": "2030-01-01T00:00:00Z", "step": "1s", "rate": 60},
    "POST /accounts/{user}/clock/advance": {"by": "1m"},
    "POST /accounts/{user}/scenarios": {"scenario": "declined", "times": 2, "method": "*", "reference": "*"},
    "POST /accounts/{user}/sign": {"request": {"user": "x", "method": "m", "time": 1, "data": {"a": "1", "b": {"c": [1]}}}},
    "POST /accounts/{user}/wait": {"what": {"type": "requests", **WANTED}, "timeout": "1ms"},
    "POST /accounts/{user}/verify": {"requests": [WANTED], "exactly": 1, "at_least": 1, "at_most": 1, "in_order": False},
    **{f"POST /accounts/{{user}}/{kind}/{{id}}/state": {"state": state, "force": True} for kind, state in STATES},
    "POST /accounts/{user}/payments/{id}/notifications": {
        "fields": {"amount": "1"}, "form": "json", "defect": "missing signature", "url": "http://127.0.0.1:1/",
    },
    "POST /accounts/{user}/refunds/{id}/notifications": {"tampered": {"refund_amount": "1"}, "reordered": True},
    "POST /accounts/{user}/notifications/{id}/edit": {
        "body": "{}", "sign": "kept", "url": "http://127.0.0.1:1/", "form": "json", "once": True,
    },
    "POST /accounts/{user}/demo-data": {"orders": 1, "days": 1, "seed": "x"},
    "POST /accounts/{user}/examinations": {"create": "http://127.0.0.1:1/", "checks": ["right-payment"], "parallel": 1},
    "PUT /accounts/{user}/examination": {
        "state": "ended", "user": "x", "started_at": "2030-01-01", "seconds": 1.5, "done": 0, "total": 0, "verdicts": {},
        "results": [], "open": ["x"], "problem": "",
    },
    "POST /bundles": {"bundle": {}, "user": "made", "secret_key": SECRET_KEY},
}  # fmt: skip


def name_of(operation: Operation) -> str:
    return f"{operation.verb} {operation.path}"


def test_each_operation_with_a_body_is_tried() -> None:
    assert set(BODIES) == {name_of(one) for one in OPERATIONS if one.body is not None}


@pytest.mark.parametrize("operation", sorted(set(BODIES) - {"POST /bundles"}))
@MANY
@given(data=st.data())
def test_a_spoilt_body_is_refused_or_taken(
    field: Field, odd_account: tuple[str, str], operation: str, data: st.DataObject
) -> None:
    user, trade_id = odd_account
    verb, path = operation.split()
    body = data.draw(odd.spoilt(BODIES[operation]))
    if isinstance(body, dict) and "timeout" in body and str(body["timeout"])[-1:] in {"d", "s"}:
        body["timeout"] = "1ms"  # what is waited for would come in vain
    answer = field.ask(verb, address(path, user=user, id=trade_id), odd.written(body))
    if operation == "POST /accounts" and answer.status_code == 201:
        made = answer.json()["user"]
        field.use(made)
        field.stand_still(made)
        assert field.ask("DELETE", address("/accounts/{user}", user=made)).status_code == 204
    moved = field.ask("POST", address("/accounts/{user}/clock/advance", user=user), b'{"by": "1m"}')
    assert moved.status_code == 200 or "the range of the sandbox's clocks" in moved.text
    field.the_other_goes_on()


@pytest.mark.parametrize(
    "raw", [b"", b"null", b"[]", b"1", b"\xff\xfe", b"{", *odd.RAW.values()], ids=lambda raw: str(raw[:9])
)
def test_what_is_no_object_is_refused(field: Field, odd_account: tuple[str, str], raw: bytes) -> None:
    user, trade_id = odd_account
    for operation in OPERATIONS:
        if operation.body is not None:
            field.ask(operation.verb, address(operation.path, user=user, id=trade_id), raw)


@BOTH_STORES
@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_what_an_odd_path_names_is_not_there(field: Field, odd_account: tuple[str, str], operation: Operation) -> None:
    body = odd.written(BODIES.get(name_of(operation), {}))
    for name in re.findall(r"{(\w+)}", operation.path):
        for segment in odd.SEGMENTS:
            values = {"user": odd_account[0], "id": odd_account[1], "number": "1", name: segment}
            assert 400 <= field.ask(operation.verb, address(operation.path, **values), body).status_code < 500


@BOTH_STORES
@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.query], ids=name_of)
def test_an_odd_query_is_refused_or_taken(field: Field, odd_account: tuple[str, str], operation: Operation) -> None:
    path = address(operation.path, user=odd_account[0], id=odd_account[1], number="1")
    parameters = [parameter.name for parameter in msgspec.structs.fields(operation.query)]
    for name in parameters:
        # What is waited for would come in vain.
        soon = "&timeout=1ms" if "timeout" in parameters and name != "timeout" else ""
        for text in (*odd.SEGMENTS, "", "1000000000", "10", "paid"):
            field.ask(operation.verb, f"{path}?{name}={quote(text, errors='surrogatepass')}{soon}")


@pytest.mark.parametrize(
    ("name", "limits"), [("payments", (0, -1, 1001)), ("exchanges", (-1, 10**9)), ("notifications", (0, -1, 10**9))]
)
def test_a_list_has_bounds(field: Field, odd_account: tuple[str, str], name: str, limits: tuple[int, ...]) -> None:
    for limit in limits:
        answer = field.ask("GET", address(f"/accounts/{{user}}/{name}?limit={limit}", user=odd_account[0]))
        assert (answer.status_code, answer.json()["title"]) == (422, "Bad query")


@pytest.mark.parametrize(
    ("operation", "body", "reported"),
    [
        ("PUT /accounts/{user}/clock", {"kind": "scaled", "rate": 1e-310}, "a rate from 0.000001 to 1,000,000, not 1e-310;"),
        ("PUT /accounts/{user}/clock", {"kind": "scaled", "rate": -1}, "a rate from 0.000001 to 1,000,000, not -1;"),
        ("PUT /accounts/{user}/clock", {"kind": "stepped", "step": "0ms"}, "a step from 1ms to 3650d, not 0ms;"),
        ("PUT /accounts/{user}/clock", {"kind": "frozen", "at": "9999-12-31"}, "from 1970-01-01 to 9000-01-01"),
        ("POST /accounts/{user}/clock/advance", {"to": "0001-01-01T00:00:00+14:00"}, "from 1970-01-01 to 9000-01-01"),
        ("POST /accounts/{user}/clock/advance", {"by": "x" * 1000}, "Expected `str` of length <= 200 - at `$.by`"),
        ("POST /accounts/{user}/reset", {"parts": []}, "Expected `array` of length >= 1"),
        ("POST /accounts/{user}/scenarios", {"scenario": "declined", "times": 0}, "Expected `int` >= 1"),
        ("POST /accounts/{user}/scenarios", {"scenario": "declined", "times": 10**9}, "Expected `int` <= 1000"),
        ("POST /accounts/{user}/wait", {"what": {"type": "requests", "count": 0}}, "Expected `int` >= 1"),
        ("POST /accounts/{user}/wait", {"what": {"type": "requests", "count": 10**30}}, "Expected `int` <= 10000000"),
        ("POST /accounts/{user}/verify", {"requests": [{}], "exactly": -1}, "Expected `int` >= 0"),
        ("POST /accounts/{user}/verify", {"requests": []}, "Expected `array` of length >= 1"),
        ("POST /accounts/{user}/verify", {"requests": [{}] * 1001}, "Expected `array` of length <= 1000"),
        ("POST /accounts/{user}/payments/{id}/notifications", {"url": "http://["}, "Expected a url such as"),
        *(("POST /accounts", {name: "x" * 201}, f"Expected `str` of length <= 200 - at `$.{name}`")
          for name in ("secret_key", "name", "seed", "scenario", "opening_balance")),
        *(("POST /accounts", {name: ""}, f"Expected `str` of length >= 1 - at `$.{name}`") for name in ("secret_key", "seed")),
    ],
)  # fmt: skip
def test_what_is_out_of_bounds_is_reported(
    field: Field, odd_account: tuple[str, str], operation: str, body: Any, reported: str
) -> None:
    verb, path = operation.split()
    answer = field.ask(verb, address(path, user=odd_account[0], id=odd_account[1]), odd.written(body))
    assert (answer.status_code, reported in answer.json()["detail"]) == (422, True), answer.text


@pytest.mark.parametrize("raw", ["<nested 20,000 deep>", "<5,000 digits>", "<no UTF-8>", "<half a surrogate pair>"])
def test_what_cannot_be_signed_is_reported(field: Field, odd_account: tuple[str, str], raw: str) -> None:
    body = odd.written({"request": {"data": {"x": raw}}})
    assert field.ask("POST", address("/accounts/{user}/sign", user=odd_account[0]), body).status_code in {400, 422}


@given(user=st.one_of(st.text(max_size=12), st.text("./?#% a\x00\u200b\u202e\u3000é中+;:@~\\", max_size=8)))
@MANY
def test_every_user_that_is_taken_can_be_addressed_and_dropped(field: Field, user: str) -> None:
    answer = field.ask("POST", address("/accounts"), msgspec.json.encode({"user": user}))
    if answer.status_code == 201:
        path = address("/accounts/{user}", user=user)
        assert field.ask("GET", path).json()["user"] == user
        assert field.ask("GET", f"/_sandbox{path.removeprefix('/_sandbox/api')}/orders").status_code == 200
        assert field.ask("DELETE", path).status_code == 204
        assert field.ask("GET", path).status_code == 404
    else:
        assert answer.status_code == 422


@pytest.mark.parametrize("user", ["a/b", "a?b", "a#b", "a b", ".", "..", "a\x07", "a\u202eb", "a\u200b", "", "x" * 201])
def test_a_user_that_could_not_be_addressed_is_refused(field: Field, user: str) -> None:
    answer = field.ask("POST", address("/accounts"), msgspec.json.encode({"user": user}))
    assert (answer.status_code, "xpected a" in answer.json()["detail"]) == (422, True)

"""The envelope, the signature, and every way in which a request can be no request."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.app import assemble
from mockserver.client import signed_request
from mockserver.clock import FrozenClock
from mockserver.domain.accounts import ANONYMOUS
from mockserver.gateway.methods import ALL_METHODS, find_method, register
from mockserver.gateway.request import LARGEST_BODY, Request
from mockserver.settings import Settings
from mockserver.signing.signature import sign, signed_parameters, string_to_sign
from tests.helpers import SECRET_KEY, USER, answer, create, last_exchange, signed, signed_call

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.gateway.method import Call, Method, MethodResult


def sent(**changes: Any) -> bytes:
    """A rightly signed request whose envelope is then changed; None leaves a field out."""
    envelope = {**json.loads(signed()), **changes}
    return json.dumps({k: v for k, v in envelope.items() if v is not None}).encode()


@pytest.mark.parametrize(
    ("field", "value"),
    [(field, value) for field in ("user", "sign", "method", "time", "data") for value in (None, "")]
    + [("data", []), ("data", {})],
)
def test_a_missing_or_empty_envelope_field_is_3001(app: Application, field: str, value: Any) -> None:
    envelope = answer(app, sent(**{field: value}))
    assert (envelope["code"], envelope["message"]) == ("-3001", "Required field is missing")
    owner = ANONYMOUS if field == "user" else USER
    assert last_exchange(app, owner).reason == f"Missing or empty in the envelope: {field}."


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"data": "text"}, "data must be a JSON object."),
        ({"data": ["x"]}, "data must be a JSON object."),
        ({"data": 7}, "data must be a JSON object."),
        ({"time": "yesterday"}, "time must be Unix time in seconds"),
        ({"time": -1}, "time must be Unix time in seconds"),
        ({"time": True}, "time must be text or a number, not true."),
        ({"method": {"a": 1}}, "method must be text or a number, not an object."),
        ({"sign": ["x"]}, "sign must be text or a number, not an array."),
    ],
)
def test_an_envelope_field_of_the_wrong_type_is_1000(app: Application, changes: dict[str, Any], sentence: str) -> None:
    envelope = answer(app, sent(**changes))
    assert envelope["code"] == "-1000"
    assert sentence in envelope["message"]


@pytest.mark.parametrize(
    "changes",
    [{"sign": "0" * 64}, {"sign": "short"}, {"sign": 12}, {"time": 1546588960}, {"method": "v3.QueryOrder"},
     {"method": "v3.Nothing"}, {"user": "000000"}, {"user": 16683}],
)  # fmt: skip
def test_a_signature_that_does_not_match_is_403(app: Application, changes: dict[str, Any]) -> None:
    envelope = answer(app, sent(**changes))
    assert envelope == {"status": False, "code": "-403", "data": [], "message": "The signature Error"}


def test_the_record_of_a_wrong_signature_shows_the_string_to_sign(app: Application) -> None:
    answer(app, sent(sign="0" * 64))
    expected = string_to_sign(signed_parameters(json.loads(signed())))
    assert last_exchange(app).string_to_sign == expected
    assert SECRET_KEY not in last_exchange(app).reason


def test_an_unknown_user_is_refused_like_a_wrong_signature_and_journalled_apart(app: Application) -> None:
    body = signed_request({"user": "nobody", "method": "m", "time": 1, "data": {"a": "b"}}, SECRET_KEY)
    assert answer(app, body)["code"] == "-403"
    assert last_exchange(app, ANONYMOUS).reason == (
        "No account has the user 'nobody'. The sign matches account 016683: send that as user."
    )


def test_an_unsigned_caller_learns_nothing_of_methods_and_fields(app: Application) -> None:
    for changes in ({"method": "v3.Nothing"}, {"data": {"amount": "-1"}}, {"data": {"x": "y"}}):
        assert answer(app, sent(**changes))["code"] == "-403"


def test_an_unknown_method_is_1000_and_the_journal_names_the_nearest(app: Application) -> None:
    envelope = answer(app, signed_call("v3.CreatePaymentAlipayMiniPay", {"a": "b"}))
    assert (envelope["code"], envelope["message"]) == ("-1000", "There is no method 'v3.CreatePaymentAlipayMiniPay'.")
    assert "v3.CreatePaymentsAlipayMiniPay" in last_exchange(app).reason


@pytest.mark.parametrize(
    ("body", "why"),
    [(b"", "The body is empty"), (b"user=016683&sign=x", "The body is a form"), (b"{", "Expecting property name"),
     (b"\xff\xfe", "UTF-16"), (b"[" * 100_000, "nested deeper"), (b'{"a":"\\ud800"}', "surrogate")],
)  # fmt: skip
def test_a_body_that_is_no_json_is_1000_and_the_journal_says_where(app: Application, body: bytes, why: str) -> None:
    envelope = answer(app, body)
    assert (envelope["code"], envelope["message"]) == ("-1000", "The body is not a JSON object.")
    assert why in last_exchange(app, ANONYMOUS).reason


@pytest.mark.parametrize("body", [b"[]", b"7", b'"text"', b"null", b"true"])
def test_json_that_is_no_object_is_1000(app: Application, body: bytes) -> None:
    assert answer(app, body)["message"] == "The body is not a JSON object."


def test_a_body_over_one_mebibyte_is_1000_and_not_kept_whole(app: Application) -> None:
    envelope = answer(app, b" " * (LARGEST_BODY + 1))
    assert (envelope["code"], envelope["message"]) == ("-1000", "The body is larger than the limit of 1 MiB.")
    assert len(last_exchange(app, ANONYMOUS).request) < LARGEST_BODY


def test_a_body_of_one_mebibyte_is_read(app: Application) -> None:
    body = signed(demo="x" * 1000)
    assert answer(app, body + b" " * (LARGEST_BODY - len(body)))["status"] is True


def test_what_the_journal_keeps_of_a_request_is_bounded(app: Application) -> None:
    answer(app, sent(sign="x", method="m" * 100_000, data={"a": "b" * 500_000}))
    exchange = last_exchange(app)
    assert sum(map(len, (exchange.request, exchange.string_to_sign, exchange.method, exchange.reason))) < 40_000


@pytest.mark.parametrize("nested", ['{"a":' * 400 + "1" + "}" * 400, "[" * 505 + "]" * 505])
def test_deep_nesting_is_signed_like_any_value(app: Application, nested: str) -> None:
    body = sent(data={"x": "?"}).replace(b'"?"', nested.encode())
    assert answer(app, body)["code"] == "-403"


def test_a_listener_that_fails_changes_no_answer(app: Application, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_exchange: object) -> None:
        raise OSError("the terminal is gone")

    app.gateway.on_exchange(fail)
    assert create(app)["status"] is True
    assert "the terminal is gone" in caplog.text


@pytest.mark.parametrize("http_method", ["GET", "PUT", "DELETE"])
def test_another_http_method_is_1000(app: Application, http_method: str) -> None:
    envelope = answer(app, signed(), http_method=http_method)
    assert (envelope["code"], envelope["message"]) == ("-1000", f"/Payments needs POST, not {http_method}.")


@pytest.mark.parametrize("time", ["1546588959", 1546588959, 1546588959123])
def test_time_may_be_text_or_milliseconds(app: Application, time: object) -> None:
    request = {**json.loads(signed()), "time": time}
    del request["sign"]
    assert answer(app, signed_request(request, SECRET_KEY))["status"] is True


def test_dropped_empty_values_are_accepted(app: Application) -> None:
    request = json.loads(signed(redirect_url="", demo=""))
    text = string_to_sign(signed_parameters(request), "dropped")
    assert "timeout" not in text
    request["sign"] = sign(text, SECRET_KEY)
    assert answer(app, json.dumps(request).encode())["status"] is True


class StoppedClock(FrozenClock):
    def now(self) -> int:
        raise RuntimeError("the clock stopped")


def test_a_failure_of_the_sandbox_itself_is_an_envelope_too(caplog: pytest.LogCaptureFixture) -> None:
    app = assemble(Settings(), clock=StoppedClock())
    envelope = create(app)
    assert envelope == {"status": False, "code": "-1000", "data": [], "message": "Internal error"}
    assert "the clock stopped" in caplog.text
    assert "Traceback" not in str(envelope)


def test_a_failure_after_the_payment_leaves_no_payment(
    app: Application, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = find_method("v3.CreatePaymentsAlipayMiniPay", {})

    def fail(call: Call) -> MethodResult:
        real.handle(call)
        raise RuntimeError("too late")

    monkeypatch.setattr(app.gateway, "_find_method", lambda _name, _data: replace(real, handle=fail))
    envelope = json.loads(app.gateway.answer(Request("POST", signed())).body)
    assert (envelope["code"], envelope["message"]) == ("-1000", "Internal error")
    assert "too late" in caplog.text
    assert app.store.next_due(USER) is None
    assert last_exchange(app).reason == "The sandbox had an internal error. Its log has the details."


envelopes = st.fixed_dictionaries(
    {},
    optional={
        name: st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=2)
        for name in ("user", "sign", "method", "time", "data")
    },
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(envelopes | st.text() | st.lists(st.integers()))
def test_whatever_is_sent_the_answer_is_a_refusal_in_the_gateways_shape(app: Application, body: Any) -> None:
    envelope = answer(app, json.dumps(body).encode())
    assert envelope["status"] is False
    assert envelope["data"] == []
    assert envelope["message"]


fields = st.dictionaries(
    st.sampled_from(["pay_method", "sub_pay_method", "order_id", "amount", "currency", "description", "timeout", "demo"]),
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(exclude_categories=["Cs"])),
)  # fmt: skip


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields)
def test_whatever_is_signed_is_accepted_or_refused_for_a_documented_reason(app: Application, changes: Any) -> None:
    body = signed(**changes)
    assert answer(app, body, scenario="success")["code"] in {"200", "-1000", "-3001", "-4011"}
    assert "internal error" not in last_exchange(app).reason


@pytest.mark.parametrize("method", [ALL_METHODS[0], next(one for one in ALL_METHODS if one.command)])
def test_no_method_takes_the_place_of_another(method: Method) -> None:
    before = list(ALL_METHODS)
    with pytest.raises(ValueError, match=rf"^There is a method {method.name} ?{method.command.upper()} already\.$"):
        register(replace(method, command=method.command.upper()))
    assert before == ALL_METHODS

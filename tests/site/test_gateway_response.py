"""The HTTP response to an answer of the gateway, before it is sent."""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING

import pytest

from mockserver.client import signed_request
from mockserver.domain.accounts import Account
from mockserver.gateway.example import documented_request
from mockserver.gateway.request import Request
from mockserver.site.gateway_response import headers_of_success, plan_response
from tests.helpers import SECRET_KEY, signed, signed_call

if TYPE_CHECKING:
    from mockserver.app import Application


@pytest.mark.parametrize("user", ["plain", "50%d", "é/ü"])
def test_the_headers_of_a_success_are_what_is_planned_for_it(app: Application, user: str) -> None:
    app.store.open_account(Account(user, SECRET_KEY, "seed"))
    for number in range(1, 12):
        request = signed_request(documented_request(user, order_id=str(number)), SECRET_KEY)
        answer = app.gateway.answer(Request("POST", request))
        planned = plan_response(answer, 500)
        assert headers_of_success(answer) == b"".join([b"%b: %b\r\n" % header for header in planned.headers])
        assert (planned.status, planned.fault, planned.pieces) == (200, None, None)
        assert dict(planned.headers)[b"x-sandbox-record"].endswith(b"/exchanges/%d" % number)


@pytest.mark.parametrize(
    ("body", "scenario"),
    [(signed(amount="x"), ""), (b"{}", ""), (signed(), "slow-answer"), (signed(), "internal-error"),
     (signed(), "answered-but-forgotten"), (signed(), "answer-lost")],
)  # fmt: skip
def test_every_other_answer_has_no_such_headers(app: Application, body: bytes, scenario: str) -> None:
    assert headers_of_success(app.gateway.answer(Request("POST", body, scenario))) is None


def test_an_export_has_no_such_headers(app: Application) -> None:
    body = signed_call("v3.BatchQuery", {"start_time": "1", "end_time": "2"})
    answer = app.gateway.answer(Request("POST", body))
    assert answer.export is not None
    assert headers_of_success(answer) is None


def test_a_reason_stands_in_its_header_as_it_is(app: Application) -> None:
    """With single backslashes, and without line ends; letters beyond ASCII are escaped."""
    sent = documented_request(order_id="A-1", description="Käse / Brot\n…")
    parameters = {**sent["data"], **{name: sent[name] for name in ("user", "method", "time")}}
    text = "&".join(f"{name}={value}" for name, value in sorted(parameters.items())).replace("/", "\\/")
    sign = hmac.new(SECRET_KEY.encode(), text.encode(), "sha256").hexdigest()
    answer = app.gateway.answer(Request("POST", json.dumps({**sent, "sign": sign}).encode()))
    reason = dict(plan_response(answer, 500).headers)[b"x-sandbox-reason"].decode("ascii")
    assert "escaped as \\/ before" in reason
    assert "K\\xe4se \\/ Brot\\n..." in reason

"""Whatever is posted to the gateway: it answers with an envelope, and the account goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.gateway.example import example_data
from mockserver.gateway.methods import ALL_METHODS
from mockserver.signing.php import NotJsonError, parse
from mockserver.signing.signature import sign, signed_parameters, string_to_sign
from tests.bounds import odd
from tests.bounds.field import MANY
from tests.helpers import SECRET_KEY

if TYPE_CHECKING:
    from mockserver.gateway.method import Method
    from tests.bounds.field import Field


FEW = settings(MANY, max_examples=10)


def signed(document: Any) -> bytes:
    """A document as JSON, rightly signed if that is possible."""
    body = odd.written(document)
    try:
        read = parse(body)
    except NotJsonError:
        return body
    if not isinstance(read, dict) or not isinstance(document, dict):
        return body
    return odd.written({**document, "sign": sign(string_to_sign(signed_parameters(read)), SECRET_KEY)})


def ask(field: Field, body: bytes) -> Any:
    answer = field.ask("POST", "/Payments", body)
    assert answer.status_code == 200
    if answer.headers["Content-Type"] == "application/json":
        envelope = answer.json()
        assert set(envelope) == {"status", "code", "data", "message"}
        assert isinstance(envelope["status"], bool)


@pytest.mark.parametrize("method", ALL_METHODS, ids=lambda method: method.title)
@FEW
@given(data=st.data())
def test_a_spoilt_request_is_answered(
    field: Field, odd_account: tuple[str, str], method: Method, data: st.DataObject
) -> None:
    user, trade_id = odd_account
    sent = {name: trade_id if name == "trade_id" else text for name, text in example_data(method).items()}
    document = {"user": user, "method": method.name, "time": 1732672545, "data": sent}
    ask(field, signed(data.draw(odd.spoilt(document))))
    field.api.ok("POST", f"/accounts/{user}/clock/advance", {"by": "1m"})
    field.check()


@pytest.mark.parametrize(
    "raw", [b"", b"null", b"[]", b"1", b"\xff\xfe", b"{", *odd.RAW.values()], ids=range(6 + len(odd.RAW))
)
def test_what_is_no_request_is_answered(field: Field, raw: bytes) -> None:
    for body in (
        raw,
        b'{"data": ' + raw + b"}",
        b'{"user": ' + raw + b', "sign": "x"}',
        b'{"sign": ' + raw + b', "method": "x"}',
    ):
        ask(field, body)


def test_a_scenario_that_is_no_name_is_shown_shortened(field: Field, odd_account: tuple[str, str]) -> None:
    data = {**example_data(ALL_METHODS[0]), "demo": "scenario:" + "x" * 900_000}
    ask(field, signed({"user": odd_account[0], "method": ALL_METHODS[0].name, "time": 1, "data": data}))
    newest = field.ask("GET", f"/_sandbox/api/accounts/{odd_account[0]}/exchanges?limit=1").json()["items"][0]
    assert "There is no scenario 'xxx" in newest["reason"]
    assert len(newest["reason"]) < 3000

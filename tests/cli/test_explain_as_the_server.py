"""`explain` gives the code and the reason that the server gives for the same body."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.domain.accounts import ANONYMOUS
from mockserver.gateway.request import Request
from tests.cli.commands import run
from tests.helpers import SECRET_KEY, USER, answer, signed

if TYPE_CHECKING:
    from mockserver.app import Application

RIGHT: dict[str, Any] = json.loads(signed())
LEFT_OUT = [
    {name: value for (name, value), kept in zip(RIGHT.items(), keeps, strict=True) if kept}
    for keeps in product([True, False], repeat=len(RIGHT))
]
ODD: list[Any] = ["", None, 7, [], {}, True, "x"]
WRONG = [{**RIGHT, name: value} for name in RIGHT for value in ODD if name != "user" or not value]
DATA = [json.loads(signed(**{name: value})) for name in RIGHT["data"] for value in ODD]
TEXTS = ["", "{", "[]", "7", '"x"', "null", "a=b&c=d", "{'a': 1}", '{"a": NaN}', "<xml/>", '{"sign":"a","sign":"b"}']
BODIES = [*TEXTS, *(json.dumps(one) for one in [*LEFT_OUT, *WRONG, *DATA])]


@pytest.mark.parametrize("body", BODIES)
def test_explain_gives_the_code_and_the_reason_of_the_server(app: Application, body: str) -> None:
    exchange = app.gateway.answer(Request("POST", body.encode())).exchange
    status, reported, _ = run("explain", "--secret-key", SECRET_KEY, text=body)
    if exchange.code == "200":
        assert status == 0
        return
    assert exchange.user in {USER, ANONYMOUS}
    assert (status, reported.split(" ", 1)[0]) == (1, exchange.code)
    record = json.loads(exchange.explanation)
    assert record["sentence"] in reported
    assert record["cure"] in reported


def test_many_kinds_of_refusals_are_compared(app: Application) -> None:
    assert {answer(app, body.encode())["code"] for body in BODIES} >= {"200", "-1000", "-3001", "-403", "-4011"}

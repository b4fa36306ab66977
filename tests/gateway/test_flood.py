"""Wrong signs in numbers and of size, over real HTTP: whose turn it is, what is turned away, and what the journal keeps."""

from __future__ import annotations

import hashlib
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from inspect import getclosurevars
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests

from mockserver.domain.accounts import Account
from mockserver.gateway.answer import Unexplained
from mockserver.gateway.example import documented_request
from mockserver.gateway.request import Request
from mockserver.server.explanation_queue import FULL, LEFT
from tests.helpers import SECRET_KEY, USER, answer, last_exchange, signed

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.testing import Sandbox

REFUSED = b'{"status":false,"code":"-403","data":[],"message":"The signature Error"}'


def wrong(user: str = USER, size: int = 0, **data: Any) -> bytes:
    request = documented_request(user)
    request["data"].update({"description": "x" * size, **data} if size else data)
    return json.dumps({**request, "sign": hashlib.sha256(b"x").hexdigest()}).encode()


def post(sandbox: Sandbox, body: bytes) -> requests.Response:
    return requests.post(f"{sandbox.url}/Payments", data=body, timeout=60)


def sent(sandbox: Sandbox, body: bytes) -> socket.socket:
    """A connection on which a request was sent, and nothing has been read."""
    host = urlsplit(sandbox.url)
    connection = socket.create_connection((host.hostname, host.port))
    connection.sendall(b"POST /Payments HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    return connection


def exchanges(sandbox: Sandbox, user: str = USER) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = requests.get(
        f"{sandbox.url}/_sandbox/api/accounts/{user}/exchanges?limit=100", timeout=60
    ).json()["items"]
    return listed


def test_an_account_with_one_wrong_sign_does_not_wait_for_another_with_many(sandbox: Sandbox) -> None:
    other = requests.post(f"{sandbox.url}/_sandbox/api/accounts", json={}, timeout=60).json()["user"]
    post(sandbox, wrong())  # from now on everything is imported
    many = [sent(sandbox, wrong()) for _ in range(40)]
    assert post(sandbox, wrong(other)).content == REFUSED
    explained = len(exchanges(sandbox)) - 1
    for connection in many:
        connection.close()
    assert explained < 40


def test_the_refusal_of_a_client_that_left_is_journalled_without_a_search(sandbox: Sandbox) -> None:
    post(sandbox, wrong())
    ahead = [sent(sandbox, wrong()) for _ in range(30)]
    sent(sandbox, wrong(order_id="LEFT")).close()
    for connection in ahead:
        connection.close()
    found: list[dict[str, Any]] = []
    while not found:
        found = [one for one in exchanges(sandbox) if "LEFT" in one["request"]]
    assert found[0]["code"] == "-403"
    assert found[0]["reason"] == f"The sign does not match. {LEFT}"
    assert found[0]["explanation"]["sentence"] == "The sign does not match."
    assert found[0]["string_to_sign"].startswith("amount=")


@pytest.mark.slow
def test_what_is_too_much_is_answered_at_once_with_the_same_bytes(sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(40) as clients:
        answers = list(clients.map(lambda _: post(sandbox, wrong(size=800_000)), range(40)))
    assert {one.content for one in answers} == {REFUSED}
    reasons = [one.headers["X-Sandbox-Reason"] for one in answers]
    assert f"The sign does not match. {FULL}" in reasons
    assert any(reason.startswith("The body is too large") for reason in reasons)
    assert len(exchanges(sandbox)) == 40


def test_a_body_of_very_many_values_is_not_read_a_second_time(app: Application) -> None:
    assert answer(app, wrong(demo=[1] * 50_000))["code"] == "-403"
    exchange = last_exchange(app)
    assert "more than 30,000 values" in exchange.reason
    assert "yabandpay-mock explain" in exchange.reason


def test_what_waits_to_be_explained_holds_the_body_and_not_what_was_read_from_it(app: Application) -> None:
    begun = app.gateway.begin(Request("POST", wrong(demo=[1] * 5000)))
    assert isinstance(begun, Unexplained)
    assert getclosurevars(begun._settle).nonlocals["context"].envelope == {}
    assert begun.owner == USER
    assert begun.explained().exchange.explanation


def test_unknown_users_take_turns_as_one_account(app: Application) -> None:
    owners = [app.gateway.begin(Request("POST", wrong(user))) for user in ("nobody-1", "nobody-2")]
    assert [one.owner for one in owners if isinstance(one, Unexplained)] == ["", ""]


def test_the_keys_of_many_accounts_are_tried_on_a_large_body_only_as_far_as_the_budget_goes(app: Application) -> None:
    for number in range(300):
        app.store.open_account(Account(f"u{number:03}", f"secret-key-{number}", "seed"))
    app.gateway.answer(Request("POST", wrong("nobody", size=1_000_000)))
    assert last_exchange(app, "").reason.startswith("No account has the user 'nobody'.")


class TestWhatTheJournalKeepsOfALongBody:
    @pytest.mark.parametrize("before", range(16 * 1024 - 700, 16 * 1024, 9))
    def test_a_card_number_or_secret_at_its_cut_is_not_shown_in_part(self, app: Application, before: int) -> None:
        for hidden in ("4111 1111 1111 1111", SECRET_KEY):
            text = "x" * (before - 100) + f" {hidden} " + "y" * 5000
            answer(app, signed(demo=text))
            exchange = last_exchange(app)
            for kept in (exchange.request.decode(), exchange.string_to_sign):
                assert "x" * 1000 in kept
                assert hidden[:9] not in kept

    @pytest.mark.parametrize("before", range(16 * 1024 - 200, 16 * 1024 + 512, 12))
    def test_what_is_masked_before_the_cut_moves_nothing_into_view(self, app: Application, before: int) -> None:
        keys = SECRET_KEY * 60
        answer(app, signed(demo=keys + "x" * (before - len(keys) - 100) + " 4111 1111 1111 1111 " + "y" * 5000))
        exchange = last_exchange(app)
        assert "4111 1111" not in exchange.request.decode() + exchange.string_to_sign

    def test_a_text_about_cards_is_masked_though_the_word_comes_later(self, app: Application) -> None:
        answer(app, signed(demo="number 123456789012 " + "x" * 20_000 + " of the card"))
        exchange = last_exchange(app)
        assert "********9012" in exchange.request.decode()
        assert "123456789012" not in exchange.request.decode() + exchange.string_to_sign

    def test_other_long_bodies_are_kept_as_they_came(self, app: Application) -> None:
        body = signed(demo="x" * 50_000)
        answer(app, body)
        assert body.startswith(last_exchange(app).request[:15_000])
        assert len(last_exchange(app).request) in range(15_000, 16 * 1024 + 1)

"""Accepted requests wait unmasked in memory: whenever somebody reads them, they are as if masked at once."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.app import Application, assemble
from mockserver.client import signed_request
from mockserver.domain.accounts import Account
from mockserver.gateway.context import UnmaskedExchange
from mockserver.gateway.example import documented_request
from mockserver.gateway.request import Request
from mockserver.masking import secrets as masking
from mockserver.settings import Settings
from mockserver.site.gateway_response import plan_response
from tests.helpers import USER, last_exchange, signed, signed_call

if TYPE_CHECKING:
    from pathlib import Path

    from mockserver.domain.timeline import Exchange, JournalEntry
    from mockserver.gateway.answer import Answer

OTHER_KEY = "the-key-of-another-account"


def accepted(app: Application, **changes: str) -> Answer:
    """The answer to an accepted request; the other account has its key by now."""
    answer = app.gateway.answer(Request("POST", signed(**changes)))
    assert answer.entry.code == "200"
    return answer


def open_other(app: Application) -> None:
    app.store.open_account(Account("other", OTHER_KEY, "s"))


def change_key(app: Application, user: str, key: str) -> None:
    app.store.change_account(user, lambda account: replace(account, secret_key=key))


def waits(answer: Answer) -> bool:
    """Whether its exchange is not made yet."""
    return isinstance(answer.entry, UnmaskedExchange) and answer.entry._exchange is None


def texts(exchange: Exchange) -> str:
    return f"{exchange.string_to_sign} {exchange.request.decode()} {exchange.answer.decode()}"


def test_an_accepted_request_waits_until_it_is_read_and_is_masked_once(app: Application) -> None:
    open_other(app)
    answer = accepted(app, anything=OTHER_KEY)
    assert waits(answer)
    assert OTHER_KEY not in repr(answer.entry)
    assert b'"anything": "***"' in answer.exchange.request
    assert "anything=***" in answer.exchange.string_to_sign
    assert last_exchange(app) is answer.exchange is answer.entry.masked()
    assert not waits(answer)
    assert OTHER_KEY not in repr([getattr(answer.entry, name) for name in UnmaskedExchange.__slots__])


def test_a_key_that_its_account_had_then_is_masked(app: Application) -> None:
    open_other(app)
    answer = accepted(app, anything=OTHER_KEY)
    change_key(app, "other", "the-second-key")
    assert OTHER_KEY not in texts(answer.exchange)


def test_a_key_that_its_account_has_had_since_is_masked(app: Application) -> None:
    answer = accepted(app, anything=OTHER_KEY)
    open_other(app)
    assert OTHER_KEY not in texts(answer.exchange)


def test_a_key_of_an_account_that_is_gone_is_masked(app: Application) -> None:
    open_other(app)
    answer = accepted(app, anything=f"%22{OTHER_KEY.upper()}%22", something=f"not '{OTHER_KEY[:12]}…'")
    app.store.drop_account("other")
    assert OTHER_KEY.casefold() not in texts(answer.exchange).casefold()
    assert OTHER_KEY[:12] not in texts(answer.exchange)


@pytest.mark.parametrize("key", ["open", "the-first-key"])
def test_the_key_that_its_own_account_had_then_is_masked(app: Application, key: str) -> None:
    app.store.open_account(Account("own", key, "s"))
    request = documented_request("own", anything=key)
    answer = app.gateway.answer(Request("POST", signed_request(request, key)))
    change_key(app, "own", "another key")
    assert "anything=***" in answer.exchange.string_to_sign
    assert key.encode() not in answer.exchange.request


def test_a_key_that_was_gone_before_is_an_ordinary_text(app: Application) -> None:
    waiting = accepted(app)
    open_other(app)
    app.store.drop_account("other")
    answer = accepted(app, anything=OTHER_KEY)
    open_other(app)
    change_key(app, "other", "the-second-key")
    again = accepted(app, anything=OTHER_KEY)
    assert OTHER_KEY not in texts(answer.exchange)
    assert OTHER_KEY in texts(again.exchange)
    assert waiting.exchange.code == "200"


def test_what_waits_is_masked_before_too_many_keys_are_remembered_for_it(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(masking, "_MOST_REMOVED", 20)
    open_other(app)
    answer = accepted(app, anything=OTHER_KEY)
    app.store.drop_account("other")
    for number in range(20):
        assert len(app.secrets._removed) == number + 1
        app.store.open_account(Account("brief", f"the-brief-key-{number}", "s"))
        app.store.drop_account("brief")
    assert (len(app.secrets._removed), len(app.secrets._removed.index)) == (0, 0)
    assert not waits(answer)
    assert OTHER_KEY not in texts(answer.exchange)


def test_removed_keys_are_remembered_for_nobody(app: Application) -> None:
    open_other(app)
    answer = accepted(app, anything=OTHER_KEY)
    assert answer.exchange.request
    app.store.drop_account("other")
    assert (len(app.secrets._removed), len(app.secrets._removed.index)) == (0, 0)


def test_a_key_that_is_removed_twice_is_remembered_for_what_came_between(app: Application) -> None:
    first = accepted(app)
    open_other(app)
    app.store.drop_account("other")
    open_other(app)
    second = accepted(app, anything=OTHER_KEY)
    app.store.drop_account("other")
    assert first.exchange.code == "200"
    open_other(app)
    change_key(app, "other", "the-second-key")
    assert OTHER_KEY not in texts(second.exchange)


def test_what_is_said_at_once_has_nothing_that_waits(app: Application, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[JournalEntry] = []
    app.gateway.on_exchange(heard.append)
    open_other(app)
    caplog.set_level(logging.DEBUG)
    answer = accepted(app, anything=OTHER_KEY)
    headers = plan_response(answer, 200).headers
    assert OTHER_KEY not in f"{heard} {headers} {caplog.text}"
    assert heard == [answer.entry]
    assert waits(answer), "the headers and the log do not need what is masked later"


def test_a_database_never_has_what_waits(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.db"
    app = assemble(Settings(port=0, log="none", database=f"sqlite:///{file}"))
    open_other(app)
    made = accepted(app, anything=OTHER_KEY)
    query = {"trade_id": made.exchange.trade_id, "anything": OTHER_KEY}
    app.gateway.answer(Request("POST", signed_call("v3.QueryOrder", query)))
    app.close()
    with closing(sqlite3.connect(file)) as connection:
        rows: list[tuple[Any, ...]] = connection.execute("SELECT * FROM exchanges").fetchall()
    assert len(rows) == 2
    assert OTHER_KEY not in str(rows)
    assert str(rows).count("***") >= 4


def test_a_journal_is_read_without_masking_what_nobody_looks_at(app: Application) -> None:
    answers = [accepted(app) for _ in range(3)]
    with app.store.read(USER) as view:
        newest = view.exchanges(9)
    assert len(newest) == 3
    assert newest[1:] == [answer.exchange for answer in reversed(answers[:2])]
    assert waits(answers[2])
    assert newest != [answers[0].exchange]

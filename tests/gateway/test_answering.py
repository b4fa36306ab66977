"""What comes of a request beside its body: the journal, the numbers it uses, and what its answer waits for."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.app import Application, Urls
from mockserver.client import signed_request
from mockserver.clock import ClockSetting, FrozenClock
from mockserver.domain.accounts import Account
from mockserver.domain.payments.payment import Payment
from mockserver.domain.timeline import Task
from mockserver.gateway.answer import UNRECORDED, Answer, NotifiesFirst, Unexplained
from mockserver.gateway.example import documented_request
from mockserver.gateway.request import Request, failure_envelope, report_envelope, success_envelope
from mockserver.gateway.steps import Answering
from mockserver.scenarios.faults import HttpStatus
from mockserver.scenarios.scenario import Response, Scenario, ScenarioCatalog
from mockserver.settings import Settings
from mockserver.store.memory import MemoryStore
from tests.helpers import SECRET_KEY, USER, create, last_exchange, signed, signed_call
from tests.store.samples import attempt, notification

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mockserver.domain.unit_of_work import UnitOfWork

T = TypeVar("T")


def asked(app: Application, body: bytes, scenario: str = "") -> Answer:
    return app.gateway.answer(Request("POST", body, scenario))


def payments(app: Application) -> list[Payment]:
    with app.store.read(USER) as view:
        return view.every(Payment)


def test_the_journal_counts_requests_whether_they_are_refused_or_not(app: Application) -> None:
    answers = [
        asked(app, signed()), asked(app, signed(amount="x")), asked(app, signed(), "internal-error"),
        asked(app, signed(), "answered-but-forgotten"), asked(app, signed()),
    ]  # fmt: skip
    assert [one.exchange.number for one in answers] == [1, 2, 3, 4, 5]
    assert [one.exchange.code for one in answers] == ["200", "-1000", "-1000", "200", "200"]
    with app.store.read(USER) as view:
        assert view.exchanges(9) == [one.exchange for one in reversed(answers)]


def test_an_accepted_request_is_on_record_with_its_trade_and_scenario(app: Application, clock: FrozenClock) -> None:
    answer = asked(app, signed(), "success")
    [made] = payments(app)
    kept = answer.exchange
    assert (kept.at, kept.user, kept.trade_id, kept.scenario) == (clock.now(), USER, made.trade_id, "success")
    assert (kept.answer, kept.reason, kept.explanation) == (answer.body, "", "")
    assert (answer.export, answer.reply, answer.notifies_first) == (None, None, None)


def test_a_scenario_that_refuses_has_no_effect(app: Application) -> None:
    answer = asked(app, signed(), "internal-error")
    assert json.loads(answer.body) == {"status": False, "code": "-1000", "data": [], "message": "Internal error"}
    assert (answer.exchange.scenario, answer.exchange.trade_id) == ("internal-error", "")
    assert answer.exchange.reason == "The scenario 'internal-error' answers with -1000; the request was correct."
    assert payments(app) == []


@pytest.mark.parametrize(
    ("scenario", "arrived"), [("answer-lost", "nothing"), ("truncated-answer", "half"), ("slow-answer", "everything")]
)
def test_the_journal_has_what_arrived_of_the_answer(app: Application, scenario: str, arrived: str) -> None:
    answer = asked(app, signed(), scenario)
    assert answer.reply is not None
    assert answer.exchange.answer == answer.reply.arriving
    assert answer.exchange.scenario == scenario
    assert len(payments(app)) == 1
    if arrived == "nothing":
        assert not answer.exchange.answer
    if arrived == "half":
        assert answer.body.startswith(answer.exchange.answer)
        assert 0 < len(answer.exchange.answer) < len(answer.body)
    if arrived == "everything":
        assert answer.exchange.answer == answer.body


def test_a_forgotten_request_is_answered_and_leaves_only_its_numbers(app: Application) -> None:
    told = json.loads(asked(app, signed(), "answered-but-forgotten").body)
    assert told["status"] is True
    assert payments(app) == []
    asked(app, signed())
    [made] = payments(app)
    assert made.number == 2
    assert made.trade_id != told["data"]["trade_id"]


def test_a_list_in_pieces_is_on_record_as_such_unless_its_connection_is_lost(app: Application) -> None:
    bill = signed_call(
        "v3.GetTradebill",
        {"command": "getTradebillInfo", "start_time": 1_731_000_000, "end_time": 1_732_000_000, "nonce_string": "n"},
    )
    whole, late = asked(app, bill), asked(app, bill, "slow-answer")
    for answer in (whole, late):
        assert answer.export is not None, answer.exchange.reason
        assert (answer.body, answer.exchange.answer) == (b"", b"(sent in pieces)")
    assert late.reply is not None
    assert late.exchange.scenario == "slow-answer"
    lost = asked(app, bill, "answer-lost")
    assert (lost.export is not None, lost.exchange.answer) == (True, b"")


def test_an_answer_waits_for_a_notification_only_of_what_it_creates(app: Application) -> None:
    answer = asked(app, signed(), "notified-before-answer")
    [made] = payments(app)
    assert answer.notifies_first == NotifiesFirst(made.trade_id, 0)
    queried = asked(app, signed_call("v3.QueryOrder", {"trade_id": made.trade_id}), "notified-before-answer")
    assert queried.notifies_first is None
    assert asked(app, signed(), "success").notifies_first is None


def first(app: Application) -> bool | None:
    return NotifiesFirst("t1", 1).check(app.store, USER)


def test_the_notifications_before_an_answer_are_those_after_it_was_asked_for(app: Application) -> None:
    assert first(app) is None
    with app.store.unit(USER) as unit:
        unit.save_notification(notification(1)._replace(state="accepted"))
    assert first(app) is None
    with app.store.unit(USER) as unit:
        unit.save_notification(notification(2))
    assert first(app) is None
    with app.store.unit(USER) as unit:
        unit.add_attempt(attempt(1)._replace(notification=2))
    assert first(app) is True
    with app.store.unit(USER) as unit:
        unit.save_notification(notification(3))
    assert first(app) is None
    with app.store.unit(USER) as unit:
        unit.save_notification(notification(3)._replace(state="given up"))
    assert first(app) is True
    with app.store.unit("") as unit:
        unit.save_notification(notification(4))
    assert first(app) is True


def test_a_notification_that_is_late_is_named() -> None:
    late = NotifiesFirst("t1", 1).late(MemoryStore(1), USER)
    assert str(late) == "no notification of t1 was sent in time"


@pytest.mark.parametrize(("fewer", "answered"), [(1, True), (0, False)])
def test_more_due_transitions_than_one_unit_performs_make_a_request_overdue(
    app: Application, *, fewer: int, answered: bool
) -> None:
    with app.store.unit(USER) as unit:
        for number in range(app.store.at_once - fewer):
            unit.schedule(Task(0, "payment", f"no such trade {number}"))
    begun = app.gateway.begin(Request("POST", signed()))
    assert isinstance(begun, Answer if answered else Answering)
    if isinstance(begun, Answering):
        assert isinstance(begun.finish(), Answer)
    assert len(payments(app)) == 1


def unexplained(app: Application, values: int) -> Unexplained:
    body = json.dumps({"user": USER, "method": "m", "time": 1, "sign": "x", "data": {"v": [0] * values}})
    begun = app.gateway.begin(Request("POST", body.encode()))
    assert isinstance(begun, Unexplained)
    return begun


def test_a_wrong_signature_is_answered_before_it_is_explained(app: Application) -> None:
    begun = unexplained(app, 1)
    assert begun.owner == USER
    assert begun.size > len('{"user": "x"}')
    with app.store.read(USER) as view:
        assert view.exchanges(9) == []
    answer = begun.explained()
    assert (answer.exchange.number, answer.exchange.code) == (1, "-403")
    assert last_exchange(app) == answer.exchange
    assert answer.exchange.explanation


def test_the_size_of_an_unexplained_refusal_is_that_of_what_it_keeps(app: Application) -> None:
    begun, other = unexplained(app, 1), unexplained(app, 2)
    assert other.size - begun.size == len(", 0") + len(",0")


def test_a_refusal_may_be_stored_without_its_explanation(app: Application) -> None:
    answer = unexplained(app, 1).unexplained("There was no time.")
    assert "There was no time." in answer.exchange.reason


BESIDES = 7
"""The commas and brackets of `unexplained` beside those of its values, of which the first has no comma."""


@pytest.mark.parametrize(("beyond", "explained"), [(0, True), (1, False)])
def test_a_body_of_more_than_30000_values_is_not_explained(app: Application, *, beyond: int, explained: bool) -> None:
    body = json.dumps({"user": USER, "method": "m", "time": 1, "sign": "x", "data": {"v": [0]}})
    besides = sum(map(body.count, ",[{"))
    assert besides == BESIDES
    answer = unexplained(app, 30_000 - besides + 1 + beyond).explained()
    assert ("because the body has more than 30,000 values" in answer.exchange.reason) is not explained


def test_listeners_hear_of_every_exchange_after_it_was_stored(app: Application) -> None:
    heard: list[tuple[int, bool]] = []
    app.gateway.on_exchange(lambda one: heard.append((one.number, last_exchange(app).number == one.number)))
    asked(app, signed())
    asked(app, signed(amount="x"))
    assert heard == [(1, True), (2, True)]


class LosingStore(MemoryStore):
    """A store that loses an account, or the journal, at the moment that a test chooses.

    Once it has an `outdated` account, it knows that of `USER` only as it was before another process changed it.
    """

    def __init__(self) -> None:
        super().__init__(10)
        self.open_account(Account(USER, SECRET_KEY, "tests"))
        self.lose: Callable[[], Any] | None = None
        self.outdated: Account | None = None

    def known_account(self, user: str) -> Account | None:
        return self.outdated if self.outdated is not None and user == USER else super().known_account(user)

    def perform(self, user: str, work: Callable[[UnitOfWork], T]) -> T:
        if self.lose is not None:
            self.lose()
        return super().perform(user, work)


@pytest.fixture
def losing() -> Iterator[tuple[Application, LosingStore]]:
    store = LosingStore()
    catalog = ScenarioCatalog(
        [
            Scenario("default", ""),
            Scenario("refused", "", answers=(Response(effect="none", faults=(HttpStatus(500),)),)),
        ]
    )
    made = Application(Settings(), Urls("http://127.0.0.1:1"), FrozenClock(), store, catalog)
    yield made, store
    made.close()


def test_an_effect_of_none_is_an_internal_error_unless_a_code_is_named(losing: tuple[Application, LosingStore]) -> None:
    answer = asked(losing[0], signed(), "refused")
    assert (answer.exchange.code, json.loads(answer.body)["message"]) == ("-1000", "Internal error")
    assert answer.reply is not None
    assert answer.reply.status == 500


@pytest.mark.parametrize("is_opened_again", [False, True])
def test_an_account_that_is_dropped_during_its_request_is_unknown(
    losing: tuple[Application, LosingStore], *, is_opened_again: bool
) -> None:
    app, store = losing

    def drop() -> None:
        store.lose = None
        store.drop_account(USER)
        if is_opened_again:  # after the unit has found none
            store.open_account(Account(USER, SECRET_KEY, "tests"))
            raise KeyError(USER)

    store.lose = drop
    answer = asked(app, signed())
    assert (answer.exchange.code, answer.exchange.user) == ("-403", "")
    assert f"No account has the user '{USER}'." in answer.exchange.reason


def change_before_the_unit(store: LosingStore, **settings: Any) -> None:
    """Change the account once, after the next signature is checked and before the unit of work begins."""

    def change() -> None:
        store.lose = None
        store.change_account(USER, lambda account: replace(account, **settings))

    store.lose = change


def test_a_request_whose_key_changes_meanwhile_is_checked_again(losing: tuple[Application, LosingStore]) -> None:
    app, store = losing
    change_before_the_unit(store, secret_key="another key")
    answer = asked(app, signed())
    assert (answer.exchange.number, answer.exchange.user, answer.exchange.code) == (1, USER, "-403")
    assert "The sandbox's default secret key was used" in answer.exchange.reason
    assert payments(app) == []
    change_before_the_unit(store, secret_key=SECRET_KEY)
    assert asked(app, signed()).exchange.code == "-403", "the sign was not made with the key of that moment"
    assert asked(app, signed()).exchange.code == "200"


def test_a_request_whose_role_changes_meanwhile_is_checked_again(losing: tuple[Application, LosingStore]) -> None:
    app, store = losing
    balance = signed_call("v3.MerchantBalance", {"command": "getBalance", "nonce_string": "n", "currency": "EUR"})
    change_before_the_unit(store, role="cashier")
    refused = asked(app, balance)
    assert refused.exchange.reason == "v3.MerchantBalance needs the account of a super admin, not of a cashier."
    change_before_the_unit(store, role="super admin")
    assert asked(app, signed()).exchange.code == "200", "a cashier may do this too"
    change_before_the_unit(store, role="cashier")
    assert asked(app, signed()).exchange.code == "200"
    assert [one.number for one in payments(app)] == [1, 2]
    with app.store.read(USER) as view:
        assert [one.number for one in view.exchanges(9)] == [3, 2, 1]


@pytest.mark.parametrize("settings", [{"scenario": "refused"}, {"name": "Tea House"}, {"opening_balance": 5}])
def test_a_request_goes_on_with_other_settings_that_change_meanwhile(
    losing: tuple[Application, LosingStore], settings: dict[str, Any]
) -> None:
    app, store = losing
    change_before_the_unit(store, **settings)
    answer = asked(app, signed())
    assert answer.exchange.scenario == settings.get("scenario", "default")
    assert answer.exchange.code == ("-1000" if "scenario" in settings else "200")


@pytest.mark.parametrize(("sent_with", "code"), [("another key", "200"), (SECRET_KEY, "-403")])
def test_a_key_that_another_process_has_changed_counts(
    losing: tuple[Application, LosingStore], monkeypatch: pytest.MonkeyPatch, sent_with: str, code: str
) -> None:
    app, store = losing
    monkeypatch.setattr(store, "waits_for_io", True)
    store.outdated = store.account(USER)
    store.change_account(USER, lambda account: replace(account, secret_key="another key"))
    answer = asked(app, signed_request(documented_request(USER), sent_with))
    assert (answer.exchange.user, answer.exchange.code) == (USER, code)
    assert len(payments(app)) == (code == "200")


def test_a_role_that_another_process_has_changed_counts(losing: tuple[Application, LosingStore]) -> None:
    app, store = losing
    store.outdated = store.account(USER)
    store.change_account(USER, lambda account: replace(account, role="cashier"))
    balance = signed_call("v3.MerchantBalance", {"command": "getBalance", "nonce_string": "n", "currency": "EUR"})
    assert asked(app, balance).exchange.reason.startswith("v3.MerchantBalance needs the account of a super admin")
    assert asked(app, signed()).exchange.code == "200"


def test_a_request_that_is_checked_again_steps_the_clock_once(losing: tuple[Application, LosingStore]) -> None:
    app, store = losing
    start = app.clock.now()
    app.clocks.of(USER).run(ClockSetting("stepped", start, 0, 0, 1000))
    change_before_the_unit(store, role="cashier")
    answer = asked(app, signed())
    assert (answer.exchange.code, answer.exchange.at) == ("200", start + 1000)
    assert app.clocks.of(USER).now() == start + 1000


def test_a_request_that_cannot_be_stored_is_refused_all_the_same(
    losing: tuple[Application, LosingStore], caplog: pytest.LogCaptureFixture
) -> None:
    app, store = losing

    def fail() -> None:
        raise OSError("the disk is full")

    store.lose = fail
    answer = asked(app, signed())
    assert (answer.exchange.number, answer.exchange.at) == (UNRECORDED, 0)
    assert UNRECORDED == 0
    assert json.loads(answer.body)["code"] == answer.exchange.code == "-1000"
    assert "The request could not be stored in the journal" in caplog.text


def test_only_a_super_admin_may_read_the_balance(app: Application) -> None:
    balance = signed_call("v3.MerchantBalance", {"command": "getBalance", "nonce_string": "n", "currency": "EUR"})
    assert asked(app, balance).exchange.code == "200"
    app.store.open_account(Account(USER, SECRET_KEY, "tests", role="cashier"))
    refused = asked(app, balance)
    assert refused.exchange.reason == "v3.MerchantBalance needs the account of a super admin, not of a cashier."
    assert create(app)["status"] is True


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), json_values, max_size=4), st.text(max_size=9))
def test_envelopes_are_compact_json_with_their_keys_in_order(data: dict[str, Any], code: str) -> None:
    def compact(**envelope: Any) -> bytes:
        return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()

    assert success_envelope(data) == compact(status=True, code="200", data=data, message="")
    assert report_envelope(data) == compact(status=True, code=200, message="", data=data)
    assert failure_envelope(code, code[::-1]) == compact(status=False, code=code, data=[], message=code[::-1])

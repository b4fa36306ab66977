"""What a slice of due work does and what is stored of a delivery: no threads, no sockets."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from mockserver.clock import Clocks, ClockSetting, FrozenClock
from mockserver.delivery.destination import DeliveryRules
from mockserver.delivery.dispatcher import Delivery, DeliveryResult
from mockserver.domain.notifications.notification import Attempt, Notification, describe
from mockserver.domain.payments.payment import Payment
from mockserver.domain.payments.transitions import begin_payment
from mockserver.domain.states import PlannedTransition
from mockserver.domain.timeline import CLOCK_TIMELINE, NOTIFICATION, Event, Task
from mockserver.masking import Secrets
from mockserver.scheduler.work import DueWork, Slice
from mockserver.store.memory import MemoryStore, MemoryUnit
from tests.domain.samples import ANNA, NOTIFY_URL, NOW, payment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mockserver.clock import ChangeSetting
    from mockserver.domain.unit_of_work import UnitOfWork

T = TypeVar("T")
RULES = DeliveryRules((15_000, 30_000), 10.0)


class ClaimingUnit(MemoryUnit):
    """Notes for how many seconds deliveries are claimed."""

    claimed_for: list[float]

    def claim_deliveries(self, now: int, limit: int, seconds: float) -> list[Notification]:
        claimed = super().claim_deliveries(now, limit, seconds)
        self.claimed_for += [seconds] * len(claimed)
        return claimed


class ClaimingStore(MemoryStore):
    def __init__(self, journal_size: int) -> None:
        super().__init__(journal_size)
        self.claimed_for: list[float] = []

    def perform(self, user: str, work: Callable[[UnitOfWork], T]) -> T:
        unit = ClaimingUnit(self._accounts[user], self.announce_commit)
        unit.claimed_for = self.claimed_for
        with unit:
            return work(unit)


class Desk:
    """Due work of one account on a frozen clock, and the attempts that a listener has heard of."""

    def __init__(self) -> None:
        self.store = ClaimingStore(3)
        self.account = self.store.open_account(replace(ANNA, clock=ClockSetting("frozen", NOW, NOW, 0)))
        self.machine = FrozenClock(NOW)
        self.clocks = Clocks(self.machine, self._setting, self._change_clock)
        self.heard: list[tuple[str, Notification, Attempt]] = []
        secrets = Secrets(keys=self.store.secret_keys)
        self.work = DueWork(self.store, self.clocks, RULES, secrets, [lambda *attempt: self.heard.append(attempt)])

    def _setting(self, user: str) -> ClockSetting | None:
        account = self.store.known_account(user)
        return None if account is None else account.clock

    def _change_clock(self, user: str, change: ChangeSetting) -> None:
        self.store.change_account(user, lambda account: replace(account, clock=change(account.clock)))

    def do_slice(self, user: str = "anna") -> Slice:
        return asyncio.run(self.work.do_slice(user))

    def run_at(self, rate: float) -> None:
        """Let the account's clock run so many times as fast as the machine's."""
        self.clocks.of("anna").run(ClockSetting("scaled", NOW, NOW, rate))

    def pay(self, *trade_ids: str, at: int = NOW) -> None:
        """Begin payments that are paid at an instant."""
        with self.store.unit("anna") as unit:
            for trade_id in trade_ids:
                begin_payment(unit, payment(trade_id, plan=(PlannedTransition(at, "paid"),)), 1)

    def notify(self, *numbers: int, **changes: Any) -> None:
        """Plan the delivery of notifications for now."""
        with self.store.unit("anna") as unit:
            for number in numbers:
                made = Notification(number, "t1", "payment", "paid", NOW, NOTIFY_URL, b"{}", "pending")
                unit.save_notification(made._replace(**changes))
                unit.schedule(Task(NOW, NOTIFICATION, str(number)))

    def answer(self, status: int | None = 200, answer: bytes = b"ok", error: str = "", **changes: Any) -> None:
        """Store the result of the delivery of notification 1."""
        delivery = Delivery("anna", self.account.generation, 1, "t1", NOW, NOTIFY_URL, b"{}")
        result = DeliveryResult(NOTIFY_URL, status, answer, error, 12)._replace(**changes)
        asyncio.run(self.work.store_result(delivery, result))

    def attempts(self) -> list[Attempt]:
        with self.store.read("anna") as view:
            return view.attempts(1)

    def state(self) -> str:
        with self.store.read("anna") as view:
            notification = view.notification(1)
        assert notification is not None
        return notification.state

    def tasks(self) -> list[Task]:
        with self.store.read("anna") as view:
            return view.every_task()


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.store.close()


def test_a_claim_lasts_longer_than_a_delivery_can() -> None:
    assert RULES.claim_lasts == 25_000
    assert DeliveryRules((), 0.25).claim_lasts == 5_500


@pytest.mark.parametrize(("retry_plan", "soonest"), [((15_000, 30_000), 15_000), ((), 25_000), ((60_000,), 25_000)])
def test_a_retry_or_the_end_of_a_claim_is_the_soonest_consequence(retry_plan: tuple[int, ...], soonest: int) -> None:
    assert RULES._replace(retry_plan=retry_plan).soonest_consequence == soonest


def test_a_slice_performs_what_is_due_and_claims_the_deliveries_that_follow(desk: Desk) -> None:
    desk.pay("t1")
    done = desk.do_slice()
    assert done.tasks == 2
    assert [(event.kind, event.text) for event in done.events] == [("state", "paid"), ("notification", "paid")]
    [delivery] = done.deliveries
    with desk.store.read("anna") as view:
        [notification] = view.notifications("t1")
    assert delivery == Delivery("anna", desk.account.generation, 1, "t1", NOW, NOTIFY_URL, notification.body)
    assert delivery.content_type == "application/json"


@pytest.mark.parametrize("rate", [0.5, 1, 1000, 1_000_000])
def test_a_claim_lasts_its_real_time_on_a_fast_clock_too(desk: Desk, rate: float) -> None:
    """Else a delivery under way would be claimed again and again, every few milliseconds."""
    desk.run_at(rate)
    desk.notify(1)
    assert len(desk.do_slice().deliveries) == 1
    assert desk.store.claimed_for == [25.0]
    desk.machine.advance(RULES.claim_lasts - 1)
    assert desk.do_slice().tasks == 0
    desk.answer(500)
    desk.machine.advance(round(15_000 / rate) + 1)
    assert desk.do_slice().tasks == 1, "it is tried again"


def test_what_is_not_due_is_left(desk: Desk) -> None:
    desk.pay("t1", at=NOW + 1)
    assert desk.do_slice() == Slice(0, [], [])


def test_a_slice_performs_what_falls_due_when_the_clock_is_moved(desk: Desk) -> None:
    desk.pay("t1", at=NOW + 1)
    desk.clocks.of("anna").move_to(NOW + 1)
    assert desk.do_slice().tasks == 2
    assert desk.clocks.of("anna").now() == NOW + 1


def test_there_is_no_work_for_an_account_that_is_gone(desk: Desk) -> None:
    assert desk.do_slice("nobody") == Slice(0, [], [])


def test_a_slice_in_memory_has_at_most_10_transitions_and_10_deliveries(desk: Desk) -> None:
    """It runs on the event loop, where payments wait for its end."""
    desk.pay(*(f"t{number}" for number in range(11)))
    assert (desk.do_slice().tasks, desk.do_slice().tasks) == (20, 2)
    desk.notify(*range(31, 42))
    assert [len(desk.do_slice().deliveries) for _ in range(3)] == [10, 1, 0]


def test_a_claimed_delivery_stays_in_the_store_until_its_result_is_stored(desk: Desk) -> None:
    """Else a notification would be lost with the process that sends it."""
    desk.notify(1)
    desk.do_slice()
    assert desk.tasks() == [Task(NOW, NOTIFICATION, "1")]
    assert desk.store.next_due("anna") is None
    desk.answer()
    assert desk.tasks() == []


def test_only_pending_notifications_are_delivered(desk: Desk) -> None:
    desk.notify(1, state="accepted")
    with desk.store.unit("anna") as unit:
        unit.schedule(Task(NOW, NOTIFICATION, "77"))
    done = desk.do_slice()
    assert (done.tasks, done.deliveries, desk.tasks()) == (0, [], [])


def test_notifications_of_a_trade_go_one_after_the_other_unless_they_are_concurrent(desk: Desk) -> None:
    desk.notify(1, 2)
    desk.notify(3, 4, concurrent=True)
    assert [one.sequence for one in desk.do_slice().deliveries] == ["t1", "t1", "t1 3", "t1 4"]


def test_a_delivery_has_the_content_type_of_its_form(desk: Desk) -> None:
    desk.notify(1, form="resultData")
    [delivery] = desk.do_slice().deliveries
    assert delivery.content_type == "application/x-www-form-urlencoded"


def test_an_accepted_notification_is_done_with(desk: Desk) -> None:
    desk.notify(1)
    desk.answer()
    made = Attempt(1, 1, NOW, NOTIFY_URL, b"{}", 200, b"ok", "", 12)
    assert desk.attempts() == [made]
    assert (desk.state(), desk.tasks()) == ("accepted", [])
    assert [(user, told.number, attempt) for user, told, attempt in desk.heard] == [("anna", 1, made)]
    with desk.store.read("anna") as view:
        assert view.events("t1") == [Event("t1", NOW, "attempt", 1, "accepted", 12)]


def test_an_attempt_without_an_answer_has_no_duration_on_the_timeline(desk: Desk) -> None:
    desk.notify(1)
    desk.answer(None, b"", "connection refused")
    with desk.store.read("anna") as view:
        [event] = view.events("t1")
    assert event.duration is None
    assert re.fullmatch(r"not delivered: connection refused; next try at \d\d:\d\d:\d\d UTC, in 15s", event.text)


def test_a_notification_that_is_not_accepted_is_tried_again_until_the_plan_ends(desk: Desk) -> None:
    desk.notify(1)
    for planned in ([NOW + 15_000], [NOW + 30_000], []):
        assert desk.state() == "pending"
        desk.answer(500)
        assert [task.at for task in desk.tasks()] == planned
    assert desk.state() == "given up"
    assert [attempt.number for attempt in desk.attempts()] == [1, 2, 3]


@pytest.mark.parametrize("earlier", [0, 2])
def test_an_accepted_notification_stays_accepted_when_a_process_that_stood_still_ends_its_attempt(
    desk: Desk, earlier: int
) -> None:
    desk.notify(1)
    for _ in range(earlier):
        desk.answer(500)
    desk.answer()
    desk.answer(None, b"", "timed out")
    assert (desk.state(), desk.tasks()) == ("accepted", [])
    assert len(desk.attempts()) == earlier + 2


def test_a_notification_to_a_refused_address_is_not_sent_and_not_tried_again(desk: Desk) -> None:
    desk.notify(1)
    desk.answer(None, b"", "the gateway's own host", refused=True)
    assert [attempt.sent for attempt in desk.attempts()] == [b""]
    assert (desk.state(), desk.tasks()) == ("refused", [])


@pytest.mark.parametrize("key", [ANNA.secret_key, "short"])
def test_the_key_of_the_account_is_not_stored_from_an_answer(desk: Desk, key: str) -> None:
    desk.store.change_account("anna", lambda account: replace(account, secret_key=key))
    desk.notify(1)
    desk.answer(500, f"<{key}>".encode(), f"wrong {key}")
    assert [(attempt.answer, attempt.error) for attempt in desk.attempts()] == [(b"<***>", "wrong ***")]


def test_nothing_is_stored_for_an_account_that_was_emptied_or_dropped(desk: Desk) -> None:
    desk.notify(1)
    desk.store.empty_account("anna")
    desk.notify(1)
    desk.answer()
    assert desk.attempts() == []
    desk.store.drop_account("anna")
    desk.answer()
    assert desk.heard == []


def test_nothing_is_stored_of_a_notification_that_does_not_exist(desk: Desk) -> None:
    desk.answer()
    assert desk.attempts() == []
    assert desk.heard == []


def test_a_change_of_the_clock_is_noted_if_there_is_the_account(desk: Desk) -> None:
    desk.work.note_clock("anna", NOW, "moved")
    desk.work.note_clock("nobody", NOW, "moved")
    with desk.store.read("anna") as view:
        assert view.every_event() == [Event(CLOCK_TIMELINE, NOW, "clock", 0, "moved")]
        assert view.every(Payment) == []


@pytest.mark.parametrize(
    ("status", "answer", "text"),
    [
        (200, b"ok\n", "accepted"),
        (None, b"", "not delivered: it broke"),
        (404, b"ok", "not accepted: answered HTTP 404"),
        (299, b" \n", "not accepted: answered 299 with nothing instead of ok"),
        (200, b" bad ", "not accepted: answered 200 with 'bad' instead of ok"),
    ],
)
def test_an_attempt_is_described(status: int | None, answer: bytes, text: str) -> None:
    assert describe(Attempt(1, 1, NOW, NOTIFY_URL, b"{}", status, answer, "" if status else "it broke", 12)) == text


@pytest.mark.parametrize(
    ("status", "answer", "error", "text"),
    [
        (
            301,
            b"",
            "redirects to https://shop.example/n",
            "HTTP 301, redirects to https://shop.example/n; redirects are",
        ),
        (200, "\u00a0ok".encode(), "", "'[no-break space]ok' instead of ok; remove the invisible characters"),
        (200, "\ufeffok".encode(), "", "'[byte order mark]ok' instead of ok; remove the invisible characters"),
        (200, "o\u200bk".encode(), "", "'o[zero width space]k' instead of ok; remove the invisible characters"),
        (200, b"Ok", "", "; write it in lower case"),
        (200, b'"ok"', "", "; write it without quotes"),
        (200, b"<br>\nok", "", "; an HTML page or a warning came with it"),
        (200, b'{"a":"ok"}', "", "; answer with the plain text, not with JSON"),
        (200, b"ok", "compressed with gzip", "'ok', compressed with gzip, instead of ok; answer without compression"),
    ],
)
def test_what_a_wrong_answer_has_is_named(status: int, answer: bytes, error: str, text: str) -> None:
    made = Attempt(1, 1, NOW, NOTIFY_URL, b"{}", status, answer, error, 12)
    assert not made.accepted
    assert text in describe(made)


def test_the_first_40_bytes_of_an_answer_are_shown() -> None:
    whole, cut = (describe(Attempt(1, 1, NOW, NOTIFY_URL, b"", 200, b"x" * count, "", 1)) for count in (40, 41))
    assert f"with {'x' * 40!r} instead" in whole
    assert f"with {'x' * 40 + '…'!r} instead" in cut

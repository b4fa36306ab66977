"""Which notifications a change of state makes, when they are delivered, and what each fault does to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mockserver.client import InvalidNotificationError, verify_notification
from mockserver.domain.notifications.notification import Notification, NotificationFaults
from mockserver.domain.notifications.outbox import StateChange, notify, wrong_key
from mockserver.domain.notifications.payload import encoded
from mockserver.domain.timeline import NOTIFICATION, Event, Task
from tests.domain.samples import ANNA, NOTIFY_URL, NOW, delivery_instants, notified, texts

if TYPE_CHECKING:
    from mockserver.domain.unit_of_work import UnitOfWork

NO_FAULTS = NotificationFaults()


def change(state: str = "paid", timeline: str = "t1", at: int = NOW, **changes: Any) -> StateChange:
    data = {"trade_id": timeline, "state": state}
    return StateChange("payment", timeline, state, NOTIFY_URL, data, at)._replace(**changes)


def send(unit: UnitOfWork, state: str = "paid", timeline: str = "t1", at: int = NOW, **faults: Any) -> None:
    """Notify of a change with faults."""
    notify(unit, ANNA, change(state, timeline, at, faults=NO_FAULTS._replace(**faults)))


def states(unit: UnitOfWork, timeline: str = "t1") -> list[str]:
    return [one.state for one in unit.notifications(timeline)]


def notes(unit: UnitOfWork, timeline: str = "t1") -> list[str]:
    return texts(unit, timeline, "notification")


def test_a_change_is_notified_at_once_and_signed(unit: UnitOfWork) -> None:
    notify(unit, ANNA, change())
    [made] = unit.notifications("t1")
    assert made == Notification(1, "t1", "payment", "paid", NOW, NOTIFY_URL, made.body, "pending")
    assert notified(unit) == [{"trade_id": "t1", "state": "paid"}]
    assert unit.every_task() == [Task(NOW, NOTIFICATION, "1")]
    assert unit.events("t1") == [Event("t1", NOW, "notification", 1, "paid")]


@pytest.mark.parametrize("faults", [None, NO_FAULTS._replace(copies=2)])
def test_nothing_is_notified_without_a_url(unit: UnitOfWork, faults: NotificationFaults | None) -> None:
    notify(unit, ANNA, change(url="", faults=faults))
    assert unit.notifications("t1") == []
    assert unit.every_task() == []


@pytest.mark.parametrize("faults", [None, NO_FAULTS])
def test_the_data_of_a_payout_comes_before_its_sign_and_that_of_others_after_it(
    unit: UnitOfWork, faults: NotificationFaults | None
) -> None:
    for of_type in ("payout", "payment"):
        notify(unit, ANNA, change(type=of_type, faults=faults))
    assert [one.body.startswith(b'{"data":') for one in unit.notifications("t1")] == [True, False]


def test_faults_that_change_nothing_leave_the_notification_as_it_is(unit: UnitOfWork) -> None:
    send(unit)
    notify(unit, ANNA, change())
    faulty, plain = unit.notifications("t1")
    assert faulty._replace(number=2) == plain
    assert notes(unit) == ["paid", "paid"]
    assert delivery_instants(unit) == {1: 0, 2: 0}


def test_a_delayed_notification_is_created_now_and_delivered_later(unit: UnitOfWork) -> None:
    send(unit, delay=2000)
    assert [one.created_at for one in unit.notifications("t1")] == [NOW]
    assert delivery_instants(unit) == {1: 2000}
    assert notes(unit) == ["paid, delayed by 2s"]


def test_copies_are_the_same_notification_with_numbers_of_their_own(unit: UnitOfWork) -> None:
    send(unit, copies=3, delay=1)
    assert [one.number for one in unit.notifications("t1")] == [1, 2, 3]
    assert len({one.body for one in unit.notifications("t1")}) == 1
    assert delivery_instants(unit) == {1: 1, 2: 1, 3: 1}
    assert notes(unit) == [f"paid, delayed by 1ms, copy {copy} of 3" for copy in (1, 2, 3)]
    assert not any(one.concurrent for one in unit.notifications("t1"))


def test_concurrent_copies_wait_for_no_other(unit: UnitOfWork) -> None:
    send(unit, copies=2, concurrent=True)
    assert [one.concurrent for one in unit.notifications("t1")] == [True, True]
    assert notes(unit) == ["paid, copy 1 of 2 at once", "paid, copy 2 of 2 at once"]


def test_a_dropped_notification_is_on_record_and_never_delivered(unit: UnitOfWork) -> None:
    send(unit, dropped=True)
    assert states(unit) == ["dropped"]
    assert unit.every_task() == []
    assert notes(unit) == ["paid, dropped"]


def test_a_dropped_notification_is_not_held_either(unit: UnitOfWork) -> None:
    send(unit, dropped=True, after_next=True)
    send(unit)
    assert states(unit) == ["dropped", "pending"]


def test_a_forged_notification_does_not_verify_with_the_key_of_the_account(unit: UnitOfWork) -> None:
    send(unit, wrong_signature=True)
    [forged] = unit.notifications("t1")
    with pytest.raises(InvalidNotificationError, match="does not match"):
        verify_notification(forged.body, ANNA.secret_key)
    assert verify_notification(forged.body, wrong_key(ANNA.secret_key)).data["state"] == "paid"
    assert notes(unit) == ["paid, signed with a wrong key"]


def test_replaced_fields_are_signed(unit: UnitOfWork) -> None:
    send(unit, fields=(("amount", "0.01"), ("trade_id", "t9")))
    assert notified(unit) == [{"trade_id": "t9", "state": "paid", "amount": "0.01"}]
    assert notes(unit) == ["paid, with a wrong amount and trade_id"]
    assert [one.notified_state for one in unit.notifications("t1")] == ["paid"]


def test_a_replaced_state_is_the_notified_one(unit: UnitOfWork) -> None:
    send(unit, fields=(("state", "refunded"),))
    assert [one.notified_state for one in unit.notifications("t1")] == ["refunded"]
    assert notes(unit) == ["refunded, with a wrong state"]


@pytest.mark.parametrize("form", ["resultData", "percent-encoded"])
def test_a_notification_may_have_another_encoding(unit: UnitOfWork, form: Any) -> None:
    send(unit, form=form)
    notify(unit, ANNA, change())
    other, plain = unit.notifications("t1")
    assert (other.form, other.body) == (form, encoded(plain.body, form))
    assert notes(unit) == [f"paid, as {form}", "paid"]


def test_all_faults_are_described_in_one_note(unit: UnitOfWork) -> None:
    send(unit, delay=60_000, wrong_signature=True, after_next=True, copies=2, form="resultData")
    note = "paid, held until the next one, delayed by 1m, signed with a wrong key, as resultData, copy {} of 2"
    assert notes(unit) == [note.format(1), note.format(2)]


def test_a_held_notification_is_delivered_with_the_next_of_its_trade(unit: UnitOfWork) -> None:
    send(unit, "verify", after_next=True)
    assert states(unit) == ["held"]
    assert unit.every_task() == []
    notify(unit, ANNA, change(at=NOW + 5))
    assert states(unit) == ["pending", "pending"]
    assert [task.about for task in unit.every_task()] == ["2", "1"]
    assert delivery_instants(unit) == {1: 5, 2: 5}
    assert notes(unit) == ["verify, held until the next one", "paid", "verify, held until now"]
    assert unit.events("t1")[-1] == Event("t1", NOW + 5, "notification", 1, "verify, held until now")


def test_a_held_notification_follows_a_next_one_that_is_delayed(unit: UnitOfWork) -> None:
    send(unit, "verify", after_next=True)
    send(unit, delay=700)
    assert states(unit) == ["pending", "pending"]
    assert delivery_instants(unit) == {1: 700, 2: 700}


def test_a_held_notification_does_not_follow_one_of_another_trade(unit: UnitOfWork) -> None:
    send(unit, "verify", after_next=True)
    notify(unit, ANNA, change(timeline="t2"))
    send(unit, timeline="t2")
    assert states(unit) == ["held"]


def test_a_held_notification_waits_for_one_that_is_not_held_itself(unit: UnitOfWork) -> None:
    send(unit, "verify", after_next=True)
    send(unit, after_next=True)
    assert states(unit) == ["held", "held"]
    notify(unit, ANNA, change("cancelled"))
    assert states(unit) == ["pending", "pending", "pending"]
    assert [task.about for task in unit.every_task()] == ["3", "1", "2"]


def test_only_held_notifications_are_released(unit: UnitOfWork) -> None:
    send(unit, "verify", dropped=True)
    send(unit, "verify", after_next=True)
    notify(unit, ANNA, change())
    assert states(unit) == ["dropped", "pending", "pending"]
    assert notes(unit)[-1] == "verify, held until now"


def test_a_released_notification_is_not_released_again(unit: UnitOfWork) -> None:
    send(unit, "verify", after_next=True)
    for _ in range(2):
        notify(unit, ANNA, change())
    assert notes(unit).count("verify, held until now") == 1


def test_the_oldest_notification_of_a_trade_is_sent_again_in_its_old_state(unit: UnitOfWork) -> None:
    notify(unit, ANNA, change("processing", at=NOW - 5))
    send(unit, replay_after=900, delay=100)
    first, paid, again = unit.notifications("t1")
    assert again == first._replace(number=3, created_at=NOW + 900)
    assert delivery_instants(unit) == {1: -5, 2: 100, 3: 900}
    assert paid.notified_state == "paid"
    assert notes(unit) == ["processing", "paid, delayed by 100ms", "processing, resent"]


def test_a_replay_sends_what_was_dropped_before(unit: UnitOfWork) -> None:
    send(unit, dropped=True, replay_after=0)
    assert states(unit) == ["dropped", "pending"]
    assert delivery_instants(unit) == {2: 0}

"""The compact forms of events, notifications and lists: what is read is what was stored, and what was added is undone."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.domain.notifications.notification import NotificationState
from mockserver.domain.notifications.payload import signed_body
from mockserver.domain.timeline import Event
from mockserver.store.compact import Lists, Notifications, Shared, Timelines, pack, unpack
from tests.store.samples import attempt, notification

BODIES = [
    signed_body({"type": "payment", "user": "anna", "order_id": f"o{number}", "demo": demo}, "key")
    for number, demo in enumerate(("a", "", "分账 🍵", "line\nbreak", "\\\\", "{}:,"))
]


def test_a_list_of_one_value_is_the_value() -> None:
    lists: Lists[str, int] = Lists()
    assert lists.of("a") == ()
    for number in (1, 2, 3):
        lists.add("a", number)
        lists.add("b" * number, number)
    assert lists.values == {"a": [1, 2, 3], "b": 1, "bb": 2, "bbb": 3}
    assert (list(lists.of("a")), list(lists.of("b"))) == ([1, 2, 3], [1])


def test_what_was_added_to_a_list_is_removed_without_a_trace() -> None:
    lists: Lists[str, int] = Lists()
    for number in (1, 2, 3):
        lists.add("a", number)
    for left in ([1, 2], [1], []):
        lists.remove_last("a")
        assert list(lists.of("a")) == left
    assert lists.values == {}


def test_a_timeline_of_any_length_is_read_and_undone() -> None:
    timelines, events = Timelines(), [Event("t1", at, "state", 0, f"event {at}", at % 3 or None) for at in range(120)]
    for number, event in enumerate(events):
        timelines.add(event)
        assert timelines.of("t1") == events[: number + 1]
    timelines.add(events[0]._replace(timeline="t2"))
    while events:
        assert timelines.of("t1") == events
        timelines.remove_last("t1")
        events.pop()
    assert list(timelines.flat) == ["t2"]


def test_a_long_timeline_is_extended_in_place() -> None:
    timelines = Timelines()
    for at in range(60):
        timelines.add(Event("clock", at, "clock", 0, "advanced"))
    flat = timelines.flat["clock"]
    timelines.add(Event("clock", 60, "clock", 0, "advanced"))
    assert timelines.flat["clock"] is flat


@pytest.mark.parametrize("body", BODIES)
def test_a_body_is_restored_byte_for_byte(body: bytes) -> None:
    assert unpack(*pack(body)) == body


@given(
    st.lists(st.sampled_from([b'"', b"a", b"\xff", b":", b"\\", b",", b"{", b"\n", b"\x00"]), max_size=60).map(b"".join)
)
def test_any_bytes_are_restored(body: bytes) -> None:
    assert unpack(*pack(body)) == body


def test_bodies_with_the_same_names_have_the_same_shape() -> None:
    shapes, values = zip(*map(pack, BODIES), strict=True)
    assert b"order_id" in shapes[0]
    assert set(shapes) == {shapes[0]}
    assert not any(b"order_id" in one for one in values)
    assert pack(BODIES[0].replace(b"demo", b"other"))[0] not in {b"", shapes[0]}


def test_what_rows_have_in_common_is_stored_once_until_there_is_too_much() -> None:
    shared = Shared()
    first = shared.stored((0,))
    assert [shared.stored((number,)) for number in range(1, 500)] == [(number,) for number in range(1, 500)]
    assert shared.stored((500,)) is None
    assert shared.stored((int("0"),)) is first


def test_notifications_of_ever_new_shapes_are_kept_as_they_are() -> None:
    notifications, bodies = (
        Notifications(),
        [signed_body({"type": "payment", f"name{number}": "a"}, "key") for number in range(600)],
    )
    for number, body in enumerate(bodies):
        notifications.save(notification(number)._replace(state="accepted", body=body))
    assert [one.body for one in notifications.newest()] == bodies[::-1]
    assert (bodies[0] in notifications.rows[0], bodies[-1] in notifications.rows[599]) == (False, True)


def test_events_and_notifications_share_what_many_have() -> None:
    timelines, notifications = Timelines(), Notifications()
    for number, timeline in ((1, "t1"), (2, "t2")):
        timelines.add(Event(timeline, number, "state", 0, "paid"))
        notifications.save(notification(number, timeline))
    assert timelines.flat["t1"][2] is timelines.flat["t2"][2]
    assert notifications.rows[1][5] is notifications.rows[2][5]


@pytest.mark.parametrize("state", get_args(NotificationState))
def test_a_notification_is_read_as_it_was_saved(state: NotificationState) -> None:
    notifications, saved = Notifications(), notification()._replace(state=state, body=BODIES[2], form="resultData")
    notifications.save(saved)
    assert notifications.get(1) == saved
    assert notifications.of("t1") == list(notifications.newest()) == [saved]
    assert notifications.attempts(1) == []


def test_the_body_is_small_once_no_delivery_waits_for_it() -> None:
    notifications, saved = Notifications(), notification()._replace(body=BODIES[0])
    notifications.save(saved)
    before = notifications.rows[1]
    notifications.save(saved._replace(state="accepted"))
    assert BODIES[0] in before
    assert BODIES[0] not in notifications.rows[1]
    assert notifications.get(1) == saved._replace(state="accepted")


def test_attempts_share_the_body_that_they_sent() -> None:
    notifications, saved = Notifications(), notification()._replace(body=BODIES[0])
    notifications.save(saved)
    made = [attempt(1, None)._replace(sent=BODIES[0]), attempt(2), attempt(3)._replace(sent=b"")]
    for one in made:
        notifications.add_attempt(one)
    for then in (saved, saved._replace(state="accepted")):
        notifications.save(then)
        assert notifications.attempts(1) == made
        assert BODIES[0] not in notifications.rows[1][9]


def test_attempts_share_the_address_and_the_acknowledgement() -> None:
    notifications = Notifications()
    for number in (1, 2):
        notifications.save(notification(number))
        sent = notification(number).body
        url, answer = f"http://127.0.0.1/{'notify'.lower()}", bytes(bytearray(b"ok"))
        notifications.add_attempt(attempt(1)._replace(notification=number, url=url, sent=sent, answer=answer))
    first, second = (notifications.attempts(number)[0] for number in (1, 2))
    assert first.url is second.url
    assert first.answer is second.answer


def test_an_attempt_keeps_what_it_sent_when_the_body_changes() -> None:
    notifications, saved = Notifications(), notification()._replace(body=BODIES[0])
    notifications.save(saved)
    made = [attempt(1, None)._replace(sent=BODIES[0]), attempt(2)]
    for one in made:
        notifications.add_attempt(one)
    notifications.save(saved._replace(body=b"broken"))
    assert notifications.attempts(1) == made
    saved = notifications.get(1) or saved
    assert saved.body == b"broken"


def test_notifications_and_attempts_are_undone() -> None:
    notifications = Notifications()
    steps = [(1, notifications.save(notification()))]
    rows = [{}, notifications.rows.copy()]
    steps.append((1, notifications.add_attempt(attempt(1))))
    rows.append(notifications.rows.copy())
    steps.append((1, notifications.save(notification()._replace(state="accepted"))))
    for (number, before), then in zip(reversed(steps), reversed(rows), strict=True):
        notifications.restore(number, before)
        assert notifications.rows == then
    assert (notifications.of("t1"), notifications.numbers_of.values) == ([], {})

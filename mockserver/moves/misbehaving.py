"""Notifications that misbehave as a scenario says: late, twice, out of order, untrue, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockserver.durations import duration_text
from mockserver.notify.payload import encoded, signed_body
from mockserver.notify.plan import Notification
from mockserver.payments.telling import Telling
from mockserver.store.contract import Event, Task

if TYPE_CHECKING:
    from mockserver.moves.story import News
    from mockserver.notify.plan import NotificationState
    from mockserver.store.contract import Account, UnitOfWork

HELD = "held"
"""The series that counts the notifications of an account that were held; 0 means that none is to be looked for."""


def tell_otherwise(unit: UnitOfWork, account: Account, news: News, data: dict[str, Any], at: int) -> None:
    """Have a change told in the way that its news say."""
    telling = news.telling or Telling()
    untrue = dict(telling.fields)
    key = wrong_key(account.secret_key) if telling.wrong_signature else account.secret_key
    body = signed_body({**data, **untrue}, key, data_first=news.type == "payout")
    state: NotificationState = "dropped" if telling.dropped else "held" if telling.after_next else "pending"
    first = Notification(
        0, news.timeline, news.type, untrue.get("state", news.told), at, news.url, encoded(body, telling.form), state,
        telling.form, telling.concurrent,
    )  # fmt: skip
    numbers = [_add(unit, first, at + telling.delay, note) for note in _notes(telling, tuple(untrue))]
    if telling.replay_after is not None:
        _replay(unit, news.timeline, at + telling.replay_after)
    if telling.after_next:
        unit.next_number(HELD)
    elif unit.last_number(HELD):
        release(unit, news.timeline, numbers[0], at + telling.delay)


def wrong_key(secret_key: str) -> str:
    """A key that no merchant signs with."""
    return f"not {secret_key}"


def release(unit: UnitOfWork, timeline: str, number: int, at: int) -> None:
    """Have the notifications sent that waited for one with this number."""
    for held in unit.notifications(timeline):
        if held.state == "held" and held.number < number:
            unit.save_notification(held._replace(state="pending"))
            unit.add_event(Event(timeline, at, "notification", held.number, f"{held.told}, held until now"))
            unit.schedule(Task(at, "notification", str(held.number)))


def _add(unit: UnitOfWork, made: Notification, at: int, note: str) -> int:
    notification = made._replace(number=unit.next_number("notifications"))
    unit.save_notification(notification)
    text = f"{notification.told}{note}"
    unit.add_event(Event(notification.timeline, notification.created_at, "notification", notification.number, text))
    if notification.state == "pending":
        unit.schedule(Task(at, "notification", str(notification.number)))
    return notification.number


def _notes(telling: Telling, untrue: tuple[str, ...]) -> list[str]:
    """What the timeline says of each copy beside the state that it tells."""
    said = {
        "dropped": telling.dropped,
        "held until the next one": telling.after_next,
        f"delayed by {duration_text(telling.delay)}": telling.delay > 0,
        "signed with a wrong key": telling.wrong_signature,
        f"untrue {' and '.join(untrue)}": bool(untrue),
        f"as {telling.form}": telling.form != "json",
    }
    note = "".join(f", {text}" for text, holds in said.items() if holds)
    if telling.copies == 1:
        return [note]
    together = " at once" if telling.concurrent else ""
    return [f"{note}, copy {copy} of {telling.copies}{together}" for copy in range(1, telling.copies + 1)]


def _replay(unit: UnitOfWork, timeline: str, at: int) -> None:
    oldest = unit.notifications(timeline)[0]
    _add(unit, oldest._replace(created_at=at, state="pending"), at, ", sent once more")

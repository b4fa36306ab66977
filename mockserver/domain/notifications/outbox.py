"""What every change leaves behind: a line on a timeline, a notification, the next due task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.domain.notifications.faults import NotificationFaults
from mockserver.domain.notifications.notification import Notification
from mockserver.domain.notifications.payload import encoded, signed_body
from mockserver.domain.timeline import Event, Task
from mockserver.durations import duration_text

if TYPE_CHECKING:
    from mockserver.domain.accounts import Account
    from mockserver.domain.notifications.notification import NotificationState, NotificationType
    from mockserver.domain.states import PlannedTransition
    from mockserver.domain.timeline import TaskKind
    from mockserver.domain.unit_of_work import UnitOfWork


class News(NamedTuple):
    """A change that the merchant is told of: which notification, on which timeline, about which state, where to.

    `telling` says how the notification misbehaves, if it does.
    """

    type: NotificationType
    timeline: str
    notified_state: str
    url: str
    notification_faults: NotificationFaults | None = None


class Change(NamedTuple):
    """A change of state at an instant; `telling` says how its notification misbehaves, if it does."""

    state: str
    at: int
    notification_faults: NotificationFaults | None = None


def planned_change(plan: tuple[PlannedTransition, ...]) -> Change | None:
    """The first move of a plan, unless it waits for something."""
    if not plan or plan[0].at is None:
        return None
    return Change(plan[0].state, plan[0].at, plan[0].notification_faults)


def tell(unit: UnitOfWork, account: Account, news: News, data: dict[str, Any], at: int) -> None:
    """Have a notification sent at once; nothing is sent when the merchant gave no address."""
    if not news.url:
        return
    if news.notification_faults is not None:
        tell_otherwise(unit, account, news, data, at)
        return
    body = signed_body(data, account.secret_key, data_first=news.type == "payout")
    number = unit.next_number("notifications")
    unit.save_notification(
        Notification(number, news.timeline, news.type, news.notified_state, at, news.url, body, "pending")
    )
    unit.add_event(Event(news.timeline, at, "notification", number, news.notified_state))
    unit.schedule(Task(at, "notification", str(number)))
    if unit.last_number(HELD):
        release(unit, news.timeline, number, at)


def plan_next(unit: UnitOfWork, kind: TaskKind, identifier: str, step: PlannedTransition | None) -> None:
    """Have the next move made at its instant, or none if there is none or it waits for something."""
    if step is None or step.at is None:
        unit.cancel(Task(0, kind, identifier))
    else:
        unit.schedule(Task(step.at, kind, identifier))


HELD = "held"
"""The series that counts the notifications of an account that were held; 0 means that none is to be looked for."""


def tell_otherwise(unit: UnitOfWork, account: Account, news: News, data: dict[str, Any], at: int) -> None:
    """Have a change told in the way that its news say."""
    faults = news.notification_faults or NotificationFaults()
    untrue = dict(faults.fields)
    key = wrong_key(account.secret_key) if faults.wrong_signature else account.secret_key
    body = signed_body({**data, **untrue}, key, data_first=news.type == "payout")
    state: NotificationState = "dropped" if faults.dropped else "held" if faults.after_next else "pending"
    first = Notification(
        0, news.timeline, news.type, untrue.get("state", news.notified_state), at, news.url,
        encoded(body, faults.form), state, faults.form, faults.concurrent,
    )  # fmt: skip
    numbers = [_add(unit, first, at + faults.delay, note) for note in _notes(faults, tuple(untrue))]
    if faults.replay_after is not None:
        _replay(unit, news.timeline, at + faults.replay_after)
    if faults.after_next:
        unit.next_number(HELD)
    elif unit.last_number(HELD):
        release(unit, news.timeline, numbers[0], at + faults.delay)


def wrong_key(secret_key: str) -> str:
    """A key that no merchant signs with."""
    return f"not {secret_key}"


def release(unit: UnitOfWork, timeline: str, number: int, at: int) -> None:
    """Have the notifications sent that waited for one with this number."""
    for held in unit.notifications(timeline):
        if held.state == "held" and held.number < number:
            unit.save_notification(held._replace(state="pending"))
            unit.add_event(Event(timeline, at, "notification", held.number, f"{held.notified_state}, held until now"))
            unit.schedule(Task(at, "notification", str(held.number)))


def _add(unit: UnitOfWork, made: Notification, at: int, note: str) -> int:
    notification = made._replace(number=unit.next_number("notifications"))
    unit.save_notification(notification)
    text = f"{notification.notified_state}{note}"
    unit.add_event(Event(notification.timeline, notification.created_at, "notification", notification.number, text))
    if notification.state == "pending":
        unit.schedule(Task(at, "notification", str(notification.number)))
    return notification.number


def _notes(faults: NotificationFaults, untrue: tuple[str, ...]) -> list[str]:
    """What the timeline says of each copy beside the state that it tells."""
    said = {
        "dropped": faults.dropped,
        "held until the next one": faults.after_next,
        f"delayed by {duration_text(faults.delay)}": faults.delay > 0,
        "signed with a wrong key": faults.wrong_signature,
        f"untrue {' and '.join(untrue)}": bool(untrue),
        f"as {faults.form}": faults.form != "json",
    }
    note = "".join(f", {text}" for text, holds in said.items() if holds)
    if faults.copies == 1:
        return [note]
    together = " at once" if faults.concurrent else ""
    return [f"{note}, copy {copy} of {faults.copies}{together}" for copy in range(1, faults.copies + 1)]


def _replay(unit: UnitOfWork, timeline: str, at: int) -> None:
    oldest = unit.notifications(timeline)[0]
    _add(unit, oldest._replace(created_at=at, state="pending"), at, ", sent once more")

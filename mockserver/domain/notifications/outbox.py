"""The outbox: creates and schedules the notifications of changes of state, with their faults, and their attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.domain.notifications.notification import Attempt, Notification, describe, next_attempt, next_try
from mockserver.domain.notifications.payload import encoded, signed_body
from mockserver.domain.timeline import NOTIFICATION, Event, Task
from mockserver.durations import duration_text
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mockserver.domain.accounts import Account
    from mockserver.domain.notifications.notification import NotificationFaults, NotificationState
    from mockserver.domain.unit_of_work import UnitOfWork

_HELD_UNTIL_NOW, _RESENT = message("held until now"), message("resent")
HELD_NOTIFICATIONS = "held"
"""The series that counts held notifications of an account; at 0, no search for them is needed."""


class StateChange(NamedTuple):
    """A change of state to send to the merchant's `url`; `data` are the parameters of the payload."""

    type: str
    timeline: str
    state: str
    url: str
    data: dict[str, Any]
    at: int
    faults: NotificationFaults | None = None


def notify(unit: UnitOfWork, account: Account, change: StateChange) -> None:
    """Create and schedule the notification of a change; does nothing without a URL, or if it is to be silent."""
    if not change.url or (change.faults is not None and change.faults.silent):
        return
    if change.faults is not None:
        _notify_with_faults(unit, account, change, change.faults)
        return
    body = signed_body(change.data, account.secret_key, data_first=change.type == "payout")
    number, timeline, at = unit.next_number("notifications"), change.timeline, change.at
    unit.save_notification(Notification(number, timeline, change.type, change.state, at, change.url, body, "pending"))
    unit.add_event(Event(timeline, at, "notification", number, change.state))
    unit.schedule(Task(at, NOTIFICATION, str(number)))
    if unit.last_number(HELD_NOTIFICATIONS):
        _release_held(unit, timeline, number, at)


def wrong_key(secret_key: str) -> str:
    return f"not {secret_key}"


def _notify_with_faults(unit: UnitOfWork, account: Account, change: StateChange, faults: NotificationFaults) -> None:
    replaced, at = dict(faults.fields), change.at
    key = wrong_key(account.secret_key) if faults.wrong_signature else account.secret_key
    body = signed_body({**change.data, **replaced}, key, data_first=change.type == "payout")
    state: NotificationState = "dropped" if faults.dropped else "held" if faults.after_next else "pending"
    first = Notification(
        0, change.timeline, change.type, replaced.get("state", change.state), at, change.url,
        encoded(body, faults.form), state, faults.form, faults.concurrent,
        "wrong signature" if faults.wrong_signature else wrong_content(change.data, replaced),
    )  # fmt: skip
    numbers = [add_notification(unit, first, at + faults.delay, note) for note in _notes(faults, tuple(replaced))]
    if faults.replay_after is not None:
        replayed_at = at + faults.replay_after
        oldest = unit.notifications(change.timeline)[0]
        add_notification(unit, oldest._replace(created_at=replayed_at, state="pending"), replayed_at, f", {_RESENT}")
    if faults.after_next:
        unit.next_number(HELD_NOTIFICATIONS)
    elif unit.last_number(HELD_NOTIFICATIONS):
        _release_held(unit, change.timeline, numbers[0], at + faults.delay)


_TO_COMPARE = ("amount", "currency", "order_id", "trade_id", "user")
_SUCCESS = ("paid", "authorized")


def wrong_content(data: Mapping[str, Any], replaced: Mapping[str, str]) -> str:
    """The defect of a notification of `data` with `replaced` fields that a merchant should compare; may be empty."""
    wrong = [name for name in _TO_COMPARE if replaced.get(name, data.get(name)) != data.get(name)]
    if replaced.get("state") in _SUCCESS and data.get("state") not in _SUCCESS:
        wrong.append("state")
    return f"wrong {' and '.join(wrong)}" if wrong else ""


def _release_held(unit: UnitOfWork, timeline: str, number: int, at: int) -> None:
    """Schedule the notifications that are held until the one with this number."""
    for held in unit.notifications(timeline):
        if held.state == "held" and held.number < number:
            unit.save_notification(held._replace(state="pending"))
            unit.add_event(
                Event(timeline, at, "notification", held.number, f"{held.notified_state}, {_HELD_UNTIL_NOW}")
            )
            unit.schedule(Task(at, NOTIFICATION, str(held.number)))


def add_notification(unit: UnitOfWork, made: Notification, at: int, note: str) -> int:
    """Save a notification under the next number, which this returns, and schedule it if it is pending."""
    notification = made._replace(number=unit.next_number("notifications"))
    number = notification.number
    unit.save_notification(notification)
    text = f"{notification.notified_state}{note}"
    unit.add_event(Event(notification.timeline, notification.created_at, "notification", number, text))
    if notification.state == "pending":
        unit.schedule(Task(at, NOTIFICATION, str(number)))
    return number


def store_attempt(  # noqa: PLR0913 - all that decides what follows
    unit: UnitOfWork, notification: Notification, made: Attempt, retry_plan: Sequence[int], now: int, *,
    refused: bool = False,
) -> tuple[Attempt, str]:  # fmt: skip
    """Store an attempt under its next number, and schedule the one that follows, or end the delivery.

    `refused` is one that the sandbox does not send. Returns the attempt, and when the next one comes, in words.
    """
    earlier = unit.attempts(notification.number)
    attempt = made._replace(number=len(earlier) + 1)
    unit.add_attempt(attempt)
    over = refused or notification.once
    again = None if over else next_attempt([*earlier, attempt], retry_plan, now)
    text, took = describe(attempt, notification.defect), None if attempt.status is None else attempt.duration
    is_over = attempt.accepted or over or notification.state == "accepted"
    following = "" if is_over else next_try(again, now)
    text = f"{text}; {following}" if following else text
    unit.add_event(Event(notification.timeline, attempt.at, "attempt", notification.number, text, took))
    if notification.state == "accepted":
        return attempt, following  # by another process, as this one stood still for longer than its claim lasts
    task = Task(now, NOTIFICATION, str(notification.number))
    if again is not None:
        unit.schedule(task._replace(at=again))
        return attempt, following
    unit.cancel(task)
    ended: NotificationState = "refused" if refused else "accepted" if attempt.accepted else "given up"
    unit.save_notification(notification._replace(state=ended))
    return attempt, following


def _notes(faults: NotificationFaults, replaced: tuple[str, ...]) -> list[str]:
    """The texts on the timeline for each copy, after its state."""
    described = {
        message("dropped"): faults.dropped,
        message("held until the next one"): faults.after_next,
        message("delayed by {duration}").format(duration=duration_text(faults.delay)): faults.delay > 0,
        message("signed with a wrong key"): faults.wrong_signature,
        message("with a wrong {fields}").format(fields=" and ".join(replaced)): bool(replaced),
        message("as {form}").format(form=faults.form): faults.form != "json",
    }
    note = "".join(f", {text}" for text, applies in described.items() if applies)
    return [f"{note}{copy}" for copy in copy_notes(faults.copies, concurrent=faults.concurrent)]


def copy_notes(copies: int, *, concurrent: bool) -> list[str]:
    """The text on the timeline for each of several copies; empty for a single one."""
    if copies == 1:
        return [""]
    template = message("copy {copy} of {copies} at once") if concurrent else message("copy {copy} of {copies}")
    return [f", {template.format(copy=copy, copies=copies)}" for copy in range(1, copies + 1)]

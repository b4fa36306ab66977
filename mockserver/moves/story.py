"""What every change leaves behind: a line on a timeline, a notification, the next due task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.moves.misbehaving import HELD, release, tell_otherwise
from mockserver.notify.payload import signed_body
from mockserver.notify.plan import Notification
from mockserver.store.contract import Event, Task

if TYPE_CHECKING:
    from mockserver.notify.plan import NotificationType
    from mockserver.payments.states import PlannedMove
    from mockserver.payments.telling import Telling
    from mockserver.store.contract import Account, TaskKind, UnitOfWork


class News(NamedTuple):
    """A change that the merchant is told of: which notification, on which timeline, about which state, where to.

    `telling` says how the notification misbehaves, if it does.
    """

    type: NotificationType
    timeline: str
    told: str
    url: str
    telling: Telling | None = None


class Change(NamedTuple):
    """A change of state at an instant; `telling` says how its notification misbehaves, if it does."""

    state: str
    at: int
    telling: Telling | None = None


def planned_change(plan: tuple[PlannedMove, ...]) -> Change | None:
    """The first move of a plan, unless it waits for something."""
    if not plan or plan[0].at is None:
        return None
    return Change(plan[0].state, plan[0].at, plan[0].telling)


def tell(unit: UnitOfWork, account: Account, news: News, data: dict[str, Any], at: int) -> None:
    """Have a notification sent at once; nothing is sent when the merchant gave no address."""
    if not news.url:
        return
    if news.telling is not None:
        tell_otherwise(unit, account, news, data, at)
        return
    body = signed_body(data, account.secret_key, data_first=news.type == "payout")
    number = unit.next_number("notifications")
    unit.save_notification(Notification(number, news.timeline, news.type, news.told, at, news.url, body, "pending"))
    unit.add_event(Event(news.timeline, at, "notification", number, news.told))
    unit.schedule(Task(at, "notification", str(number)))
    if unit.last_number(HELD):
        release(unit, news.timeline, number, at)


def plan_next(unit: UnitOfWork, kind: TaskKind, identifier: str, step: PlannedMove | None) -> None:
    """Have the next move made at its instant, or none if there is none or it waits for something."""
    if step is None or step.at is None:
        unit.cancel(Task(0, kind, identifier))
    else:
        unit.schedule(Task(step.at, kind, identifier))

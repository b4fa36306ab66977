"""What every change leaves behind: a line on a timeline, a notification, the next due task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.notify.payload import signed_body
from mockserver.notify.plan import Notification
from mockserver.store.contract import Event, Task

if TYPE_CHECKING:
    from mockserver.notify.plan import NotificationType
    from mockserver.payments.states import PlannedMove
    from mockserver.store.contract import Account, TaskKind, UnitOfWork


class News(NamedTuple):
    """A change that the merchant is told of: which notification, on which timeline, about which state, where to."""

    type: NotificationType
    timeline: str
    told: str
    url: str


def tell(unit: UnitOfWork, account: Account, news: News, data: dict[str, Any], at: int) -> None:
    """Have a notification sent at once; nothing is sent when the merchant gave no address."""
    if not news.url:
        return
    body = signed_body(data, account.secret_key, data_first=news.type == "payout")
    number = unit.next_number("notifications")
    unit.save_notification(Notification(number, news.timeline, news.type, news.told, at, news.url, body, "pending"))
    unit.add_event(Event(news.timeline, at, "notification", number, news.told))
    unit.schedule(Task(at, "notification", str(number)))


def plan_next(unit: UnitOfWork, kind: TaskKind, identifier: str, step: PlannedMove | None) -> None:
    """Have the next move made at its instant, or none if there is none."""
    if step is None:
        unit.cancel(Task(0, kind, identifier))
    else:
        unit.schedule(Task(step.at, kind, identifier))

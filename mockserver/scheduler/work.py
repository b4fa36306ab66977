"""Performs due work in slices of one commit each, without threads and waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mockserver.delivery.dispatcher import Delivery
from mockserver.domain.kinds import do_due_transitions
from mockserver.domain.notifications.notification import (
    Attempt,
    Notification,
    NotificationState,
    describe,
    next_attempt,
)
from mockserver.domain.notifications.payload import CONTENT_TYPES
from mockserver.domain.timeline import CLOCK_TIMELINE, Event, Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.clock import Clocks
    from mockserver.delivery.destination import DeliveryRules
    from mockserver.delivery.dispatcher import DeliveryResult
    from mockserver.domain.accounts import Account
    from mockserver.domain.unit_of_work import UnitOfWork
    from mockserver.masking import Secrets
    from mockserver.store.contract import Store

    AttemptListener = Callable[[str, Notification, Attempt], None]


class Slice(NamedTuple):
    """The result of a slice: the number of tasks, the deliveries to send now, and the added events."""

    tasks: int
    deliveries: list[Delivery]
    events: list[Event]


class DueWork:
    """Performs the due work of accounts, and stores the results of deliveries.

    Due work is claimed by removing its tasks in the unit of work that performs it. A transition is performed in that
    unit, so it happens exactly once: either the claim and the transition are committed, or neither.

    A delivery is sent after the commit, because nothing may be sent that was not stored. If the process died before
    the result is stored, the notification would be lost. So the same unit schedules the claimed delivery again,
    `claim_lasts` later: longer than it can take, on a fast clock too. `store_result` removes or replaces that task. So
    each attempt is made at least once, and repeated only after a crash. If a delivery waits longer in its queue, its
    task falls due and is claimed again, but `Dispatcher.send` ignores a delivery that it already has.
    """

    def __init__(
        self, store: Store, clocks: Clocks, rules: DeliveryRules, secrets: Secrets, listeners: list[AttemptListener]
    ) -> None:
        """Call the listeners with the user, the notification and each attempt, after it is stored."""
        self._secrets = secrets
        self._store = store
        self._clocks = clocks
        self._rules = rules
        self._listeners = listeners

    def do_slice(self, user: str, clock_to: int | None = None) -> Slice:
        """Perform some due work, in order; first advance the account's clock to `clock_to`, unless it is None."""
        account = self._store.account(user)
        if account is None:
            return Slice(0, [], [])
        clock = self._clocks.of(user)
        if clock_to is not None:
            clock.move_to(clock_to)
        now = clock.now()
        with self._store.unit(user) as unit:
            transitions = do_due_transitions(unit, account, now, self._store.at_once)
            tasks = unit.take_deliveries(now, self._store.at_once)
            again_at = now + round(self._rules.claim_lasts * max(1, clock.setting.rate)) if tasks else 0
            claimed = [self._claim(unit, account, task, now, again_at) for task in tasks]
            events = list(unit.added_events())
        return Slice(transitions + len(tasks), [delivery for delivery in claimed if delivery is not None], events)

    def _claim(self, unit: UnitOfWork, account: Account, task: Task, now: int, again_at: int) -> Delivery | None:
        notification = unit.notification(int(task.about))
        if notification is None or notification.state != "pending":
            return None
        unit.schedule(Task(again_at, task.kind, task.about))
        own_sequence = f"{notification.timeline} {notification.number}"
        return Delivery(
            user=account.user,
            generation=account.generation,
            notification=notification.number,
            sequence=own_sequence if notification.concurrent else notification.timeline,
            at=now,
            url=notification.url,
            body=notification.body,
            content_type=CONTENT_TYPES[notification.form],
        )

    def store_result(self, delivery: Delivery, result: DeliveryResult) -> None:
        """Store the result of a delivery, and schedule the next attempt, if any."""
        account = self._store.account(delivery.user)
        if account is None or account.generation != delivery.generation:
            return  # the account has been emptied since
        with self._store.unit(delivery.user) as unit:
            notification = unit.notification(delivery.notification)
            if notification is None:
                return
            attempt = self._record(unit, notification, delivery, self._without_secrets(account, result))
        for listener in self._listeners:
            listener(delivery.user, notification, attempt)

    def _without_secrets(self, account: Account, result: DeliveryResult) -> DeliveryResult:
        """The result with secrets masked: a merchant may answer with its key."""
        own = account.secret_key
        answer, error = self._secrets.content(result.answer, own), self._secrets.text(result.error, own)
        if answer is result.answer and error is result.error:
            return result
        return result._replace(answer=answer, error=error)

    def _record(
        self, unit: UnitOfWork, notification: Notification, delivery: Delivery, result: DeliveryResult
    ) -> Attempt:
        now = self._clocks.of(delivery.user).now()
        earlier = unit.attempts(notification.number)
        attempt = Attempt(
            notification=notification.number,
            number=len(earlier) + 1,
            at=delivery.at,
            url=result.url,
            sent=b"" if result.refused else delivery.body,
            status=result.status,
            answer=result.answer,
            error=result.error,
            duration=result.duration,
        )
        unit.add_attempt(attempt)
        text, took = describe(attempt), None if attempt.status is None else attempt.duration
        unit.add_event(Event(notification.timeline, delivery.at, "attempt", notification.number, text, took))
        task = Task(now, "notification", str(notification.number))
        again = None if result.refused else next_attempt([*earlier, attempt], self._rules.retry_plan, now)
        if again is not None:
            unit.schedule(task._replace(at=again))
            return attempt
        unit.cancel(task)
        ended: NotificationState = "refused" if result.refused else "accepted" if attempt.accepted else "given up"
        unit.save_notification(notification._replace(state=ended))
        return attempt

    def note_clock(self, user: str, at: int, text: str) -> None:
        """Add a change of the clock to the account's timelines."""
        if self._store.account(user) is not None:
            with self._store.unit(user) as unit:
                unit.add_event(Event(CLOCK_TIMELINE, at, "clock", 0, text))

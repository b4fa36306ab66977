"""Does due work: one thread that waits for the next instant, claims what is due, and does it in order."""

from __future__ import annotations

import logging
import threading
from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

from mockserver.moves.due import do_next_move
from mockserver.notify.delivery import Courier, Delivery, Outcome
from mockserver.notify.plan import Attempt, Notification, NotificationState, next_attempt
from mockserver.store.contract import Event, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mockserver.clock import Clock
    from mockserver.notify.destination import HostMapping
    from mockserver.store.contract import Store, UnitOfWork

    Listener = Callable[[str, Notification, Attempt], None]

_BATCH = 20  # a batch holds the account's lock, which its requests wait for
_SLACK = 5_000
_LONGEST_NAP = 3600.0  # no lock can wait for years
_LONGEST_CLOSING = 3.0
_SHOWN_ANSWER = 40
_logger = logging.getLogger(__name__)


class DeliveryRules(NamedTuple):
    """How notifications are delivered: milliseconds of retries after the first try, seconds of time-out, host map."""

    retry_plan: Sequence[int]
    timeout: float
    mappings: tuple[HostMapping, ...] = ()


class Worker:
    """Moves payments and delivers notifications when their instants come.

    A claimed delivery is scheduled again for the case that this process dies before its outcome is
    stored; the outcome replaces that.
    """

    def __init__(self, store: Store, clock: Clock, rules: DeliveryRules) -> None:
        """Prepare; `start` begins the work."""
        self._store = store
        self._clock = clock
        self._rules = rules
        self._courier = Courier(self._report, clock.now, rules.mappings, rules.timeout)
        self._listeners: list[Listener] = []
        self._wake_up = threading.Condition()
        self._next: dict[str, int] = {}
        self._agenda: list[tuple[int, str]] = []
        self._stopped = False
        self._thread: threading.Thread | None = None
        store.on_schedule(self.wake)
        clock.on_change(self._look_again)

    @property
    def courier(self) -> Courier:
        """The sender of notifications."""
        return self._courier

    def on_attempt(self, listener: Listener) -> None:
        """Call a listener with the user, the notification and each attempt, once it is stored."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Begin, with the work that the store already holds."""
        for user in self._store.users():
            due = self._store.next_due(user)
            if due is not None:
                self.wake(user, due)
        self._thread = threading.Thread(target=self._run, name="due work", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop at once; undone work stays in the store."""
        with self._wake_up:
            self._stopped = True
            self._wake_up.notify()
        self._courier.close()
        if self._thread is not None:
            self._thread.join(_LONGEST_CLOSING)

    def wake(self, user: str, at: int) -> None:
        """Look after an account at an instant."""
        with self._wake_up:
            if at < self._next.get(user, at + 1):
                self._next[user] = at
                heappush(self._agenda, (at, user))
                if self._agenda[0][0] == at:
                    self._wake_up.notify()

    def run_due(self, user: str) -> int:
        """Do all work of an account that is due now, in order; gives the number of tasks done."""
        done = 0
        while batch := self._run_batch(user, self._clock.now()):
            done += batch
        return done

    def _run_batch(self, user: str, now: int) -> int:
        deliveries: list[Delivery] = []
        account = self._store.account(user)
        if account is None:
            return 0
        with self._store.unit(user) as unit:
            tasks = unit.take_due(now, _BATCH)
            for task in tasks:
                if task.kind != "notification":
                    do_next_move(unit, account, task)
                else:
                    notification = unit.notification(int(task.about))
                    if notification is not None and notification.state == "pending":
                        deliveries.append(Delivery(user, notification.number, notification.url, notification.body))
                        claimed_until = now + round(self._rules.timeout * 2000) + _SLACK
                        unit.schedule(task._replace(at=claimed_until))
        for delivery in deliveries:
            self._courier.send(delivery)
        return len(tasks)

    def _report(self, delivery: Delivery, outcome: Outcome) -> None:
        with self._store.unit(delivery.user) as unit:
            notification = unit.notification(delivery.notification)
            if notification is None:
                return
            attempt = self._record(unit, notification, delivery, outcome)
        for listener in self._listeners:
            listener(delivery.user, notification, attempt)

    def _record(self, unit: UnitOfWork, notification: Notification, delivery: Delivery, outcome: Outcome) -> Attempt:
        now = self._clock.now()
        earlier = unit.attempts(notification.number)
        attempt = Attempt(
            notification=notification.number,
            number=len(earlier) + 1,
            at=outcome.at,
            url=outcome.url,
            sent=b"" if outcome.refused else delivery.body,
            status=outcome.status,
            answer=outcome.answer,
            error=outcome.error,
            duration=outcome.duration,
        )
        unit.add_attempt(attempt)
        unit.add_event(Event(notification.timeline, now, "attempt", notification.number, describe(attempt)))
        task = Task(now, "notification", str(notification.number))
        again = None if outcome.refused else next_attempt([*earlier, attempt], self._rules.retry_plan, now)
        if again is not None:
            unit.schedule(task._replace(at=again))
            return attempt
        unit.cancel(task)
        ended: NotificationState = "refused" if outcome.refused else "accepted" if attempt.accepted else "given up"
        unit.save_notification(notification._replace(state=ended))
        return attempt

    def _look_again(self) -> None:
        with self._wake_up:
            self._wake_up.notify()

    def _run(self) -> None:
        while (user := self._wait()) is not None:
            try:
                self.run_due(user)
                due = self._store.next_due(user)
            except Exception:
                _logger.exception("Due work of account %s failed; it is tried again in a second", user)
                due = self._clock.now() + 1000
            if due is not None:
                self.wake(user, due)

    def _wait(self) -> str | None:
        """The next account with work that is due; None when the worker has been stopped."""
        with self._wake_up:
            while not self._stopped:
                if not self._agenda:
                    self._wake_up.wait()
                    continue
                at, user = self._agenda[0]
                if self._next.get(user) != at:
                    heappop(self._agenda)
                    continue
                seconds = self._clock.seconds_until(at)
                if seconds == 0:
                    heappop(self._agenda)
                    del self._next[user]
                    return user
                self._wake_up.wait(None if seconds is None else min(seconds, _LONGEST_NAP))
            return None


def describe(attempt: Attempt) -> str:
    """One line about an attempt."""
    took = f"({attempt.duration} ms)"
    if attempt.accepted:
        return f"accepted {took}"
    if attempt.status is None:
        return f"not delivered: {attempt.error}"
    if attempt.answered_2xx:
        return f"not accepted: answered {attempt.status} with {_shown(attempt.answer)} instead of ok {took}"
    return f"not accepted: answered HTTP {attempt.status} {took}"


def _shown(answer: bytes) -> str:
    text = answer[:_SHOWN_ANSWER].decode("utf-8", "replace").strip()
    return repr(text + ("…" if len(answer) > _SHOWN_ANSWER else "")) if text else "nothing"

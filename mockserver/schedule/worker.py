"""Does due work: one thread that waits for the next instant, claims what is due, and does it in order."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, NamedTuple

from mockserver.moves.due import do_due_moves
from mockserver.notify.delivery import Courier, Delivery, Outcome
from mockserver.notify.payload import CONTENT_TYPES
from mockserver.notify.plan import Attempt, Notification, NotificationState, next_attempt
from mockserver.schedule.roster import Roster
from mockserver.schedule.turns import Turns, UnderWay
from mockserver.store.contract import CLOCK_TIMELINE, Event, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mockserver.clock import Clocks
    from mockserver.notify.destination import HostMapping
    from mockserver.store.contract import Account, Store, UnitOfWork

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


class Advance(NamedTuple):
    """What moving an account's clock did: from when to when, how many tasks, and the events in their order."""

    started: int
    ended: int
    tasks: int
    happened: list[Event]


class Worker:
    """Moves payments and delivers notifications when their instants come.

    A claimed delivery is scheduled again for the case that this process dies before its outcome is
    stored; the outcome replaces that.
    """

    def __init__(self, store: Store, clocks: Clocks, rules: DeliveryRules) -> None:
        """Prepare; `start` begins the work."""
        self._store = store
        self._clocks = clocks
        self._rules = rules
        self._courier = Courier(self._report, rules.mappings, rules.timeout)
        self._claim_lasts = round(rules.timeout * 2000) + _SLACK
        self._listeners: list[Listener] = []
        self._turns = Turns()
        self._under_way = UnderWay()
        self._wake_up = threading.Condition()
        self._roster = Roster(clocks)
        self._stopped = False
        self._thread: threading.Thread | None = None
        store.on_commit(self._take_notice)
        clocks.machine.on_change(self._look_again)

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
        self._under_way.forget()
        if self._thread is not None:
            self._thread.join(_LONGEST_CLOSING)

    def wake(self, user: str, at: int) -> None:
        """Look after an account at an instant."""
        with self._wake_up:
            if self._roster.add(user, at):
                self._wake_up.notify()

    def run_due(self, user: str) -> int:
        """Do all work of an account that is due now, in order; gives the number of tasks done."""
        with self._turns.of(user):
            done = self._run_all(user)
        self._wake_for(user)
        return done

    def advance(self, user: str, milliseconds: int) -> Advance:
        """Move an account's clock forward, doing all work on the way when it falls due, and what that causes in turn.

        The answer to a delivery is waited for before the clock passes an instant at which it could have caused work.

        Raises:
            ValueError: the clock was asked to go back.
        """
        clock = self._clocks.of(user)
        if milliseconds < 0:
            raise ValueError(f"a clock goes forward only, not by {milliseconds} ms")
        with self._turns.of(user):
            started = clock.now()
            target, done, happened = started + milliseconds, 0, list[Event]()
            while (due := self._next_instant(user, target)) is not None:
                clock.move_to(due)
                done += self._run_batch(user, max(due, clock.now()), happened)
            clock.move_to(target)
            done += self._run_all(user, happened)
            self._under_way.wait(user, None)
            self.note_clock(user, started, f"moved forward by {milliseconds} ms")
        self._wake_for(user)
        return Advance(started, clock.now(), done, happened)

    def note_clock(self, user: str, at: int, text: str) -> None:
        """Have the account's timelines show that its clock was changed."""
        if self._store.account(user) is not None:
            with self._store.unit(user) as unit:
                unit.add_event(Event(CLOCK_TIMELINE, at, "clock", 0, text))

    def _next_instant(self, user: str, target: int) -> int | None:
        """The instant to go to next on the way to a target; waits where a delivery under way may cause work sooner."""
        patience = min([*self._rules.retry_plan, self._claim_lasts])
        while True:
            due = self._store.next_due(user)
            due = due if due is not None and due <= target else None
            oldest = self._under_way.oldest(user)
            if oldest is None or (due is not None and due < oldest + patience):
                return due
            self._under_way.wait(user, oldest)

    def _run_all(self, user: str, happened: list[Event] | None = None) -> int:
        done = 0
        while batch := self._run_batch(user, self._clocks.of(user).now(), happened):
            done += batch
        return done

    def _run_batch(self, user: str, now: int, happened: list[Event] | None = None) -> int:
        account = self._store.account(user)
        if account is None:
            return 0
        with self._store.unit(user) as unit:
            moved = do_due_moves(unit, account, now, _BATCH)
            tasks = unit.take_deliveries(now, _BATCH)
            claimed = [self._claim(unit, account, task, now) for task in tasks]
            if happened is not None:
                happened += unit.news()
        for delivery in filter(None, claimed):
            self._under_way.add(delivery)
            self._courier.send(delivery)
        return moved + len(tasks)

    def _claim(self, unit: UnitOfWork, account: Account, task: Task, now: int) -> Delivery | None:
        notification = unit.notification(int(task.about))
        if notification is None or notification.state != "pending":
            return None
        unit.schedule(task._replace(at=now + self._claim_lasts))
        return Delivery(
            user=account.user,
            world=account.world,
            notification=notification.number,
            story=f"{notification.timeline} {notification.number}"
            if notification.concurrent
            else notification.timeline,
            at=now,
            url=notification.url,
            body=notification.body,
            content_type=CONTENT_TYPES[notification.form],
        )

    def _report(self, delivery: Delivery, outcome: Outcome) -> None:
        try:
            self._store_outcome(delivery, outcome)
        finally:
            self._under_way.remove(delivery)

    def _store_outcome(self, delivery: Delivery, outcome: Outcome) -> None:
        account = self._store.account(delivery.user)
        if account is None or account.world != delivery.world:
            return  # the account has been emptied since
        with self._store.unit(delivery.user) as unit:
            notification = unit.notification(delivery.notification)
            if notification is None:
                return
            attempt = self._record(unit, notification, delivery, outcome)
        for listener in self._listeners:
            listener(delivery.user, notification, attempt)

    def _record(self, unit: UnitOfWork, notification: Notification, delivery: Delivery, outcome: Outcome) -> Attempt:
        now = self._clocks.of(delivery.user).now()
        earlier = unit.attempts(notification.number)
        attempt = Attempt(
            notification=notification.number,
            number=len(earlier) + 1,
            at=delivery.at,
            url=outcome.url,
            sent=b"" if outcome.refused else delivery.body,
            status=outcome.status,
            answer=outcome.answer,
            error=outcome.error,
            duration=outcome.duration,
        )
        unit.add_attempt(attempt)
        unit.add_event(Event(notification.timeline, delivery.at, "attempt", notification.number, describe(attempt)))
        task = Task(now, "notification", str(notification.number))
        again = None if outcome.refused else next_attempt([*earlier, attempt], self._rules.retry_plan, now)
        if again is not None:
            unit.schedule(task._replace(at=again))
            return attempt
        unit.cancel(task)
        ended: NotificationState = "refused" if outcome.refused else "accepted" if attempt.accepted else "given up"
        unit.save_notification(notification._replace(state=ended))
        return attempt

    def _wake_for(self, user: str) -> None:
        """Look after an account's next task: while somebody else did its work, the worker's thread passed it over."""
        self.follow_clock(user)
        due = self._store.next_due(user)
        if due is not None:
            self.wake(user, due)

    def _take_notice(self, user: str, at: int | None) -> None:
        if at is not None:
            self.wake(user, at)
        if self._roster.waits_for_hand(user):
            self.follow_clock(user)  # a stepped clock has gone on

    def follow_clock(self, user: str) -> None:
        """Look after an account in another rhythm: its clock has been changed."""
        with self._wake_up:
            if self._roster.follow_clock(user):
                self._wake_up.notify()

    def forget(self, user: str) -> None:
        """Look after an account no more: it is gone."""
        with self._wake_up:
            self._roster.forget(user)

    def _look_again(self) -> None:
        """Look at the machine's clock anew: it has been moved."""
        with self._wake_up:
            self._wake_up.notify()

    def _run(self) -> None:
        while (user := self._wait()) is not None:
            try:
                with self._turns.try_of(user) as free:
                    # Whoever moves the account's clock does its work too.
                    due = self._run_and_look_ahead(user) if free else None
            except Exception:
                _logger.exception("Due work of account %s failed; it is tried again in a second", user)
                due = self._clocks.of(user).now() + 1000
            if due is not None:
                self.wake(user, due)

    def _run_and_look_ahead(self, user: str) -> int | None:
        self._run_all(user)
        return self._store.next_due(user)

    def _wait(self) -> str | None:
        """The next account with work that is due; None when the worker has been stopped."""
        with self._wake_up:
            while not self._stopped:
                coming = self._roster.take()
                if isinstance(coming, str):
                    return coming
                self._wake_up.wait(None if coming is None else min(coming, _LONGEST_NAP))
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

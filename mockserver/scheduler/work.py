"""Performs due work in slices of one commit each, without threads and waiting."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from mockserver.delivery.dispatcher import Delivery
from mockserver.domain.kinds import do_due_transitions
from mockserver.domain.notifications.notification import Attempt, Notification
from mockserver.domain.notifications.outbox import store_attempt
from mockserver.domain.notifications.payload import CONTENT_TYPES
from mockserver.domain.timeline import CLOCK_TIMELINE, Event, Task
from mockserver.store.contract import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mockserver.clock import Clocks
    from mockserver.delivery.destination import DeliveryRules
    from mockserver.delivery.dispatcher import DeliveryResult
    from mockserver.domain.accounts import Account
    from mockserver.domain.unit_of_work import UnitOfWork
    from mockserver.masking import Secrets
    from mockserver.store.contract import Store

    AttemptListener = Callable[[str, Notification, Attempt], None]
    NextTryListener = Callable[[str, Notification, int, str], None]


class Slice(NamedTuple):
    """The result of a slice: the number of tasks, the deliveries to send now, and the added events."""

    tasks: int
    deliveries: list[Delivery]
    events: list[Event]


class DueWork:
    """Performs the due work of accounts, and stores the results of deliveries.

    A transition is performed in the unit of work that removes its task, so it happens exactly once: either both are
    committed, or neither.

    A delivery is sent after the commit, because nothing may be sent that was not stored. That unit claims its task for
    longer than the delivery can take, and the one that stores the result removes or replaces the task. So each attempt
    is made at least once, and repeated only after a crash: then the claim ends, and another process makes it.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what it works with
        self, store: Store, clocks: Clocks, rules: DeliveryRules, secrets: Secrets, listeners: list[AttemptListener],
        on_next_try: Sequence[NextTryListener] = (),
    ) -> None:  # fmt: skip
        """Call the listeners with the user, the notification and each attempt, after it is stored.

        Those of `on_next_try` get the instant and a sentence, too, after each attempt that was not accepted.
        """
        self._on_next_try = on_next_try
        self._secrets = secrets
        self._store = store
        self._clocks = clocks
        self._rules = rules
        self._listeners = listeners

    async def do_slice(self, user: str, *, skips_busy: bool = False) -> Slice:
        """Perform some due work of an account, in order.

        Raises:
            AccountBusyError: it `skips_busy` accounts, and another process works on this one.
        """
        try:
            return await self._store.perform_soon(user, self._slice_in, skips_busy=skips_busy)
        except KeyError:
            if self._store.known_account(user) is None:
                return Slice(0, [], [])  # the account was dropped
            raise

    def _slice_in(self, unit: UnitOfWork) -> Slice:
        account, most = unit.account, self._store.at_once
        now = self._clocks.of(account.user).now()
        transitions = do_due_transitions(unit, account, now, most)
        claimed = unit.claim_deliveries(now, most, self._rules.claim_lasts / 1000)
        deliveries = [_delivery(account, notification, now) for notification in claimed]
        return Slice(transitions + len(deliveries), deliveries, list(unit.added_events()))

    async def store_result(self, delivery: Delivery, result: DeliveryResult) -> bool:
        """Store the result of a delivery, and schedule the next attempt, if any.

        Returns False if the database cannot be used at present.
        """
        try:
            stored = await self._store.perform_soon(delivery.user, partial(self._result_in, delivery, result))
        except StoreUnavailableError:
            return False
        except Exception as error:
            if isinstance(error, KeyError) and self._store.known_account(delivery.user) is None:
                return True  # the account was dropped
            if not self._store.waits_for_io:  # in a database the claim ends by itself
                asyncio.get_running_loop().call_later(self._rules.claim_lasts / 1000, self._end_claim, delivery)
            raise
        if stored is not None:
            for listener in self._listeners:
                listener(delivery.user, *stored[:2])
            if stored[2]:
                for listen in self._on_next_try:
                    listen(delivery.user, stored[0], delivery.at, stored[2])
        return True

    def _end_claim(self, delivery: Delivery) -> None:
        """Schedule a delivery again whose result could not be stored."""

        def schedule_in(unit: UnitOfWork) -> None:
            if unit.account.generation == delivery.generation:
                unit.schedule(Task(delivery.at, "notification", str(delivery.notification)))

        with suppress(KeyError):  # the account was dropped
            self._store.perform(delivery.user, schedule_in)

    def _result_in(
        self, delivery: Delivery, result: DeliveryResult, unit: UnitOfWork
    ) -> tuple[Notification, Attempt, str] | None:
        account = unit.account
        notification = unit.notification(delivery.notification)
        if account.generation != delivery.generation or notification is None:
            return None  # the account has been emptied since
        return notification, *self._record(unit, notification, delivery, self._without_secrets(account, result))

    def _without_secrets(self, account: Account, result: DeliveryResult) -> DeliveryResult:
        """The result with secrets masked: a merchant may answer with its key."""
        own = account.secret_key
        answer, error = self._secrets.content(result.answer, own), self._secrets.text(result.error, own)
        if answer is result.answer and error is result.error:
            return result
        return result._replace(answer=answer, error=error)

    def _record(
        self, unit: UnitOfWork, notification: Notification, delivery: Delivery, result: DeliveryResult
    ) -> tuple[Attempt, str]:
        """The stored attempt, and when the next one comes, in words."""
        attempt = Attempt(
            notification=notification.number,
            number=0,
            at=delivery.at,
            url=result.url,
            sent=b"" if result.refused else delivery.body,
            status=result.status,
            answer=result.answer,
            error=result.error,
            duration=result.duration,
        )
        now, retry_plan = self._clocks.of(delivery.user).now(), self._rules.retry_plan
        return store_attempt(unit, notification, attempt, retry_plan, now, refused=result.refused)

    def note_clock(self, user: str, at: int, text: str) -> None:
        """Add a change of the clock to the account's timelines."""
        with suppress(KeyError):  # the account was dropped
            self._store.perform(user, lambda unit: unit.add_event(Event(CLOCK_TIMELINE, at, "clock", 0, text)))


def _delivery(account: Account, notification: Notification, now: int) -> Delivery:
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

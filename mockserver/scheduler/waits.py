"""Waits for conditions of accounts, which are checked after each change of the account.

One thread checks all waits; it starts with the first one. After a check it pauses for as long as the check took, so
that thousands of waits use at most half of a processor.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from mockserver.clock import stopwatch
from mockserver.threads import StoppedError

if TYPE_CHECKING:
    from mockserver.store.contract import Store

MOST_WAITS = 10_000
_SPARE = 100
_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)
_logger = logging.getLogger(__name__)


class Condition(Protocol[_T_co]):
    """The condition of one wait. It may have state, such as the exchanges that it has checked."""

    def check(self, store: Store, user: str) -> _T_co | None:
        """The result of the wait, or None if the condition is not met yet.

        Raises:
            KeyError: there is no such account.
        """

    def late(self, store: Store, user: str) -> Exception:
        """The exception that the wait raises after its timeout.

        Raises:
            KeyError: there is no such account.
        """


class AccountGoneError(Exception):
    """The account was dropped during the wait."""


class TooManyWaitsError(Exception):
    """The limit of waits is reached."""


class _Wait(NamedTuple):
    user: str
    condition: Condition[Any]
    ends: float
    number: int
    future: Future[Any]


class Waits:
    """All waits of a sandbox."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waits: dict[str, dict[int, _Wait]] = {}
        self._deadlines: list[tuple[float, int, str]] = []
        self._changed_users: dict[str, None] = {}
        self._wake = threading.Condition()
        self._number = 0
        self._count = 0
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()

    def wait_for(self, user: str, condition: Condition[_T], seconds: float) -> Future[_T]:
        """Check a condition now and after each change of the account, until it is met or the time is over.

        Cancelling the future ends the wait. The future raises the exception of `late`, `AccountGoneError`, or
        `StoppedError` when the sandbox stops.

        Raises:
            TooManyWaitsError: the limit of waits is reached.
        """
        future: Future[_T] = Future()
        if self._closed.is_set():
            future.set_exception(StoppedError("The sandbox has stopped."))
            return future
        with self._wake:
            if self._count >= MOST_WAITS:
                raise TooManyWaitsError(f"The limit of {MOST_WAITS:,} waits is reached. End one of them first.")
            self._count += 1
            self._number += 1
            wait = _Wait(user, condition, stopwatch() + seconds, self._number, future)
            self._waits.setdefault(user, {})[wait.number] = wait
            self._plan_end(wait)
            self._changed_users[user] = None
            if self._thread is None:
                self._store.on_commit(self._note_commit)  # nobody waits in most sandboxes, and commits are many
                self._thread = threading.Thread(target=self._check_all, name="waits", daemon=True)
                self._thread.start()
            self._wake.notify()
        future.add_done_callback(lambda _: self._forget(wait))
        return future

    def _plan_end(self, wait: _Wait) -> None:
        if len(self._deadlines) > _SPARE + 2 * self._count:  # most waits have ended
            waits = (one for of_user in self._waits.values() for one in of_user.values())
            self._deadlines = [(one.ends, one.number, one.user) for one in waits if one is not wait]
            heapify(self._deadlines)
        heappush(self._deadlines, (wait.ends, wait.number, wait.user))

    def close(self) -> None:
        self._closed.set()
        with self._wake:
            waits = [wait for of_user in self._waits.values() for wait in of_user.values()]
            self._wake.notify()
        for wait in waits:
            _settle(wait.future, error=StoppedError("The sandbox is stopping."))

    def _note_commit(self, user: str, _at: int | None) -> None:
        if user in self._waits:
            with self._wake:
                self._changed_users[user] = None
                self._wake.notify()

    def _forget(self, wait: _Wait) -> None:
        with self._wake:
            of_user = self._waits.get(wait.user, {})
            if of_user.pop(wait.number, None) is not None:
                self._count -= 1
            if not of_user:
                self._waits.pop(wait.user, None)

    def _check_all(self) -> None:
        while not self._closed.is_set():
            changed, late = self._next_work()
            began = stopwatch()
            for wait in changed:
                self._check(wait)
            for wait in late:
                self._end(wait)
            self._closed.wait(stopwatch() - began)

    def _next_work(self) -> tuple[list[_Wait], list[_Wait]]:
        """Wait for work; returns the waits of changed accounts, and those after their timeout."""
        with self._wake:
            while not self._closed.is_set():
                changed = [wait for user in self._changed_users for wait in self._waits.get(user, {}).values()]
                self._changed_users.clear()
                late = self._take_late()
                if changed or late:
                    return changed, late
                self._wake.wait(self._deadlines[0][0] - stopwatch() if self._deadlines else None)
        return [], []

    def _take_late(self) -> list[_Wait]:
        late = []
        while self._deadlines:
            ends, number, user = self._deadlines[0]
            wait = self._waits.get(user, {}).get(number)
            if wait is not None and ends > stopwatch():
                break
            heappop(self._deadlines)
            if wait is not None:
                late.append(wait)
        return late

    def _check(self, wait: _Wait) -> None:
        try:
            found = wait.condition.check(self._store, wait.user)
        except KeyError:
            _settle(wait.future, error=AccountGoneError(f"Account {wait.user} was dropped during the wait."))
        except Exception as error:
            _logger.exception("A wait for account %s failed", wait.user)
            _settle(wait.future, error=error)
        else:
            if found is not None:
                _settle(wait.future, found)

    def _end(self, wait: _Wait) -> None:
        self._check(wait)
        if wait.future.done():
            return
        try:
            error = wait.condition.late(self._store, wait.user)
        except KeyError:
            error = AccountGoneError(f"Account {wait.user} was dropped during the wait.")
        except Exception as failure:
            _logger.exception("The end of a wait for account %s could not be explained", wait.user)
            error = failure
        _settle(wait.future, error=error)


def _settle(future: Future[Any], found: object = None, *, error: Exception | None = None) -> None:
    with suppress(InvalidStateError):  # the wait was cancelled
        if error is None:
            future.set_result(found)
        else:
            future.set_exception(error)

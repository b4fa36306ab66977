"""Waits for something to happen in an account: looked at when the account has changed, and by nobody's thread.

One thread looks after all waits. After a look it rests as long as the look took, so that a thousand waits leave half of
a processor to others; without a wait it does not run.
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
    """What is waited for. Each wait has one of its own, since it may remember what it has looked at."""

    def check(self, store: Store, user: str) -> _T_co | None:
        """What was waited for, if it is there.

        Raises:
            KeyError: there is no such account.
        """

    def late(self, store: Store, user: str) -> Exception:
        """What the wait raises when its time is over.

        Raises:
            KeyError: there is no such account.
        """


class AccountGoneError(Exception):
    """The account was dropped meanwhile."""


class TooManyWaitsError(Exception):
    """So many waits are under way that another one is refused."""


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
        self._news = threading.Condition()
        self._number = 0
        self._count = 0
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        store.on_commit(self._take_notice)

    def wait_for(self, user: str, condition: Condition[_T], seconds: float) -> Future[_T]:
        """Look at an account now and after each change, until a condition is met or the time is over.

        Cancelling the future ends the wait. It raises what the condition's `late` gives, `AccountGoneError`, or
        `StoppedError` when the sandbox stops.

        Raises:
            TooManyWaitsError: there are too many already.
        """
        future: Future[_T] = Future()
        if self._closed.is_set():
            future.set_exception(StoppedError("The sandbox has stopped."))
            return future
        with self._news:
            if self._count >= MOST_WAITS:
                raise TooManyWaitsError(f"{MOST_WAITS:,} waits are under way already; end one of them first.")
            self._count += 1
            self._number += 1
            wait = _Wait(user, condition, stopwatch() + seconds, self._number, future)
            self._waits.setdefault(user, {})[wait.number] = wait
            self._plan_end(wait)
            self._changed_users[user] = None
            if self._thread is None:
                self._thread = threading.Thread(target=self._look_after_all, name="waits", daemon=True)
                self._thread.start()
            self._news.notify()
        future.add_done_callback(lambda _: self._forget(wait))
        return future

    def _plan_end(self, wait: _Wait) -> None:
        if len(self._deadlines) > _SPARE + 2 * self._count:  # most are of waits that have ended
            waits = (one for of_user in self._waits.values() for one in of_user.values())
            self._deadlines = [(one.ends, one.number, one.user) for one in waits if one is not wait]
            heapify(self._deadlines)
        heappush(self._deadlines, (wait.ends, wait.number, wait.user))

    def close(self) -> None:
        """End every wait at once."""
        self._closed.set()
        with self._news:
            waits = [wait for of_user in self._waits.values() for wait in of_user.values()]
            self._news.notify()
        for wait in waits:
            _settle(wait.future, error=StoppedError("The sandbox is stopping."))

    def _take_notice(self, user: str, _at: int | None) -> None:
        if user in self._waits:
            with self._news:
                self._changed_users[user] = None
                self._news.notify()

    def _forget(self, wait: _Wait) -> None:
        with self._news:
            of_user = self._waits.get(wait.user, {})
            if of_user.pop(wait.number, None) is not None:
                self._count -= 1
            if not of_user:
                self._waits.pop(wait.user, None)

    def _look_after_all(self) -> None:
        while not self._closed.is_set():
            changed, late = self._next_work()
            began = stopwatch()
            for wait in changed:
                self._look(wait)
            for wait in late:
                self._end(wait)
            self._closed.wait(stopwatch() - began)

    def _next_work(self) -> tuple[list[_Wait], list[_Wait]]:
        """Wait for something to look at: the waits whose account has changed, and those whose time is over."""
        with self._news:
            while not self._closed.is_set():
                changed = [wait for user in self._changed_users for wait in self._waits.get(user, {}).values()]
                self._changed_users.clear()
                late = self._take_late()
                if changed or late:
                    return changed, late
                self._news.wait(self._deadlines[0][0] - stopwatch() if self._deadlines else None)
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

    def _look(self, wait: _Wait) -> None:
        try:
            found = wait.condition.check(self._store, wait.user)
        except KeyError:
            _settle(wait.future, error=AccountGoneError(f"Account {wait.user} was dropped meanwhile."))
        except Exception as error:
            _logger.exception("A wait for account %s failed", wait.user)
            _settle(wait.future, error=error)
        else:
            if found is not None:
                _settle(wait.future, found)

    def _end(self, wait: _Wait) -> None:
        self._look(wait)
        if wait.future.done():
            return
        try:
            error = wait.condition.late(self._store, wait.user)
        except KeyError:
            error = AccountGoneError(f"Account {wait.user} was dropped meanwhile.")
        except Exception as failure:
            _logger.exception("The end of a wait for account %s could not be explained", wait.user)
            error = failure
        _settle(wait.future, error=error)


def _settle(future: Future[Any], found: object = None, *, error: Exception | None = None) -> None:
    with suppress(InvalidStateError):  # whoever waited has gone
        if error is None:
            future.set_result(found)
        else:
            future.set_exception(error)

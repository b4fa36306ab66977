"""The due work of other processes: it is watched, done when they do not, and kept back while a clock is advanced."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from mockserver.clock import stopwatch
from mockserver.store.contract import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from mockserver.clock import Clocks
    from mockserver.store.contract import Store

_GRACE = 1_000
"""Milliseconds that another process has for work that this one has seen to be due, before this one does it."""

_LOOKS_AT_CLAIMS = 5_000
"""After how many milliseconds an account with claimed deliveries is looked at, as a claim may end."""

_ADVANCE_LASTS = 15.0
"""Seconds after the death of a process that advanced a clock until another may."""

_PAUSE = 0.02
_logger = logging.getLogger(__name__)


class ClockBusyError(Exception):
    """The account's clock cannot be advanced now; the message says why and what to do."""


class OtherProcessesWork:
    """The accounts whose work other processes have planned.

    The process that schedules some work plans it, so that not all processes ask for it at once. The others look at the
    account some time after the work is due: it was done by then, unless that process has died or is very busy.
    """

    def __init__(
        self, store: Store, clocks: Clocks, wake: Callable[[str, int], None],
        in_store: Callable[..., Awaitable[Any]],
    ) -> None:  # fmt: skip
        """`wake` plans the work of an account in this process, `in_store` calls a function that uses the store."""
        self._store = store
        self._clocks = clocks
        self._wake = wake
        self._in_store = in_store
        self._kept_until: dict[str, float] = {}
        self._looks: dict[str, int] = {}
        self._seen_due: dict[str, int] = {}
        self._changed = asyncio.Event()

    def add(self, user: str, milliseconds: int) -> None:
        """Look at an account after `milliseconds`, and the time that another process has. Called on the loop."""
        self._plan(user, self._clocks.machine.now() + milliseconds + _GRACE)

    @asynccontextmanager
    async def kept_from_advancing(self, user: str) -> AsyncIterator[bool]:
        """Keep other processes from advancing an account's clock in a block; False if one does so already."""
        is_kept = await self._begin_advance(user)
        keeping = asyncio.create_task(self._go_on_advancing(user)) if is_kept else None
        try:
            yield is_kept
        finally:
            if keeping is not None:
                keeping.cancel()
                del self._kept_until[user]
                await self._in_store(self._store.end_advance, user)

    async def _go_on_advancing(self, user: str) -> None:
        is_kept = self._store.waits_for_io
        while is_kept:
            await asyncio.sleep(_ADVANCE_LASTS / 3)
            is_kept = await self._begin_advance(user)

    async def _begin_advance(self, user: str) -> bool:
        ends = stopwatch() + _ADVANCE_LASTS
        is_kept: bool = await self._in_store(self._store.begin_advance, user, _ADVANCE_LASTS)
        self._kept_until[user] = ends if is_kept else 0.0
        return is_kept

    async def check_advance(self, user: str) -> None:
        """Check, in the block, that other processes are still kept from advancing.

        Raises:
            ClockBusyError: this process stood still, and another one has begun to advance.
        """
        if stopwatch() >= self._kept_until[user] and not await self._begin_advance(user):
            raise ClockBusyError(
                f"The clock of {user} is being advanced by another process, because this one stood still for too long. "
                "Wait until that has ended, and look at the clock before you advance it again."
            )

    async def no_deliveries(self, user: str) -> None:
        """Wait until other processes have no deliveries of an account."""
        while await self._in_store(self._store.claimed_elsewhere, user) is not None:  # noqa: ASYNC110 - an event of another process
            await asyncio.sleep(_PAUSE)

    def _plan(self, user: str, machine: int) -> None:
        planned = self._looks.get(user)
        if planned is None or machine < planned:
            self._looks[user] = machine
            self._changed.set()

    async def run(self) -> None:
        """Look at accounts at their instants, until it is cancelled."""
        while True:
            self._changed.clear()
            if not self._looks:
                await self._changed.wait()
            user = min(self._looks, key=self._looks.__getitem__)
            seconds = self._clocks.machine.seconds_until(self._looks[user]) or 0.0
            if seconds:
                await self._pause(seconds)
            else:
                del self._looks[user]
                try:
                    await self._look(user)
                except Exception as error:
                    if not isinstance(error, StoreUnavailableError):  # which the store has logged
                        _logger.exception("The due work of account %s could not be looked for; trying again", user)
                    self._plan(user, self._clocks.machine.now() + _LOOKS_AT_CLAIMS)

    async def _pause(self, seconds: float) -> None:
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)

    async def _look(self, user: str) -> None:
        due = await self._in_store(self._store.next_due, user)
        has_deliveries = await self._in_store(self._store.has_deliveries, user)
        now = self._clocks.machine.now()
        if has_deliveries:
            self._plan(user, now + _LOOKS_AT_CLAIMS)
        arrival = None if due is None else self._clocks.of(user).arrival_of(due)
        if due is None or arrival is None or arrival > now:
            self._seen_due.pop(user, None)
            if arrival is not None:
                self._plan(user, arrival + _GRACE)
        elif self._seen_due.get(user) == due:
            del self._seen_due[user]
            self._wake(user, due)
        else:
            self._seen_due[user] = due
            self._plan(user, now + _GRACE)

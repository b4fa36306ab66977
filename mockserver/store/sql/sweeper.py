"""Deletes the rows of emptied and dropped accounts, in small steps and beside other work."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from mockserver.clock import stopwatch
from mockserver.store.contract import StoreUnavailableError
from mockserver.store.sql import statements
from mockserver.store.sql.schema import OF_GENERATIONS

if TYPE_CHECKING:
    import sqlalchemy as sa

    from mockserver.store.sql.database import Database

_AT_ONCE = 200
_REST = 2.0  # times as long as a step took, so that sweeping takes a third of the writer at most
_SWEEPS = [statements.sweep(table) for table in OF_GENERATIONS]


class Sweeper:
    """Sweeps on a thread, while there is something to sweep."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wanted = False
        self._closing = threading.Event()

    def start(self) -> None:
        """Sweep what no account has any more."""
        with self._lock:
            self._wanted = True
            if self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(target=self._sweep_all, name="sweep", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Stop after the present step; the rest is swept another time."""
        self._closing.set()
        thread = self._thread
        if thread is not None:
            thread.join()

    def _sweep_all(self) -> None:
        while True:
            with self._lock:
                if not self._wanted or self._closing.is_set():
                    self._thread = None
                    return
                self._wanted = False
            try:
                while not self._closing.is_set() and self._sweep_one():
                    pass
            except StoreUnavailableError:
                pass  # it is swept when another account is emptied or dropped

    def _sweep_one(self) -> bool:
        """Sweep one generation; False if there is none that no account has."""
        with self._database.reading() as connection:
            unused = connection.row(statements.UNUSED_GENERATION)
        if unused is None:
            return False
        for sweep in _SWEEPS:
            while not self._closing.is_set() and self._step(sweep, unused[0]) == _AT_ONCE:
                pass
        if not self._closing.is_set():
            with self._database.committing() as connection:
                connection.run(statements.FORGET_GENERATION, of_generation=unused[0])
        return True

    def _step(self, sweep: sa.Delete, generation: int) -> int:
        began = stopwatch()
        with self._database.committing() as connection:
            swept = connection.run(sweep, generation=generation, most=_AT_ONCE)
        self._closing.wait(_REST * (stopwatch() - began))
        return swept

"""Deletes the rows of emptied and dropped accounts, in small steps and beside other work.

What a stop or an outage interrupts goes on at the next start, or when the database can be used again. Of several
processes on a database, one at a time does a step.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from mockserver.clock import stopwatch
from mockserver.store.contract import StoreUnavailableError
from mockserver.store.sql import statements
from mockserver.store.sql.schema import OF_GENERATIONS

if TYPE_CHECKING:
    import sqlalchemy as sa

    from mockserver.store.sql.database import Database

_logger = logging.getLogger(__name__)
_AT_ONCE = 200
_REST = 2.0  # times as long as a step took, so that sweeping takes a third of the writer at most
_PAUSE = 5.0  # seconds, while the database cannot be used or another process sweeps
_PATIENCE = 1.0  # seconds for a step to end, which may wait for a database that does not answer
_SWEEPS = [statements.sweep(table) for table in OF_GENERATIONS]


class _SweptElsewhereError(Exception):
    """Another process sweeps."""


class Sweeper:
    """Sweeps on a thread, while there is something to sweep."""

    def __init__(self, database: Database, pause: float = _PAUSE) -> None:
        """`pause` is the number of seconds until it goes on after an outage, or after another process has swept."""
        self._database = database
        self._pause = pause
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wanted = False
        self._closing = threading.Event()

    def start(self) -> None:
        """Sweep what no account has any more."""
        with self._lock:
            self._wanted = True
            if self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(target=self._run, name="sweep", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Stop after the present step; the rest is swept another time."""
        self._closing.set()
        thread = self._thread
        if thread is not None:
            thread.join(_PATIENCE)

    def _run(self) -> None:
        while self._is_wanted():
            self._sweep_all()

    def _sweep_all(self) -> None:
        try:
            while not self._closing.is_set() and self._sweep_one():
                pass
        except (StoreUnavailableError, _SweptElsewhereError):  # the database has logged an outage
            self._closing.wait(self._pause)
            self._wanted = True
        except Exception:
            _logger.exception(
                "The rows of emptied and dropped accounts could not be deleted. The sandbox tries again at its "
                "next start, and when an account is emptied or dropped"
            )

    def _is_wanted(self) -> bool:
        with self._lock:
            is_wanted, self._wanted = self._wanted and not self._closing.is_set(), False
            if not is_wanted:
                self._thread = None
            return is_wanted

    def _sweep_one(self) -> bool:
        """Sweep one generation; False if there is none that no account has."""
        with self._database.reading() as connection:
            unused = connection.row(statements.UNUSED_GENERATION)
        if unused is None:
            return False
        for sweep in _SWEEPS:
            while not self._closing.is_set() and self._step(sweep, generation=unused[0], most=_AT_ONCE) == _AT_ONCE:
                pass
        if not self._closing.is_set():
            self._step(statements.FORGET_GENERATION, of_generation=unused[0])
        return True

    def _step(self, delete: sa.Delete, **values: int) -> int:
        began = stopwatch()
        with self._database.writing() as connection:
            if not connection.begin_sweep():
                raise _SweptElsewhereError
            swept = connection.run(delete, **values)
            connection.commit()
        self._closing.wait(_REST * (stopwatch() - began))
        return swept

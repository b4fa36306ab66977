"""What other processes on the same PostgreSQL database commit, heard of within milliseconds.

Each process listens on one channel, and announces there which accounts it has changed. That is done after the commit
and for some milliseconds together: a transaction with a NOTIFY takes a lock of the whole server while it commits, so
payments would wait for each other. A process that dies in between announces nothing, and a connection can be lost; so
nobody relies on it. Every unit of work reads its account, due work is looked for some time after it was due, and each
process asks now and then which accounts have changed.

Behind a pooler such as PgBouncer nothing can be listened to. Then a process asks twice a second.
"""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from typing import TYPE_CHECKING, Any, Protocol

from mockserver.clock import stopwatch
from mockserver.store.contract import StoreUnavailableError
from mockserver.store.sql import statements

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from mockserver.store.sql.database import SqlConnection

    class ListeningDatabase(Protocol):
        """What is needed of a database to hear of other processes."""

        is_pooled: bool
        errors: tuple[type[Exception], ...]

        def connect(self) -> Any:  # noqa: ANN401 - the driver's own type
            """A connection of its own."""

        def reading(self) -> AbstractContextManager[SqlConnection]:
            """A connection that only reads."""


_CHANNEL = "yabandpay_sandbox"
_COLLECTED_FOR = 0.004  # seconds
_POLLED_EVERY = 0.5
_POLLED_WHILE_LISTENING_EVERY = 5.0
_MOST_IN_ONE = 7_000  # bytes; PostgreSQL takes 7,999
_logger = logging.getLogger(__name__)


class OtherProcesses:
    """Announces which accounts this process has changed, and hears of those that others have."""

    def __init__(self, database: ListeningDatabase, own_name: str, heard: Callable[[set[str]], None]) -> None:
        """Call `heard`, on a thread, with the users of accounts that other processes have changed."""
        self._database = database
        self._own_name = own_name
        self._heard = heard
        self._lock = threading.Lock()
        self._changed: set[str] = set()
        self._versions: dict[str, str] = {}
        self._thread: threading.Thread | None = None
        self._wakes, self._wake = socket.socketpair()
        self._wakes.setblocking(False)
        self._is_closed = threading.Event()

    def start(self) -> None:
        """Begin to listen, and to announce."""
        if self._thread is None:
            with suppress(StoreUnavailableError):  # then it hears of all accounts once it can be used
                self._versions = self._read_versions()
            self._thread = threading.Thread(target=self._run, name="other processes", daemon=True)
            self._thread.start()

    def tell(self, user: str) -> None:
        """Announce soon that this process has changed an account."""
        with self._lock:
            is_first = not self._changed
            self._changed.add(user)
        if is_first:
            self._wake_up()

    def _wake_up(self) -> None:
        with suppress(OSError):  # closed
            self._wake.send(b"\0")

    def close(self) -> None:
        self._is_closed.set()
        self._wake_up()
        if self._thread is not None:
            self._thread.join(1)
        self._wakes.close()
        self._wake.close()

    def _run(self) -> None:
        while not self._is_closed.is_set():
            try:
                self._hear_for_a_while()
            except StoreUnavailableError:
                pass  # the database has logged it
            except Exception:
                _logger.exception("Changes of other processes could not be heard of; trying again")
            self._is_closed.wait(_POLLED_EVERY)

    def _hear_for_a_while(self) -> None:
        if not self._database.is_pooled:
            with suppress(*self._database.errors):  # perhaps only this connection was lost
                self._listen()
        if not self._is_closed.is_set():
            self._poll()

    def _listen(self) -> None:
        """Listen and announce until the connection is lost or the sandbox stops."""
        with self._database.connect() as connection, DefaultSelector() as selector:
            connection.execute("SET synchronous_commit = off")  # announcements need not survive a crash
            connection.execute(f"LISTEN {_CHANNEL}")
            selector.register(connection, EVENT_READ)
            selector.register(self._wakes, EVENT_READ)
            poll_at = 0.0  # at once, for what was missed
            while not self._is_closed.is_set():
                if (now := stopwatch()) >= poll_at:
                    self._poll()
                    poll_at = now + _POLLED_WHILE_LISTENING_EVERY
                readable = [key.fileobj for key, _ in selector.select(poll_at - now)]
                if self._wakes in readable:
                    self._drain()
                    self._is_closed.wait(_COLLECTED_FOR)
                    self._announce(connection)
                others = {user for notify in connection.notifies(timeout=0) for user in self._users_in(notify.payload)}
                if others:
                    self._heard(others)
            self._announce(connection)  # what was changed last

    def _drain(self) -> None:
        with suppress(BlockingIOError):
            while self._wakes.recv(1024):
                pass

    def _announce(self, connection: Any) -> None:  # noqa: ANN401 - the driver's own type
        with self._lock:
            changed, self._changed = self._changed, set()
        payload = self._own_name
        for user in changed:
            if len(payload.encode()) + len(user.encode()) > _MOST_IN_ONE:
                connection.execute("SELECT pg_notify(%s, %s)", [_CHANNEL, payload])
                payload = self._own_name
            payload += f"\n{user}"
        if changed:
            connection.execute("SELECT pg_notify(%s, %s)", [_CHANNEL, payload])

    def _users_in(self, payload: str) -> set[str]:
        """The users in an announcement of another process."""
        name, *users = payload.split("\n")
        return set() if name == self._own_name else set(users)

    def _poll(self) -> None:
        """Find the accounts that have changed since the last time."""
        before, present = self._versions, self._read_versions()
        changed = {user for user, version in present.items() if before.get(user) != version}
        changed |= before.keys() - present.keys()
        if changed:
            self._heard(changed)
        self._versions = present  # only now: what could not be heard of is found again the next time

    def _read_versions(self) -> dict[str, str]:
        with self._database.reading() as connection:
            return dict(connection.rows(statements.ROW_VERSIONS))

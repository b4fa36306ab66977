"""SQLite, for a sandbox of one process that keeps its accounts between runs."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mockserver.store.sql import statements
from mockserver.store.sql.database import Database, SqlConnection, check_version, on_conflict
from mockserver.store.sql.schema import SCHEMA_VERSION, Delete, Put
from mockserver.system import locks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from mockserver.store.sql.database import Row

APPLICATION_ID = 0x59424E44  # YBND
"""The id of the sandbox in the header of an SQLite file."""

_LONGEST_WAIT = 2  # seconds for a database that is locked by another program
_CACHE = -16_384  # KiB of pages that a connection keeps
_PAGES_IN_LOG = 4_000  # until they are moved into the file, which a commit waits for
_MOST_ROWS = 64  # in one statement; SQLite may have a limit of 999 parameters
_STATEMENTS = 256  # that a connection keeps prepared
_BEGINNING = b"SQLite format 3\0"


class SqliteConnection(SqlConnection):
    """A connection to an SQLite file in a transaction."""

    def put(self, put: Put, rows: Sequence[Row]) -> None:
        self._run_for_all(put, rows)

    def delete(self, delete: Delete, keys: Sequence[Row]) -> None:
        self._run_for_all(delete, keys)

    def _run_for_all(self, change: Put | Delete, rows: Sequence[Row]) -> None:
        """Run a change in as few statements as possible: each lets another thread go on, and then waits for it.

        The number of rows in one is a power of two, so that there are few statements, and the driver keeps all of them.
        """
        start = 0
        while left := min(len(rows) - start, _MOST_ROWS):
            size = 1 << (left.bit_length() - 1)
            values = [value for row in rows[start : start + size] for value in row]
            self._driver.execute(self._database.written(change, size), values)
            start += size

    def together(self) -> AbstractContextManager[None]:
        return nullcontext()

    def begin(self) -> None:
        self._driver.execute("BEGIN IMMEDIATE")

    def begin_sweep(self) -> bool:
        self.begin()
        return True  # there is no other process

    def begin_with(self, user: str, *, skips_locked: bool = False) -> Row | None:  # noqa: ARG002 - nobody else writes
        if not self._driver.in_transaction:
            self.begin()
        return self.row(statements.ACCOUNT, of_account=user)

    def commit(self) -> None:
        self._driver.execute("COMMIT")


class SqliteDatabase(Database):
    """An SQLite file in WAL mode. One transaction writes at a time, and readers do not wait for it."""

    together = True
    errors = (sqlite3.Error, OSError)

    def __init__(self, url: str) -> None:
        """Open the file; a new or empty one gets the tables.

        Raises:
            ValueError: it is not of this version of the sandbox, cannot be used, or is used by another process; it was
                not changed.
        """
        place, engine = _opened(url)
        super().__init__(engine, str(place))
        self._place = place
        self._writer = threading.Lock()
        self._owner: OwnerFile | None = None
        with self.opening():
            _refuse_other_files(place)
            self._owner = OwnerFile(place)
            with self._pooled() as driver:
                self._claim(driver)
            self._opened_file, self._opened_by = place.stat(), os.getpid()
            # SQLite deletes the log of a file that it does not find, and what was committed is in the log.
            sa.event.listen(engine, "do_connect", lambda *_: self._check_place())

    def _claim(self, driver: sqlite3.Connection) -> None:
        """Check that the file is of this version, and create the tables in an empty one."""
        driver.execute("BEGIN IMMEDIATE")
        connection = SqliteConnection(self, driver)
        application, version = (driver.execute(f"PRAGMA {name}").fetchone()[0] for name in _HEADER)
        if application == APPLICATION_ID:
            check_version(version)
        else:
            [(filled,)] = driver.execute("SELECT count(*) FROM sqlite_master")
            if application or version or filled:
                raise ValueError("is a database of another program and was not changed; choose another file")
            self.create_tables(connection)
            driver.execute(f"PRAGMA application_id={APPLICATION_ID}")
        # Always written, as only this shows that the file is writable.
        driver.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        self.check_facts(connection)
        for ends in (statements.END_ALL_CLAIMS, statements.END_ALL_ADVANCES):  # those of a process that has died
            connection.run(ends)
        connection.commit()
        driver.execute("PRAGMA journal_mode=WAL")  # the file remembers it

    def _text_of(self, change: Put | Delete, rows: int) -> str:
        table = change.table
        keys = [column.name for column in table.primary_key.columns]
        if isinstance(change, Delete):
            return f"DELETE FROM {table.name} WHERE ({', '.join(keys)}) IN ({_values(len(keys), rows)})"  # noqa: S608 - own names
        columns = [column.name for column in table.columns]
        text = f"INSERT INTO {table.name} ({', '.join(columns)}) {_values(len(columns), rows)}"
        return text + on_conflict(change, keys, columns)

    @contextmanager
    def writing(self) -> Iterator[SqlConnection]:
        with self._writer, self._transaction() as connection:
            self._check_place()
            yield connection

    @contextmanager
    def reading(self) -> Iterator[SqlConnection]:
        with self._transaction() as connection:
            self._check_place()
            connection.execute("BEGIN")
            yield connection

    def leave_connections(self) -> None:
        # Not even freed: SQLite would close them, and so end locks and remove files that the other process uses.
        self._left = self._engine.pool, self._owner
        self._owner = None
        self._writer = threading.Lock()
        super().leave_connections()

    def _check_place(self) -> None:
        """Check that this process has opened the file, and that it is still the same one.

        Raises:
            OSError: a forked process would be one of several; and what is written into another file would be lost.
        """
        if self._owner is None:
            raise OSError(
                f"the file was opened by process {self._opened_by}, of which this one is a fork, and SQLite is for one "
                "process; open it in the process that uses it (gunicorn --workers 1 without --preload), or use "
                "PostgreSQL"
            )
        try:
            is_there = os.path.samestat(self._opened_file, self._place.stat())
        except FileNotFoundError:
            is_there = False
        if not is_there:
            raise OSError("the file was deleted or replaced; stop the sandbox, and put it back")

    @contextmanager
    def _transaction(self) -> Iterator[SqlConnection]:
        with self._pooled() as driver:
            try:
                yield SqliteConnection(self, driver)
            finally:
                if driver.in_transaction:
                    driver.rollback()

    def _problem(self, error: Exception) -> str:
        return _problem(self._place, error)

    def is_unavailable(self, error: Exception) -> bool:
        is_wrong = isinstance(error, (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError))
        return isinstance(error, (sqlite3.DatabaseError, OSError)) and not is_wrong

    def close(self) -> None:
        super().close()
        if self._owner is not None:
            self._owner.close()


_HEADER = ("application_id", "user_version")


def _values(columns: int, rows: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"VALUES {', '.join([row] * rows)}"


class OwnerFile:
    """A file beside a database that the process holds locked which uses it, so that there is only one."""

    def __init__(self, place: Path) -> None:
        """Lock it.

        Raises:
            ValueError: another process has it.
        """
        self._path = place.with_name(f"{place.name}-owner")
        self._file: int | None = None
        while self._file is None:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                locks.lock(file)
                if locks.is_still(file, self._path):
                    self._file = file
            except FileNotFoundError:
                pass  # its owner has removed it while closing
            except OSError as error:
                owner = os.read(file, 20).decode("ascii", "replace").strip() or "unknown"
                raise ValueError(
                    f"is used by another sandbox (process {owner}); stop that one, choose another file, or use "
                    "PostgreSQL for several processes"
                ) from error
            finally:
                if self._file is None:
                    os.close(file)
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode())

    def close(self) -> None:
        """Remove and unlock it."""
        if self._file is not None:
            locks.remove(self._file, self._path)
            self._file = None


def _opened(url: str) -> tuple[Path, sa.Engine]:
    if url in {"sqlite:///", "sqlite:///:memory:"} or not url.startswith("sqlite:///"):
        raise ValueError(f"expected a database such as sqlite:///sandbox.db, not {url!r}")
    try:
        engine = sa.create_engine(
            url, pool_reset_on_return=None, pool_size=16, max_overflow=48,
            connect_args={"timeout": _LONGEST_WAIT, "check_same_thread": False, "cached_statements": _STATEMENTS},
        )  # fmt: skip
    except (ValueError, sa.exc.ArgumentError) as error:
        raise ValueError(f"--database: {url} cannot be read ({error}); expected sqlite:///sandbox.db") from error

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
        connection.isolation_level = None
        # With FULL, what was answered survives a power failure too; a commit of many requests waits once for the disk.
        for pragma in ("synchronous=FULL", f"cache_size={_CACHE}", f"wal_autocheckpoint={_PAGES_IN_LOG}"):
            connection.execute(f"PRAGMA {pragma}")

    return Path(str(engine.url.database).removeprefix("file:")), engine


def _refuse_other_files(place: Path) -> None:
    """Refuse a file that is not a database; SQLite would overwrite a short one."""
    if not place.is_file():
        return
    with place.open("rb") as file:
        if file.read(len(_BEGINNING)) not in {b"", _BEGINNING}:
            raise ValueError("is not an SQLite database and was not changed; choose another file")


def _problem(place: Path, error: Exception) -> str:
    text = " ".join(str(error.__cause__ or error).split())
    if place.is_dir():
        return "is a folder; choose a file in it, such as sandbox.db"
    if not place.parent.is_dir():
        return f"cannot be created: the folder {place.parent} does not exist; create it first"
    if "locked" in text:
        return "is locked by another process; stop that process, or choose another file"
    if "not a database" in text or "malformed" in text:
        return f"is damaged ({text}); choose another file"
    return f"cannot be used ({text}); check that the file and its folder are readable and writable"

"""A database as the SQL store uses it: connections in transactions, whose statements are compiled once.

SQLAlchemy declares the tables, writes the statements in each database's dialect, and pools the connections. The
statements run on the driver's own cursors: through SQLAlchemy's `execute`, a payment with SQLite takes twice the time.
"""

from __future__ import annotations

import logging
import secrets
import threading
from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.schema import CreateIndex, CreateTable

from mockserver import __version__
from mockserver.store.contract import StoreUnavailableError
from mockserver.store.sql import statements
from mockserver.store.sql.schema import SCHEMA_VERSION, Delete, Put, metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    import sqlalchemy as sa


_logger = logging.getLogger(__name__)
APPLICATION = "yabandpay-mock"
Row = tuple[Any, ...]


class Compiled(NamedTuple):
    """A statement in the dialect of a database.

    It has a text, the names of its parameters in their order, and the values of those that are always the same.
    """

    text: str
    names: tuple[str, ...]
    constants: dict[str, Any]

    def parameters(self, values: dict[str, Any]) -> list[Any]:
        """The values of all parameters, in their order."""
        if self.constants:
            values = self.constants | values
        return [values[name] for name in self.names]


class SqlConnection(ABC):
    """A connection in a transaction."""

    def __init__(self, database: Database, driver: Any) -> None:  # noqa: ANN401 - the driver's own type
        self._database = database
        self._driver = driver

    def rows(self, statement: sa.Executable, **values: Any) -> list[Row]:  # noqa: ANN401 - a column's value
        """The rows that a statement returns."""
        compiled = self._database.compiled(statement)
        found: list[Row] = self._driver.execute(compiled.text, compiled.parameters(values)).fetchall()
        return found

    def row(self, statement: sa.Executable, **values: Any) -> Row | None:  # noqa: ANN401 - a column's value
        """The first row, or None."""
        rows = self.rows(statement, **values)
        return rows[0] if rows else None

    def run(self, statement: sa.Executable, **values: Any) -> int:  # noqa: ANN401 - a column's value
        """Run a statement; returns the number of changed rows, which is unknown `together` with others."""
        compiled = self._database.compiled(statement)
        changed: int = self._driver.execute(compiled.text, compiled.parameters(values)).rowcount
        return changed

    @abstractmethod
    def put(self, put: Put, rows: Sequence[Row]) -> None:
        """Add or replace rows, which are tuples of all columns."""

    @abstractmethod
    def delete(self, delete: Delete, keys: Sequence[Row]) -> None:
        """Delete the rows that have one of the keys."""

    @abstractmethod
    def together(self) -> AbstractContextManager[None]:
        """Statements whose results nobody needs, sent without waiting for each."""

    @abstractmethod
    def begin(self) -> None:
        """Begin the transaction."""

    @abstractmethod
    def begin_sweep(self) -> bool:
        """Begin the transaction, if no other process sweeps."""

    @abstractmethod
    def begin_with(self, user: str, *, skips_locked: bool = False) -> Row | None:
        """Begin the transaction, if it has not begun, and lock the row of an account until its end.

        Returns the row. None if there is no such account; or, with `skips_locked`, if another transaction has it.
        """

    @abstractmethod
    def commit(self) -> None:
        """End the transaction."""

    def execute(self, text: str) -> None:
        """Run a statement in the dialect of the database."""
        self._driver.execute(text)


class ChangeFeed(Protocol):
    """Connects this process with the others on a database."""

    def start(self) -> None:
        """Begin to hear of what others change."""

    def tell(self, user: str) -> None:
        """Announce soon that this process has changed an account."""

    def close(self) -> None:
        """Stop."""


class Database(ABC):
    """A database, opened and found to be of this version of the sandbox."""

    errors: tuple[type[Exception], ...]
    """The exceptions of the driver."""

    together: bool
    """Whether one transaction should have the work of all accounts, as only one may write at a time."""

    def __init__(self, engine: sa.Engine, shown: str) -> None:
        """`shown` says in messages which database it is, without a password."""
        self._engine = engine
        self._shown = shown
        self._compiled: dict[Any, Any] = {}
        self._changing = threading.Lock()
        self._changes = 0  # how often the database was lost and found: an odd number while it is lost
        self._is_closed = False
        self.is_open = False
        """Whether it was opened, so that problems are logged."""
        self.secret = ""

    def compiled(self, statement: sa.Executable) -> Compiled:
        known: Compiled | None = self._compiled.get(statement)
        if known is None:
            made: Any = statement.compile(dialect=self._engine.dialect)  # type: ignore[attr-defined]
            constants = {name: value for name, value in made.params.items() if value is not None}
            known = self._compiled[statement] = Compiled(str(made), tuple(made.positiontup or ()), constants)
        return known

    def written(self, change: Put | Delete, rows: int = 0) -> str:
        """The text of a statement for this number of rows, or for any number (0); it is made once."""
        text: str | None = self._compiled.get((change, rows))
        if text is None:
            text = self._compiled[change, rows] = self._text_of(change, rows)
        return text

    @abstractmethod
    def _text_of(self, change: Put | Delete, rows: int) -> str:
        """The statement for this number of rows."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[SqlConnection]:
        """A connection for a transaction that writes, which is rolled back if it is not committed.

        Raises:
            StoreUnavailableError: the database cannot be used at present.
        """

    @abstractmethod
    def reading(self) -> AbstractContextManager[SqlConnection]:
        """A connection in a transaction that only reads, and sees one state of the database.

        Raises:
            StoreUnavailableError: the database cannot be used at present.
        """

    @contextmanager
    def committing(self) -> Iterator[SqlConnection]:
        """Like `writing`, and committed at the end of the block."""
        with self.writing() as connection:
            connection.begin()
            yield connection
            connection.commit()

    @contextmanager
    def _pooled(self) -> Iterator[Any]:
        """A connection of the driver from the pool, outside a transaction."""
        since = self._changes
        try:
            pooled = self._engine.raw_connection()
            while self._is_of_before(since, pooled) or self._is_lost_connection(pooled.driver_connection):
                pooled.invalidate()
                pooled = self._engine.raw_connection()
        except PoolTimeoutError as error:
            raise self._unavailable(error, since) from error
        except self.errors as error:
            raise self._unavailable(error, since) from error
        try:
            yield pooled.driver_connection
        except self.errors as error:
            pooled.invalidate()  # psycopg may take a statement for prepared that a failed pipeline has not reached
            if sentence := self.contention(error):
                raise StoreUnavailableError(sentence) from error
            if self.is_unavailable(error):
                raise self._unavailable(error, since) from error
            raise
        finally:
            if self._is_closed:
                pooled.invalidate()  # the pool was emptied meanwhile
            pooled.close()
        if since % 2 and self._is_first_to_find(since):
            _logger.warning("The database %s can be used again.", self._shown)

    def _is_of_before(self, since: int, pooled: sa.PoolProxiedConnection) -> bool:
        """Whether a connection was made before the last outage: it does not show that the outage has ended."""
        last_loss = (since - 1) | 1  # the last odd number
        made: int = pooled.info.setdefault("since", since)
        return made < last_loss

    def _is_first_to_find(self, since: int) -> bool:
        """Whether work that began at `since` is the first to find that the database is lost, or can be used again.

        What began before the last change, and ends after it, shows nothing new.
        """
        with self._changing:
            is_first = self._changes == since
            self._changes += is_first
            return is_first

    def _is_lost_connection(self, driver: Any) -> bool:  # noqa: ANN401, ARG002 - the driver's own type
        """Whether an unused connection was closed by the server, for example because that was started again."""
        return False

    @contextmanager
    def opening(self) -> Iterator[None]:
        """A block that opens the database, which is closed if that fails.

        Raises:
            ValueError: it cannot be opened; the message says why and what to do.
        """
        try:
            yield
        except Exception as error:
            self.close()
            is_own = type(error) is ValueError  # not one of its kinds, such as that of a name with odd letters
            why = str(error) if is_own else self._problem(error)
            raise ValueError(f"--database: {self._shown} {why}") from error

    @abstractmethod
    def _problem(self, error: Exception) -> str:
        """Why the database cannot be opened, and what to do."""

    @abstractmethod
    def is_unavailable(self, error: Exception) -> bool:
        """Whether an exception of the driver means that the database cannot be used, not that a statement is wrong."""

    def contention(self, error: Exception) -> str:  # noqa: ARG002 - for a database with several processes
        """What to say of an exception that other work on the database has caused; empty for others."""
        return ""

    def _unavailable(self, error: Exception, since: int) -> StoreUnavailableError:
        text = " ".join(str(error).split()) or type(error).__name__
        if self.is_open and not since % 2 and self._is_first_to_find(since):
            _logger.warning("The database %s cannot be used: %s. The sandbox tries again by itself.", self._shown, text)
        return StoreUnavailableError(f"The sandbox cannot use its database at present: {text}.")

    def other_processes(self, own_name: str, heard: Callable[[set[str]], None]) -> ChangeFeed | None:  # noqa: ARG002 - for a database with several
        """What connects this process with the others on the database; None if there is only one."""
        return None

    def close(self) -> None:
        """Close all connections."""
        self._is_closed = True
        self._engine.dispose()

    def leave_connections(self) -> None:
        """Leave all connections to the process that opened them, of which this one is a fork."""
        self._engine.dispose(close=False)

    def create_tables(self, connection: SqlConnection) -> None:
        """Create the tables in an empty database, with what it is."""
        dialect = self._engine.dialect
        for table in metadata.sorted_tables:
            connection.execute(f"{CreateTable(table).compile(dialect=dialect)}{self._storage(table)}")
            for index in sorted(table.indexes, key=lambda index: str(index.name)):
                connection.execute(str(CreateIndex(index).compile(dialect=dialect)))
        facts = {"application": APPLICATION, "version": str(SCHEMA_VERSION), "created by": __version__,
                 "secret": secrets.token_hex(16), "checked": ""}  # fmt: skip
        for name, value in facts.items():
            connection.run(statements.PUT_FACT, name=name, value=value)

    def _storage(self, table: sa.Table) -> str:  # noqa: ARG002 - for a database that has storage parameters
        """What a table's definition ends with: how the database stores it."""
        return ""

    def check_facts(self, connection: SqlConnection) -> None:
        """Check that the tables are of this version.

        Raises:
            ValueError: they are of another version, or of another application.
        """
        facts: dict[str, str] = dict(connection.rows(statements.FACTS))
        if facts.get("application") != APPLICATION:
            raise ValueError("is a database of another program and was not changed; choose another one")
        check_version(int(facts.get("version", "0")))
        self.secret = facts["secret"]


def check_version(version: int) -> None:
    """Check the version of the tables.

    Raises:
        ValueError: it is another one than this sandbox needs.
    """
    if version > SCHEMA_VERSION:
        raise ValueError(
            f"was created by a newer sandbox: its tables have version {version}, and this one needs {SCHEMA_VERSION}. "
            "It was not changed. Use that newer sandbox, or choose another database"
        )
    if version < SCHEMA_VERSION:
        raise ValueError(
            f"was created by an older sandbox: its tables have version {version}, and this one needs {SCHEMA_VERSION}. "
            "It was not changed. To keep its accounts, start that older sandbox with it, save each account with "
            "GET /_sandbox/api/accounts/USER/bundle, and send the bundles to this one with "
            "POST /_sandbox/api/bundles. Otherwise choose another database"
        )


def on_conflict(put: Put, keys: Sequence[str], columns: Sequence[str]) -> str:
    """What an insert does with a row whose keys exist."""
    if not put.replaces:
        return ""
    changes = [
        f"{name} = {put.table.name}.{name} + excluded.{name}" if name in put.summed else f"{name} = excluded.{name}"
        for name in columns
        if name not in {*keys, *put.kept}
    ]
    return f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {', '.join(changes)}"

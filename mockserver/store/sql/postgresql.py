"""PostgreSQL, for any number of processes on one state."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mockserver.clock import stopwatch
from mockserver.store.sql import statements
from mockserver.store.sql.database import APPLICATION, Database, SqlConnection, on_conflict
from mockserver.store.sql.other_processes import OtherProcesses
from mockserver.store.sql.schema import OF_GENERATIONS, Delete, Put
from mockserver.threads import is_readable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from mockserver.store.sql.database import Row

_EXAMPLE = "postgresql+psycopg://user:password@localhost/sandbox"
_CREATION_LOCK = 0x59424E44  # YBND: held by a process that creates the tables
_SWEEP_LOCK = _CREATION_LOCK + 1  # held by a process that deletes rows of emptied accounts
_CONNECT: dict[str, Any] = {
    "connect_timeout": 5,
    "application_name": APPLICATION,
    # TCP notices a machine that is cut off. One whose server stands still acknowledges all: see `_bounded`.
    "tcp_user_timeout": 10_000,  # milliseconds
    "keepalives_idle": 10,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
_LONGEST_WAIT = 10  # seconds
_ANSWERS_WITHIN = 15.0  # seconds: longer than the server lets a statement wait for a lock
_SESSION = {
    "lock_timeout": f"{_LONGEST_WAIT}s",  # a process that stands still in a transaction holds up nobody for longer
    "idle_in_transaction_session_timeout": f"{_LONGEST_WAIT}s",
    "jit": "off",  # which pays only for long queries
}
_READ_ONLY = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_POOL, _POOL_MORE, _POOL_WAIT = 10, 30, 10
_ANALYZED_AFTER = 2_000
"""The number of rows that a process has written when it has a new database analyzed."""


class PostgresqlConnection(SqlConnection):
    """A connection to PostgreSQL in a transaction, which begins with its first statement."""

    _database: PostgresqlDatabase

    def put(self, put: Put, rows: Sequence[Row]) -> None:
        self._run_for_all(put, put.table.columns, rows)
        self._database.note_rows(len(rows))

    def delete(self, delete: Delete, keys: Sequence[Row]) -> None:
        self._run_for_all(delete, delete.table.primary_key.columns, keys)

    def _run_for_all(self, change: Put | Delete, columns: Iterable[sa.Column[Any]], rows: Sequence[Row]) -> None:
        arrays = [_array(column, values) for column, values in zip(columns, zip(*rows, strict=True), strict=True)]
        self._driver.execute(self._database.written(change), arrays)

    @contextmanager
    def together(self) -> Iterator[None]:
        with self._driver.pipeline():
            yield

    def begin(self) -> None:
        self._driver.execute(self._database.beginning())

    def begin_sweep(self) -> bool:
        self.begin()
        [(is_free,)] = self.rows(_TRY_SWEEP_LOCK)
        return bool(is_free)

    def begin_with(self, user: str, *, skips_locked: bool = False) -> Row | None:
        # One message with all statements. A pipeline would end with a Flush, which stops the server's
        # idle_in_transaction_session_timeout: a process that stands still would keep the row locked.
        statement = statements.FREE_ACCOUNT if skips_locked else statements.LOCKED_ACCOUNT
        compiled = self._database.compiled(statement)
        cursor = self._database.client_cursor(self._driver)
        cursor.execute(f"{self._database.beginning()}; {compiled.text}", compiled.parameters({"of_account": user}))
        while cursor.nextset():
            pass
        row: Row | None = cursor.fetchone()
        return row

    def commit(self) -> None:
        self._driver.execute("COMMIT")


class PostgresqlDatabase(Database):
    """A PostgreSQL database. Transactions of different accounts do not wait for each other."""

    together = False

    def __init__(self, url: str, answers_within: float = _ANSWERS_WITHIN) -> None:
        """Open the database; an empty one gets the tables. A statement fails after `answers_within` seconds.

        Raises:
            ValueError: it is not of this version of the sandbox, or cannot be used; it was not changed.
        """
        self._psycopg, engine = _opened(url)
        shown = engine.url.difference_update_query(["password", "sslpassword"])
        super().__init__(engine, shown.render_as_string(hide_password=True))
        self.errors = (self._psycopg.Error, OSError)
        self._connection = _bounded(self._psycopg, answers_within, self._note_silence)
        self._silent_at = 0.0
        self._rows = 0
        self.is_pooled = False
        """Whether a pooler such as PgBouncer gives each transaction another session, so nothing can be listened to."""
        sa.event.listen(
            engine, "do_connect", lambda _dialect, _record, given, named: self._connection.connect(*given, **named)
        )
        sa.event.listen(engine, "connect", lambda driver, _: self._prepare(driver))
        with self.opening(), self.committing() as connection:
            self._claim(connection)

    def _problem(self, error: Exception) -> str:
        text = " ".join(str(error.__cause__ or error).split())
        return (
            f"cannot be used ({text}); check that the server runs, that the database exists, and that this user may "
            "create tables in it"
        )

    def _prepare(self, driver: Any) -> None:  # noqa: ANN401 - the driver's own type
        """Prepare a new connection. A pooler gives its sessions to others too, so nothing is left in them."""
        driver.autocommit, driver.opened = True, stopwatch()
        self.is_pooled = driver.execute("SELECT pg_backend_pid()").fetchone()[0] != driver.info.backend_pid
        if self.is_pooled:
            driver.prepare_threshold = None
        else:
            driver.execute("; ".join(f"SET {name} = '{value}'" for name, value in _SESSION.items()))

    def beginning(self, begin: str = "BEGIN") -> str:
        """What begins a transaction; behind a pooler, the settings of a session are those of each transaction."""
        settings = _SESSION.items() if self.is_pooled else ()
        return "; ".join([begin, *(f"SET LOCAL {name} = '{value}'" for name, value in settings)])

    def client_cursor(self, driver: Any) -> Any:  # noqa: ANN401 - the driver's own types
        """A cursor that can send several statements with parameters in one message."""
        return self._psycopg.ClientCursor(driver)

    def connect(self) -> Any:  # noqa: ANN401 - the driver's own type
        """A connection of its own, beside those of the pool."""
        arguments, named = self._engine.dialect.create_connect_args(self._engine.url)
        return self._connection.connect(*arguments, **{**named, **_CONNECT}, autocommit=True)

    def note_rows(self, count: int) -> None:
        """Count rows that were written, until it is time to analyze a new database."""
        if self._rows < _ANALYZED_AFTER:
            self._rows += count
            if self._rows >= _ANALYZED_AFTER:
                threading.Thread(target=self._analyze, name="analyze", daemon=True).start()

    def _analyze(self) -> None:
        """Let PostgreSQL count what is in the tables, if it never has.

        It does so by itself once a minute. Until then it takes tables for small, and any index for as good as another,
        so that it reads all notifications of an account to find one.
        """
        with suppress(*self.errors), self.connect() as connection:
            [(is_new,)] = connection.execute(_NEVER_ANALYZED).fetchall()
            if is_new:
                for table in OF_GENERATIONS:
                    connection.execute(f"ANALYZE {table.name}")

    def other_processes(self, own_name: str, heard: Callable[[set[str]], None]) -> OtherProcesses:
        return OtherProcesses(self, own_name, heard)

    def _claim(self, connection: SqlConnection) -> None:
        connection.execute(f"SELECT pg_advisory_xact_lock({_CREATION_LOCK})")  # two may start at once
        tables = [name for (name,) in connection.rows(_TABLES)]
        if "sandbox" in tables:
            self.check_facts(connection)
        elif tables:
            raise ValueError(
                f"has tables of another program, such as {tables[0]}, and was not changed; choose an empty database"
            )
        else:
            self.create_tables(connection)
            self.check_facts(connection)

    def _storage(self, table: sa.Table) -> str:
        # Not by SQLAlchemy's `postgresql_with`, which version 2.0 has for indexes alone; Python 3.10 gets that version.
        return f" WITH ({', '.join(f'{name} = {value}' for name, value in table.info.items())})" if table.info else ""

    def _text_of(self, change: Put | Delete, rows: int) -> str:  # noqa: ARG002 - an array has any number of them
        table, dialect = change.table, self._engine.dialect
        keys = [column.name for column in table.primary_key.columns]
        columns = keys if isinstance(change, Delete) else [column.name for column in table.columns]
        arrays = ", ".join(f"%s::{table.c[name].type.compile(dialect=dialect)}[]" for name in columns)
        if isinstance(change, Delete):
            same = " AND ".join(f"{table.name}.{key} = gone.{key}" for key in keys)
            return f"DELETE FROM {table.name} USING unnest({arrays}) AS gone ({', '.join(keys)}) WHERE {same}"  # noqa: S608 - own names
        text = f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT * FROM unnest({arrays})"  # noqa: S608 - own names
        return text + on_conflict(change, keys, columns)

    @contextmanager
    def writing(self) -> Iterator[SqlConnection]:
        with self._pooled() as driver:
            try:
                yield PostgresqlConnection(self, driver)
            finally:
                if not driver.closed and driver.info.transaction_status != self._psycopg.pq.TransactionStatus.IDLE:
                    driver.execute("ROLLBACK")

    @contextmanager
    def reading(self) -> Iterator[SqlConnection]:
        with self.writing() as connection:
            connection.execute(self.beginning(_READ_ONLY))
            yield connection

    def _is_lost_connection(self, driver: Any) -> bool:  # noqa: ANN401 - the driver's own type
        if driver.closed or driver.opened < self._silent_at:
            return True
        return is_readable(driver.fileno())  # a server says nothing unasked but goodbye

    def _note_silence(self) -> None:
        """Use no connection any more that was opened before now: each would have to be waited for."""
        self._silent_at = stopwatch()

    def contention(self, error: Exception) -> str:
        if isinstance(error, self._psycopg.errors.LockNotAvailable):
            return f"Another process has held this account for more than {_LONGEST_WAIT} s. Send the request again."
        if isinstance(error, self._psycopg.errors.DeadlockDetected):
            return "The database has ended a deadlock with another process. Send the request again."
        return ""

    def is_unavailable(self, error: Exception) -> bool:
        unavailable = (self._psycopg.OperationalError, self._psycopg.InterfaceError, OSError)
        return isinstance(error, (*unavailable, self._psycopg.errors.IdleInTransactionSessionTimeout))


def _bounded(psycopg: Any, seconds: float, on_silence: Callable[[], None]) -> Any:  # noqa: ANN401 - an optional module
    """The driver's connection, which is closed if a statement has no answer after `seconds`."""

    class BoundedConnection(psycopg.Connection):  # type: ignore[misc]  # see above
        opened = 0.0

        def wait(self, steps: Generator[Any, Any, Any], *given: Any, **named: Any) -> Any:  # noqa: ANN401 - as the driver has it
            return super().wait(self._bounded(steps), *given, **named)

        def _bounded(self, steps: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
            """The driver's steps; it takes one each 0.1 s with nothing ready while the server is silent."""
            ends = stopwatch() + seconds
            ready = None
            try:
                while True:
                    ready = yield steps.send(ready)
                    if not ready and stopwatch() >= ends:
                        break
            except StopIteration as end:
                return end.value
            self.close()
            on_silence()
            raise psycopg.OperationalError(f"the server has not answered within {seconds:g} s")

    return BoundedConnection


def _array(column: sa.Column[Any], values: Sequence[Any]) -> str:
    """The values of a column as an array in PostgreSQL's text form. The driver's own way takes ten times as long."""
    if isinstance(column.type, sa.Integer):
        texts = ["NULL" if value is None else str(value) for value in values]
    elif isinstance(column.type, sa.LargeBinary):
        texts = [f'"\\\\x{value.hex()}"' for value in values]
    else:
        texts = ['"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values]
    return "{" + ",".join(texts) + "}"


_TRY_SWEEP_LOCK = sa.select(sa.func.pg_try_advisory_xact_lock(sa.literal_column(str(_SWEEP_LOCK))))
_NEVER_ANALYZED = (
    "SELECT bool_and(last_analyze IS NULL AND last_autoanalyze IS NULL) FROM pg_stat_user_tables"
    " WHERE schemaname = current_schema()"
)
_TABLES = sa.text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename")


def _opened(url: str) -> tuple[Any, sa.Engine]:
    try:
        import psycopg  # noqa: PLC0415 - only a sandbox with PostgreSQL has it
    except ImportError as error:
        raise ValueError(
            '--database: PostgreSQL needs psycopg; install it with pip install "yabandpay-mock[postgresql]"'
        ) from error
    try:
        engine = sa.create_engine(
            url, paramstyle="format", pool_size=_POOL, max_overflow=_POOL_MORE, pool_timeout=_POOL_WAIT,
            pool_reset_on_return=None, pool_use_lifo=True,
            connect_args=_CONNECT,
        )  # fmt: skip
    except (ValueError, sa.exc.ArgumentError, sa.exc.NoSuchModuleError) as error:
        raise ValueError(f"--database: cannot be read; expected {_EXAMPLE}") from error
    return psycopg, engine

"""Opens the database of the SQL store, and reads and changes the accounts in it."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import fields
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mockserver.clock import ClockSetting
from mockserver.domain.accounts import Account
from mockserver.store import tables

APPLICATION_ID = 0x59424E44  # YBND
"""What the header of a SQLite file says of the program that it belongs to."""

_LONGEST_WAIT = 2  # seconds for a database that another process has locked
_BEGINNING = b"SQLite format 3\0"


def open_engine(url: str) -> sa.Engine:
    """An engine whose units of work take SQLite's write lock when they begin, so that none fails half-way.

    A database that is new or empty gets the tables. One of another program stays as it is.

    Raises:
        ValueError: this is no database of this version of the sandbox, or it cannot be used.
    """
    if not url.startswith("sqlite:///") or url in {"sqlite:///", "sqlite:///:memory:"}:
        raise ValueError(f"expected a database such as sqlite:///sandbox.db, not {url!r}")
    try:
        engine = _engine(url)
    except (ValueError, sa.exc.ArgumentError) as error:
        raise ValueError(f"--database: {url} cannot be read ({error}); expected sqlite:///sandbox.db") from error
    place = Path(str(engine.url.database).removeprefix("file:"))
    try:
        _refuse_other_files(place)
        with engine.begin() as connection:
            _claim(connection)
        _write_ahead(engine)
    except (sa.exc.DBAPIError, sqlite3.Error, OSError) as error:
        engine.dispose()
        raise ValueError(f"--database: {place} {_trouble(place, error)}") from error
    except ValueError as error:
        engine.dispose()
        raise ValueError(f"--database: {place} {error}") from error
    return engine


def _engine(url: str) -> sa.Engine:
    engine = sa.create_engine(url, connect_args={"timeout": _LONGEST_WAIT}, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous=NORMAL")

    @sa.event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        reads_only = connection.get_execution_options().get("reads_only")
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return engine


def _refuse_other_files(place: Path) -> None:
    """Refuse a file that is no database; SQLite takes a short one for an empty database and writes over it."""
    if not place.is_file():
        return
    with place.open("rb") as file:
        if file.read(len(_BEGINNING)) not in {b"", _BEGINNING}:
            raise ValueError("is no SQLite database and stays as it is; name another file")


def _claim(connection: sa.Connection) -> None:
    """See that the database is one of this version, and make the tables in an empty one."""
    application, version = (
        connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("application_id", "user_version")
    )
    if application == APPLICATION_ID and version != tables.SCHEMA_VERSION:
        raise ValueError(
            f"was made by another version of the sandbox: its tables have version {version}, and this one needs "
            f"{tables.SCHEMA_VERSION}; use that version of the sandbox, or name a new file"
        )
    if application != APPLICATION_ID:
        filled = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
        if application or version or filled:
            raise ValueError("is a database of another program and stays as it is; name another file")
        tables.metadata.create_all(connection)
        connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
    # Written even if it stands there already, since a file that cannot be written shows itself by that alone.
    connection.exec_driver_sql(f"PRAGMA user_version={tables.SCHEMA_VERSION}")


def _write_ahead(engine: sa.Engine) -> None:
    """Let readers read while a unit of work is written; the file remembers it. No transaction may be open."""
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def _trouble(place: Path, error: Exception) -> str:
    """Why a database cannot be used, and what to do."""
    said = str(getattr(error, "orig", None) or error)
    if place.is_dir():
        return "is a folder; name a file in it, such as sandbox.db"
    if not place.parent.is_dir():
        return f"cannot be made: there is no folder {place.parent}; make it first"
    if "locked" in said:
        return "is locked by another process; stop that, or name another file"
    if "not a database" in said or "malformed" in said:
        return f"is damaged ({said}); name another file"
    return f"cannot be used ({said}); see that the file and its folder can be read and written"


def read_account(connection: sa.Connection, user: str) -> Account | None:
    """An account, or None."""
    row = connection.execute(tables.ACCOUNT, {"of_account": user}).one_or_none()
    if row is None:
        return None
    values = json.loads(row.value)
    return Account(**{**values, "clock": ClockSetting(*values["clock"]), "generation": row.generation})


def read_secret_keys(connection: sa.Connection) -> dict[str, str]:
    """The secret key of every account by its user."""
    rows = connection.execute(tables.ACCOUNTS)
    return {str(row.account): str(json.loads(row.value)["secret_key"]) for row in rows}


def account_text(account: Account) -> str:
    """An account as the database keeps it; its world stands in a column of its own."""
    values = {field.name: getattr(account, field.name) for field in fields(account) if field.name != "generation"}
    return json.dumps(values, ensure_ascii=False)


def change_account(connection: sa.Connection, account: Account) -> None:
    """Replace what is kept of an account."""
    connection.execute(tables.CHANGE_ACCOUNT, {"of_account": account.user, "to": account_text(account)})

"""Opens the database of the SQL store, and reads and changes its accounts."""

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
"""The id of the sandbox in the header of an SQLite file."""

_LONGEST_WAIT = 2  # seconds for a database that is locked by another process
_BEGINNING = b"SQLite format 3\0"


def open_engine(url: str) -> sa.Engine:
    """Open a database; a new or empty one gets the tables.

    Transactions take SQLite's write lock at their beginning, so that none of them fails later for want of it.

    Raises:
        ValueError: the database is not of this version of the sandbox, or cannot be used; it was not changed.
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
        raise ValueError(f"--database: {place} {_problem(place, error)}") from error
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
    """Refuse a file that is not a database; SQLite would overwrite a short one."""
    if not place.is_file():
        return
    with place.open("rb") as file:
        if file.read(len(_BEGINNING)) not in {b"", _BEGINNING}:
            raise ValueError("is not an SQLite database and was not changed; choose another file")


def _claim(connection: sa.Connection) -> None:
    """Check that the database is of this version, and create the tables in an empty one."""
    application, version = (
        connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("application_id", "user_version")
    )
    if application == APPLICATION_ID and version != tables.SCHEMA_VERSION:
        raise ValueError(
            f"was created by another version of the sandbox: its tables have version {version}, and this one needs "
            f"{tables.SCHEMA_VERSION}; use that version of the sandbox, or choose a new file"
        )
    if application != APPLICATION_ID:
        filled = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
        if application or version or filled:
            raise ValueError("is a database of another program and was not changed; choose another file")
        tables.metadata.create_all(connection)
        connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
    # Always written, as only this shows that the file is writable.
    connection.exec_driver_sql(f"PRAGMA user_version={tables.SCHEMA_VERSION}")


def _write_ahead(engine: sa.Engine) -> None:
    """Allow reads during a write; the file remembers this mode. No transaction may be open."""
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def _problem(place: Path, error: Exception) -> str:
    text = str(getattr(error, "orig", None) or error)
    if place.is_dir():
        return "is a folder; choose a file in it, such as sandbox.db"
    if not place.parent.is_dir():
        return f"cannot be created: the folder {place.parent} does not exist; create it first"
    if "locked" in text:
        return "is locked by another process; stop that process, or choose another file"
    if "not a database" in text or "malformed" in text:
        return f"is damaged ({text}); choose another file"
    return f"cannot be used ({text}); check that the file and its folder are readable and writable"


def read_account(connection: sa.Connection, user: str) -> Account | None:
    row = connection.execute(tables.ACCOUNT, {"of_account": user}).one_or_none()
    if row is None:
        return None
    values = json.loads(row.value)
    return Account(**{**values, "clock": ClockSetting(*values["clock"]), "generation": row.generation})


def read_secret_keys(connection: sa.Connection) -> dict[str, str]:
    rows = connection.execute(tables.ACCOUNTS)
    return {str(row.account): str(json.loads(row.value)["secret_key"]) for row in rows}


def account_text(account: Account) -> str:
    """An account as JSON; its generation has a column of its own."""
    values = {field.name: getattr(account, field.name) for field in fields(account) if field.name != "generation"}
    return json.dumps(values, ensure_ascii=False)


def change_account(connection: sa.Connection, account: Account) -> None:
    connection.execute(tables.CHANGE_ACCOUNT, {"of_account": account.user, "to": account_text(account)})

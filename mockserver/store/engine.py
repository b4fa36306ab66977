"""Opens the database of the SQL store, and reads and changes the accounts in it."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import sqlalchemy as sa

from mockserver.clock import ClockSetting
from mockserver.store import tables
from mockserver.store.contract import Account

_LONGEST_WAIT = 2  # seconds for a database that another process has locked


def open_engine(url: str) -> sa.Engine:
    """An engine whose units of work take SQLite's write lock when they begin, so that none fails half-way."""
    if not url.startswith("sqlite:///") or url in {"sqlite:///", "sqlite:///:memory:"}:
        raise ValueError(f"expected a database such as sqlite:///sandbox.db, not {url!r}")
    engine = sa.create_engine(url, connect_args={"timeout": _LONGEST_WAIT})

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    @sa.event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        reads_only = connection.get_execution_options().get("reads_only")
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return engine


def read_account(connection: sa.Connection, user: str) -> Account | None:
    """An account, or None."""
    row = connection.execute(tables.ACCOUNT, {"of_account": user}).one_or_none()
    if row is None:
        return None
    values = json.loads(row.value)
    return Account(**{**values, "clock": ClockSetting(*values["clock"]), "world": row.world})


def read_secret_keys(connection: sa.Connection) -> dict[str, str]:
    """The secret key of every account by its user."""
    rows = connection.execute(tables.ACCOUNTS)
    return {str(row.account): str(json.loads(row.value)["secret_key"]) for row in rows}


def account_text(account: Account) -> str:
    """An account as the database keeps it; its world stands in a column of its own."""
    values = {field.name: getattr(account, field.name) for field in fields(account) if field.name != "world"}
    return json.dumps(values, ensure_ascii=False)


def change_account(connection: sa.Connection, account: Account) -> None:
    """Replace what is kept of an account."""
    connection.execute(tables.CHANGE_ACCOUNT, {"of_account": account.user, "to": account_text(account)})

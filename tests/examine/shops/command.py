"""A right shop of commands: `create` and `state` are processes of their own, which share a SQLite file with the server.

python -m tests.examine.shops.command serve --database shop.db --gateway URL --user U --secret-key K --port P
python -m tests.examine.shops.command create --database shop.db
python -m tests.examine.shops.command state --database shop.db ORDER_ID
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from tests.examine.shops.merchant import Order, Shop
from tests.examine.shops.web import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (order_id TEXT PRIMARY KEY, content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class CommandShop(Shop):
    """Creates and shows orders by commands, and keeps them in a SQLite file."""

    def __init__(
        self, gateway_url: str, user: str, secret_key: str, *, port: int = 0, database: Path | None = None
    ) -> None:
        super().__init__(gateway_url, user, secret_key, port=port)
        self._folder = tempfile.TemporaryDirectory() if database is None else None
        self.database = database or Path(str(self._folder and self._folder.name), "shop.db")
        self.db = sqlite3.connect(self.database, timeout=30, isolation_level=None, check_same_thread=False)
        self.db.executescript(_SCHEMA)
        self._settings = {"gateway": gateway_url, "user": user, "secret_key": secret_key, "url": self.url}

    def __enter__(self) -> CommandShop:
        self.db.executemany("INSERT OR REPLACE INTO settings VALUES (?, ?)", self._settings.items())
        super().__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self.close()

    def close(self) -> None:
        self.db.close()
        if self._folder is not None:
            self._folder.cleanup()

    @property
    def create_command(self) -> list[str]:
        return [*_COMMAND, "create", "--database", str(self.database)]

    @property
    def state_command(self) -> list[str]:
        return [*_COMMAND, "state", "--database", str(self.database), "{order_id}"]

    def find(self, order_id: str) -> Order | None:
        row = self.db.execute("SELECT content FROM orders WHERE order_id = ?", (order_id,)).fetchone()
        return None if row is None else _order(json.loads(row[0]))

    def store(self, order: Order) -> None:
        content = json.dumps(asdict(order), default=str)
        self.db.execute("INSERT OR REPLACE INTO orders VALUES (?, ?)", (order.order_id, content))

    @contextmanager
    def change(self, order_id: str) -> Iterator[Order | None]:
        """An order that no other thread or process changes meanwhile."""
        with self.lock:
            self.db.execute("BEGIN IMMEDIATE")
            with self.db:
                order = self.find(order_id)
                yield order
                if order is not None:
                    self.store(order)


_COMMAND = [sys.executable, "-m", "tests.examine.shops.command"]


def _order(content: dict[str, object]) -> Order:
    known = Order(**content)  # type: ignore[arg-type]
    known.amount, known.paid_amount = Decimal(known.amount), Decimal(known.paid_amount)
    known.refunds = {name: Decimal(amount) for name, amount in known.refunds.items()}
    return known


def opened(database: Path) -> CommandShop:
    """The shop of a file that a server has written its settings to."""
    with sqlite3.connect(database) as db:
        known = dict(db.execute("SELECT name, value FROM settings"))
    db.close()
    shop = CommandShop(known["gateway"], known["user"], known["secret_key"], database=database)
    shop.url = known["url"]
    return shop


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.examine.shops.command")
    parser.add_argument("command", choices=["serve", "create", "state"])
    parser.add_argument("order_id", nargs="?", default="")
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--gateway", default="http://127.0.0.1:8765")
    parser.add_argument("--user", default="016683")
    parser.add_argument("--secret-key", default="sandbox-secret-key")
    parser.add_argument("--port", type=int, default=0)
    chosen = parser.parse_intermixed_args(arguments)
    if chosen.command == "serve":
        with CommandShop(
            chosen.gateway, chosen.user, chosen.secret_key, port=chosen.port, database=chosen.database
        ) as served:
            print(served.url, flush=True)  # noqa: T201
            served.web.wait()
        return
    shop = opened(chosen.database)
    if chosen.command == "create":
        answer = shop.create(Request("POST", "/orders", {}, b""))
    else:
        answer = shop.show(chosen.order_id)
    print(answer.body.decode())  # noqa: T201
    shop.web.close()
    shop.close()
    sys.exit(0 if answer.status < 400 else 1)


if __name__ == "__main__":
    main()

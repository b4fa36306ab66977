"""The lines that a report offers: each is accepted by its language, and together they make a shop that passes."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import shutil
import sqlite3
import subprocess
import textwrap
import threading
import uuid
from contextlib import closing, contextmanager
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, request
from werkzeug.serving import make_server

from mockserver.client import NoAnswerError
from mockserver.examine.mending import CURES, LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mockserver.client import YabandPay
    from mockserver.testing import Sandbox

HANDLER = ("parse", "verify", "unknown", "compare", "refunds", "review", "late", "once", "states")
"""The cures that make a handler of notifications, in their order."""


def test_each_cure_has_lines_in_each_language() -> None:
    assert {cure: tuple(lines) for cure, lines in CURES.items()} == dict.fromkeys(CURES, LANGUAGES)


def scripts(language: str) -> dict[str, str]:
    """The lines by cure, and those of a whole handler."""
    lines = {cure: CURES[cure][language].strip() for cure in CURES}
    return {**lines, "handler": "\n".join(lines[cure] for cure in HANDLER)}


@pytest.mark.parametrize("cure", scripts("Python"))
def test_python_accepts_the_lines(cure: str) -> None:
    compile(as_function(scripts("Python")[cure]), cure, "exec")


def as_function(lines: str, name: str = "handler") -> str:
    return f"def {name}():\n" + textwrap.indent(lines, "    ")


@pytest.mark.parametrize("cure", scripts("PHP"))
@pytest.mark.skipif(not shutil.which("php"), reason="php is not installed")
def test_php_accepts_the_lines(cure: str) -> None:
    seen = subprocess.run(
        ["php", "-l"], input=f"<?php\n{scripts('PHP')[cure]}\n", capture_output=True, text=True, check=False
    )

    assert seen.returncode == 0, seen.stdout


@pytest.mark.parametrize("cure", scripts("JavaScript"))
@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_node_accepts_the_lines(cure: str, tmp_path: Path) -> None:
    script = tmp_path / "lines.mjs"
    lines = scripts("JavaScript")[cure]
    script.write_text(f'"use strict";\nasync function handler(request, response) {{\n{lines}\n}}\n')

    seen = subprocess.run(["node", "--check", script], capture_output=True, text=True, check=False)

    assert seen.returncode == 0, seen.stderr


class Orders:
    """The functions that the lines call: a shop's own orders, in SQLite, and its requests to the gateway."""

    def __init__(self, file: Path, client: YabandPay, secret_key: str) -> None:
        self.file = file
        self.client, self.secret_key = client, secret_key
        self.url = ""
        self.run("CREATE TABLE orders (id PRIMARY KEY, state, amount, currency, trade_id, shipments DEFAULT 0)")
        self.run("CREATE TABLE refunds (id PRIMARY KEY, order_id, amount)")

    def connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.file, timeout=60)
        db.row_factory = sqlite3.Row
        return db

    def run(self, statement: str, *values: object) -> list[sqlite3.Row]:
        with closing(self.connect()) as db, db:
            return db.execute(statement, values).fetchall()

    def find(self, order_id: str) -> SimpleNamespace | None:
        rows = self.run("SELECT * FROM orders WHERE id = ?", order_id)
        return SimpleNamespace(**dict(rows[0])) if rows else None

    def pay(self, order_id: str, amount: str, currency: str) -> str:
        try:
            return self.client.create_alipay_mini_payment(
                order_id=order_id, amount=amount, currency=currency, description="Tea",
                notify_url=f"{self.url}/notify", redirect_url=f"{self.url}/return/{order_id}",
            ).trade_id  # fmt: skip
        except NoAnswerError as error:
            raise ConnectionError from error

    def payment_of(self, order_id: str) -> str | None:
        return next(
            (one.trade_id for one in self.client.list_orders(limit=500).orders if one.order_id == order_id), None
        )

    def refunded_except(self, order_id: str, refund_id: str) -> Decimal:
        rows = self.run("SELECT amount FROM refunds WHERE order_id = ? AND id != ?", order_id, refund_id)
        return sum((Decimal(row["amount"]) for row in rows), Decimal(0))

    def names(self, db: sqlite3.Connection) -> dict[str, Any]:
        """The names that the lines use, with a connection of the request."""

        def ship(order: SimpleNamespace) -> None:
            db.execute("UPDATE orders SET shipments = shipments + 1 WHERE id = ?", [order.id])

        return {
            "db": db, "request": request, "Decimal": Decimal, "json": json, "hmac": hmac, "hashlib": hashlib,
            "logging": logging, "own_user": self.client.user, "secret_key": self.secret_key,
            "find_order": self.find, "refunded_except": self.refunded_except, "ship": ship,
            "still_in_stock": lambda _order: True, "create_payment": self.pay, "find_payment": self.payment_of,
            "hold_for_a_person": lambda order, _data: self.set_state(order, "held"), "set_state": self.set_state,
            "save_order": lambda *values: self.run(
                "INSERT INTO orders (id, state, amount, currency) VALUES (?, ?, ?, ?)", *values),
            "save_refund": lambda *values: self.run("INSERT OR IGNORE INTO refunds VALUES (?, ?, ?)", *values),
            "query_order": lambda trade_id: self.client.query_order(trade_id).fields,
        }  # fmt: skip

    def set_state(self, order: SimpleNamespace, state: str) -> None:
        self.run("UPDATE orders SET state = ? WHERE id = ?", state, order.id)

    def call(self, lines: str, **values: Any) -> Any:
        """What lines of a function return."""
        with closing(self.connect()) as db:
            names = {**self.names(db), **values}
            exec(as_function(lines), names)  # noqa: S102 - the lines are the ones of the report
            return names["handler"]()


def shop_of_lines(orders: Orders) -> Flask:
    """A shop whose every decision is in the lines that the report offers."""
    lines = scripts("Python")
    shop = Flask("mended")

    @shop.post("/orders")
    def create() -> str:
        order_id = uuid.uuid4().hex
        values = {"order_id": order_id, "amount": "24.99", "currency": "EUR"}
        trade_id = orders.call(f"{lines['create']}\nreturn payment", **values)
        orders.run("UPDATE orders SET trade_id = ? WHERE id = ?", trade_id, order_id)
        return order_id

    @shop.get("/orders/<order_id>")
    def state(order_id: str) -> Any:
        order = orders.find(order_id)
        return {"state": order.state, "shipments": order.shipments} if order else ("null", 404)

    @shop.route("/notify", methods=["GET", "POST"])
    def notify() -> Any:
        return orders.call(lines["handler"])

    @shop.route("/return/<order_id>", methods=["GET", "POST"])
    def come_back(order_id: str) -> Any:
        acting = f"data = payment\n{lines['once']}"
        return orders.call(
            lines["return"],
            order=orders.find(order_id),
            store_and_act=lambda order, payment: orders.call(acting, order=order, payment=payment),
        )

    return shop


@contextmanager
def served(shop: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, shop, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.slow
def test_a_shop_of_the_python_lines_passes(sandbox: Sandbox, tmp_path: Path) -> None:
    with sandbox.account() as account:
        orders = Orders(tmp_path / "shop.db", account.client, account.secret_key)
        with served(shop_of_lines(orders)) as url:
            orders.url = url

            report = account.examine(create=f"{url}/orders", state=f"{url}/orders/{{order_id}}")

    assert [(one.name, one.sentence) for one in report.results if one.verdict != "passed"] == []

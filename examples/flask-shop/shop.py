"""A small shop that takes payments through YabandPay, with Flask and SQLite.

It signs requests, redirects the payer to the payment page, handles a missing response and notifications that are
forged, wrong, repeated or late, follows refunds, and receives the payer who returns. Start the sandbox, run these
commands, and open http://127.0.0.1:3000:

    pip install -r requirements.txt
    flask --app shop run --port 3000
"""

import hashlib
import hmac
import json
import os
import secrets
import sqlite3
import time
from contextlib import closing, contextmanager, suppress
from decimal import Decimal

import requests
from flask import Flask, Response, abort, redirect, render_template_string, request

GATEWAY = os.environ.get("YABANDPAY_URL", "http://127.0.0.1:8765")
USER = os.environ.get("YABANDPAY_USER", "016683")
SECRET_KEY = os.environ.get("YABANDPAY_SECRET_KEY", "sandbox-secret-key")
SHOP_URL = os.environ.get("SHOP_URL", "http://127.0.0.1:3000")
DATABASE = os.environ.get("SHOP_DATABASE", "shop.db")

PRODUCT, PRICE, CURRENCY = "Dragon Well tea 龙井, 100 g", "24.99", "EUR"

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 64 * 1024


# Signing -------------------------------------------------------------------------------------------------------------


def sign(fields: dict) -> str:
    """HMAC-SHA256 of the key=value pairs, sorted by key, with unencoded values."""
    text = "&".join(f"{key}={'' if fields[key] is None else fields[key]}" for key in sorted(fields))
    return hmac.new(SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def verified(body: bytes | str) -> dict | None:
    """The data of a message that YabandPay signed; None if the signature is invalid."""
    try:
        # Numbers are signed as they appear in the body, so keep them as text.
        message = json.loads(body, parse_int=str, parse_float=str)
        genuine = hmac.compare_digest(sign(message["data"]).encode(), message["sign"].encode())
        return message["data"] if genuine else None
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def received() -> bytes | str:
    """The JSON of a notification or a returning browser: the body, or a form field."""
    body = request.get_data()  # read before the form, which consumes it
    return request.form.get("resultData") or body


# Calling the gateway -------------------------------------------------------------------------------------------------


class NoAnswer(Exception):
    """No readable response: the gateway may or may not have processed the request."""


class Refused(Exception):
    """The gateway rejected the request; the message may be shown to the payer."""


def call(method: str, data: dict) -> dict:
    """The data of the gateway's response."""
    envelope = {"user": USER, "method": method, "time": int(time.time())}
    signed = {**envelope, "sign": sign({**envelope, **data}), "data": data}
    try:
        answer = requests.post(f"{GATEWAY}/Payments", json=signed, timeout=(5, 30)).json()
    except requests.RequestException as error:
        raise NoAnswer from error
    if not isinstance(answer, dict):
        raise NoAnswer
    if answer.get("status") is not True:
        raise Refused(answer.get("message"))
    return answer["data"]


# Orders --------------------------------------------------------------------------------------------------------------

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    order_id TEXT PRIMARY KEY, amount TEXT NOT NULL, currency TEXT NOT NULL, state TEXT NOT NULL, trade_id TEXT
);
CREATE TABLE IF NOT EXISTS handled (trade_id TEXT, state TEXT, PRIMARY KEY (trade_id, state));
CREATE TABLE IF NOT EXISTS refunds (refund_id TEXT PRIMARY KEY, trade_id TEXT NOT NULL, amount TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS parcels (order_id TEXT NOT NULL);
"""
# Notifications can arrive out of order, so a state only moves up. States that are not listed are final, without money.
RANKS = {"open": 0, "pending": 1, "processing": 2, "verify": 3, "authorized": 4, "paid": 6, "refunded": 7}
ENDED = 5
UNDER_WAY = ("open", "pending", "processing")
PAYER_HAS_PAID = ("verify", "authorized", "paid", "refunded")


@contextmanager
def transaction():
    """The database, locked for all others from the first read to the commit."""
    with closing(sqlite3.connect(DATABASE, timeout=10, isolation_level=None)) as db:
        db.row_factory = sqlite3.Row
        db.execute("BEGIN IMMEDIATE")
        with db:
            yield db


def find(order_id: str) -> sqlite3.Row:
    """An order with the number of its parcels."""
    query = "SELECT orders.*, count(parcels.order_id) AS parcels FROM orders LEFT JOIN parcels USING (order_id)"
    with transaction() as db:
        order = db.execute(query + " WHERE order_id = ? GROUP BY order_id", (order_id,)).fetchone()
    return order or abort(404)


def settle(data: dict) -> bool:
    """Apply a notification once, even if it arrives several times or simultaneously; False if it fits no order."""
    with transaction() as db:
        order = db.execute("SELECT * FROM orders WHERE order_id = ?", (data["order_id"],)).fetchone()
        if order is None:
            app.logger.error("trade %s is for order %s, which is not ours", data["trade_id"], data["order_id"])
            return False
        return (settle_refund if data.get("type") == "refund" else settle_payment)(db, order, data)


def settle_payment(db: sqlite3.Connection, order: sqlite3.Row, data: dict) -> bool:
    """Apply the state of a payment."""
    order_id, trade_id, state = order["order_id"], data["trade_id"], data["state"]
    # A valid signature proves the sender, not that the amount is that of the order.
    if Decimal(data["amount"]) != Decimal(order["amount"]) or data["currency"] != order["currency"]:
        actual = f"{data['currency']} {data['amount']}"
        app.logger.error("order %s: trade %s is about %s; a person must look", order_id, trade_id, actual)
        return False
    if not db.execute("INSERT OR IGNORE INTO handled VALUES (?, ?)", (trade_id, state)).rowcount:
        return True  # handled before
    if state == "paid" and order["state"] in ("paid", "refunded"):
        app.logger.error("order %s was paid twice: refund trade %s", order_id, trade_id)
    elif RANKS.get(state, ENDED) >= RANKS.get(order["state"], ENDED):
        # The refund can arrive before the payment.
        if state == "paid" and sum(refunds_of(db, trade_id).values()) == Decimal(order["amount"]):
            state = "refunded"
        db.execute("UPDATE orders SET state = ?, trade_id = ? WHERE order_id = ?", (state, trade_id, order_id))
        if state == "paid":
            db.execute("INSERT INTO parcels VALUES (?)", (order_id,))
    return True


def settle_refund(db: sqlite3.Connection, order: sqlite3.Row, data: dict) -> bool:
    """Add up the refunds of a payment: a paid order is refunded when its whole amount is."""
    order_id, trade_id, refund_id = order["order_id"], data["trade_id"], data["refund_id"]
    refunds = refunds_of(db, trade_id)
    if data["state"] != "refunded" or refund_id in refunds:
        return True  # no money moved, or handled before
    total = sum(refunds.values()) + Decimal(data["refund_amount"])
    if total > Decimal(order["amount"]) or data["refund_currency"] != order["currency"]:
        actual = f"{data['refund_currency']} {data['refund_amount']}"
        app.logger.error("order %s: refund %s is about %s; a person must look", order_id, refund_id, actual)
        return False
    db.execute("INSERT INTO refunds VALUES (?, ?, ?)", (refund_id, trade_id, data["refund_amount"]))
    # An order that was paid twice stays paid when the second trade is refunded.
    if total == Decimal(order["amount"]) and (order["state"], order["trade_id"]) == ("paid", trade_id):
        db.execute("UPDATE orders SET state = 'refunded' WHERE order_id = ?", (order_id,))
    return True


def refunds_of(db: sqlite3.Connection, trade_id: str) -> dict[str, Decimal]:
    """The amounts of a trade's refunds, by refund_id."""
    rows = db.execute("SELECT refund_id, amount FROM refunds WHERE trade_id = ?", (trade_id,))
    return {refund_id: Decimal(amount) for refund_id, amount in rows}


# Pages ---------------------------------------------------------------------------------------------------------------


@app.get("/")
def product():
    """The product page."""
    return show()


@app.post("/buy")
def buy():
    """Store the order before the payment, so it exists even if the payment fails."""
    order_id = secrets.token_hex(8)
    with transaction() as db:
        db.execute("INSERT INTO orders VALUES (?, ?, ?, 'open', NULL)", (order_id, PRICE, CURRENCY))
    return pay(order_id)


@app.post("/orders/<order_id>/pay")
def pay(order_id: str):
    """Create a payment and send the payer to it.

    Without a response the order stays open, and the payer can try again with the same order_id: if the first payment
    was created, nobody knows its page, so nobody can pay it.
    """
    order = find(order_id)
    if order["state"] in PAYER_HAS_PAID:
        return redirect(f"/orders/{order_id}", 303)
    with transaction() as db:
        db.execute("UPDATE orders SET state = 'open' WHERE order_id = ? AND state = ?", (order_id, order["state"]))
    payment = {
        "pay_method": "online",
        "sub_pay_method": "List",  # the payer picks the wallet
        "order_id": order_id,
        "amount": order["amount"],
        "currency": order["currency"],
        "description": PRODUCT,
        "timeout": "60",
        "notify_url": f"{SHOP_URL}/notify",
        "redirect_url": f"{SHOP_URL}/return/{order_id}",
    }
    try:
        created = call("v3.CreatePayments", payment)
    except NoAnswer:
        return show(find(order_id), "No answer came, so you have not paid. Please try again."), 502
    except Refused as refusal:
        return show(find(order_id), f"The payment was refused: {refusal}"), 502
    with transaction() as db:  # unless a notification arrived first
        db.execute(
            "UPDATE orders SET trade_id = ? WHERE order_id = ? AND state NOT IN ('paid', 'refunded')",
            (created["trade_id"], order_id),
        )
    return redirect(created["url"], 303)


@app.post("/notify")
def notify():
    """After any response other than `ok`, such as the 500 of an exception, the notification is sent again."""
    data = verified(received())
    if data is None:
        return Response("bad", 400, mimetype="text/plain")
    if data.get("type") not in ("payment", "refund") or not settle(data):
        return Response("bad", 409, mimetype="text/plain")
    return Response("ok", mimetype="text/plain")


@app.route("/return/<order_id>", methods=["GET", "POST"])
def come_back(order_id: str):
    """Receive the returning payer, whose browser posts the signed state in a form, or just follows a link.

    This can happen before the notification arrives. A form from another site carries no SameSite cookies.
    """
    order = find(order_id)
    if request.method == "POST":
        settle(verified(received()) or abort(400))
    elif order["trade_id"]:
        with suppress(NoAnswer, Refused):  # the notification will bring the state
            settle(call("v3.QueryOrder", {"trade_id": order["trade_id"]})["transaction_info"])
    return redirect(f"/orders/{order_id}", 303)


@app.get("/orders/<order_id>")
def order_page(order_id: str):
    """The state of an order, as a page or as JSON."""
    order = find(order_id)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return {"state": order["state"], "shipments": order["parcels"]}
    return show(order)


def show(order: sqlite3.Row | None = None, notice: str = "") -> str:
    """The one page of this shop."""
    values = {"product": PRODUCT, "price": f"{CURRENCY} {PRICE}", "waits": UNDER_WAY, "has_paid": PAYER_HAS_PAID}
    return render_template_string(PAGE, order=order, notice=notice, **values)


PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The tea shop</title>
{% if order and order.state in waits and not notice %}<meta http-equiv="refresh" content="5">{% endif %}
<style>
body { font: 17px/1.6 system-ui, sans-serif; max-width: 30rem; margin: 10vh auto; padding: 0 1rem; color: #26331f }
main { border: 1px solid #dde5d3; border-radius: 1rem; padding: 1.5rem 2rem; box-shadow: 0 8px 30px #26331f14 }
button { font: inherit; color: #fff; background: #47702c; border: 0; border-radius: .6rem; padding: .6rem 1.4rem }
dt { color: #66745c; font-size: .85em } dd { margin: 0 0 .6rem } a { color: #47702c } .notice { color: #a03018 }
</style>
<main>
{% if order %}
<h1>Your order</h1>
{% if notice %}<p class="notice" role="alert">{{ notice }}</p>{% endif %}
<dl>
<dt>Order</dt><dd>{{ order.order_id }}</dd>
<dt>Amount</dt><dd>{{ order.currency }} {{ order.amount }}</dd>
<dt>State</dt><dd><strong id="state">{{ order.state }}</strong></dd>
<dt>Parcels on their way</dt><dd id="parcels">{{ order.parcels }}</dd>
</dl>
{% if order.state not in has_paid %}
<form method="post" action="/orders/{{ order.order_id }}/pay"><button>Pay</button></form>
{% endif %}
<p><a href="/">Back to the shop</a></p>
{% else %}
<h1>{{ product }}</h1>
<p>Picked by hand in spring, roasted in the pan: {{ price }}.</p>
<form method="post" action="/buy"><button>Buy</button></form>
{% endif %}
</main>
</html>
"""

with closing(sqlite3.connect(DATABASE)) as prepared:
    prepared.executescript(SCHEMA)

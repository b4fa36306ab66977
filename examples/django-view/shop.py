"""YabandPay in Django: creating a payment, the notification endpoint, and the payer's return, in one file.

Specific to Django: views that other sites post to are csrf_exempt, because the signature proves the sender;
select_for_update in a transaction makes notifications about one order wait for each other; and a unique constraint
makes each count once. Start the sandbox, run these commands, and open http://127.0.0.1:3000:

    pip install -r requirements.txt
    python shop.py runserver --noreload 3000
"""

import hashlib
import hmac
import json
import logging
import os
import secrets
import sys
import time
from contextlib import suppress
from decimal import Decimal
from urllib.parse import urlsplit

import django
import requests
from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.management.utils import get_random_secret_key
from django.db import connection, models, transaction
from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template import engines
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

GATEWAY = os.environ.get("YABANDPAY_URL", "http://127.0.0.1:8765")
USER = os.environ.get("YABANDPAY_USER", "016683")
SECRET_KEY = os.environ.get("YABANDPAY_SECRET_KEY", "sandbox-secret-key")
SHOP_URL = os.environ.get("SHOP_URL", "http://127.0.0.1:3000")

PRODUCT, PRICE, CURRENCY = "Dragon Well tea 龙井, 100 g", "24.99", "EUR"

log = logging.getLogger("django.server")

settings.configure(
    SECRET_KEY=get_random_secret_key(),
    ALLOWED_HOSTS=[urlsplit(SHOP_URL).hostname, "127.0.0.1", "localhost"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ.get("SHOP_DATABASE", "shop.db"),
            # SQLite cannot lock rows, so each transaction locks the whole database from its start.
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 10},
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()


class Order(models.Model):
    """An order of this shop; its state is `open`, then the one from YabandPay."""

    order_id = models.CharField(primary_key=True, max_length=32)
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=20, default="open")
    trade_id = models.CharField(max_length=64, default="")

    class Meta:
        app_label = "shop"


class HandledState(models.Model):
    """The states of a trade that were handled, each once."""

    trade_id = models.CharField(max_length=64)
    state = models.CharField(max_length=20)

    class Meta:
        app_label = "shop"
        constraints = [models.UniqueConstraint(fields=["trade_id", "state"], name="handled_once")]


class Refund(models.Model):
    """Money of a trade that went back to the payer."""

    refund_id = models.CharField(primary_key=True, max_length=64)
    trade_id = models.CharField(max_length=64)
    amount = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        app_label = "shop"


class Parcel(models.Model):
    """A parcel to send for a paid order."""

    order = models.ForeignKey(Order, models.CASCADE)

    class Meta:
        app_label = "shop"


# Notifications can arrive out of order, so a state only moves up. States that are not listed are final, without money.
RANKS = {"open": 0, "pending": 1, "processing": 2, "verify": 3, "authorized": 4, "paid": 6, "refunded": 7}
ENDED = 5
PAYER_HAS_PAID = ("verify", "authorized", "paid", "refunded")


def sign(fields):
    """HMAC-SHA256 of the key=value pairs, sorted by key, with unencoded values."""
    text = "&".join(f"{key}={'' if fields[key] is None else fields[key]}" for key in sorted(fields))
    return hmac.new(SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def verified(request):
    """The signed data of a request, from its body or a form field; None if the signature is invalid."""
    body = request.body  # read before the form, which consumes it
    try:
        # Numbers are signed as they appear in the body, so keep them as text.
        message = json.loads(request.POST.get("resultData") or body, parse_int=str, parse_float=str)
        genuine = hmac.compare_digest(sign(message["data"]).encode(), message["sign"].encode())
        return message["data"] if genuine else None
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


class NoAnswer(Exception):
    """No readable response: the gateway may or may not have processed the request."""


class Refused(Exception):
    """The gateway rejected the request; the message may be shown to the payer."""


def call(method, data):
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


@transaction.atomic
def settle(data):
    """Apply a notification once, even if it arrives several times or simultaneously; False if it fits no order."""
    order = Order.objects.select_for_update().filter(order_id=data["order_id"]).first()
    if order is None:
        log.error("trade %s is for order %s, which is not ours", data["trade_id"], data["order_id"])
        return False
    return (settle_refund if data.get("type") == "refund" else settle_payment)(order, data)


def settle_payment(order, data):
    """Apply the state of a payment."""
    trade_id, state = data["trade_id"], data["state"]
    # A valid signature proves the sender, not that the amount is that of the order.
    if Decimal(data["amount"]) != order.amount or data["currency"] != order.currency:
        actual = f"{data['currency']} {data['amount']}"
        log.error("order %s: trade %s is about %s; a person must look", order.order_id, trade_id, actual)
        return False
    if not HandledState.objects.get_or_create(trade_id=trade_id, state=state)[1]:
        return True  # handled before
    if state == "paid" and order.state in ("paid", "refunded"):
        log.error("order %s was paid twice: refund trade %s", order.order_id, trade_id)
    elif RANKS.get(state, ENDED) >= RANKS.get(order.state, ENDED):
        # The refund can arrive before the payment.
        if state == "paid" and refunded(trade_id) == order.amount:
            state = "refunded"
        order.state, order.trade_id = state, trade_id
        order.save()
        if state == "paid":
            Parcel.objects.create(order=order)
    return True


def settle_refund(order, data):
    """Add up the refunds of a payment: a paid order is refunded when its whole amount is."""
    trade_id, refund_id, amount = data["trade_id"], data["refund_id"], Decimal(data["refund_amount"])
    if data["state"] != "refunded" or Refund.objects.filter(refund_id=refund_id).exists():
        return True  # no money moved, or handled before
    total = refunded(trade_id) + amount
    if total > order.amount or data["refund_currency"] != order.currency:
        actual = f"{data['refund_currency']} {amount}"
        log.error("order %s: refund %s is about %s; a person must look", order.order_id, refund_id, actual)
        return False
    Refund.objects.create(refund_id=refund_id, trade_id=trade_id, amount=amount)
    # An order that was paid twice stays paid when the second trade is refunded.
    if total == order.amount and (order.state, order.trade_id) == ("paid", trade_id):
        order.state = "refunded"
        order.save()
    return True


def refunded(trade_id):
    """How much of a trade went back to the payer."""
    return sum(Refund.objects.filter(trade_id=trade_id).values_list("amount", flat=True))


@csrf_exempt
@require_POST
def notify(request):
    """After any response other than `ok`, such as the 500 of an exception, the notification is sent again."""
    data = verified(request)
    if data is None:
        return HttpResponseBadRequest("bad", content_type="text/plain")
    if data.get("type") not in ("payment", "refund") or not settle(data):
        return HttpResponse("bad", status=409, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")


@csrf_exempt
@require_http_methods(["GET", "POST"])
def come_back(request, order_id):
    """Receive the returning payer, whose browser posts the signed state in a form, or just follows a link.

    This can happen before the notification arrives. A form from another site does not carry the session cookie.
    """
    order = get_object_or_404(Order, order_id=order_id)
    if request.method == "POST":
        data = verified(request)
        if data is None:
            return HttpResponseBadRequest("bad")
        settle(data)
    elif order.trade_id:
        with suppress(NoAnswer, Refused):  # the notification will bring the state
            settle(call("v3.QueryOrder", {"trade_id": order.trade_id})["transaction_info"])
    return _see_other(f"/orders/{order_id}")


@require_POST
def buy(request):
    """Store the order before the payment, so it exists even if the payment fails."""
    order = Order.objects.create(order_id=secrets.token_hex(8), amount=Decimal(PRICE), currency=CURRENCY)
    return pay(request, order.order_id)


@require_POST
def pay(request, order_id):
    """Create a payment and send the payer to it.

    Without a response the order stays open, and the payer can try again with the same order_id: if the first payment
    was created, nobody knows its page, so nobody can pay it.
    """
    order = get_object_or_404(Order, order_id=order_id)
    unpaid = Order.objects.filter(order_id=order_id).exclude(state__in=PAYER_HAS_PAID)
    if not unpaid.update(state="open"):
        return _see_other(f"/orders/{order_id}")
    payment = {
        "pay_method": "online",
        "sub_pay_method": "List",  # the payer picks the wallet
        "order_id": order_id,
        "amount": str(order.amount),
        "currency": order.currency,
        "description": PRODUCT,
        "timeout": "60",
        "notify_url": f"{SHOP_URL}/notify",
        "redirect_url": f"{SHOP_URL}/return/{order_id}",
    }
    try:
        created = call("v3.CreatePayments", payment)
    except NoAnswer:
        return _page(request, 502, order=order, notice="No answer came, so you have not paid. Please try again.")
    except Refused as refusal:
        return _page(request, 502, order=order, notice=f"The payment was refused: {refusal}")
    unpaid.update(trade_id=created["trade_id"])  # unless a notification arrived first
    return _see_other(created["url"])


def product(request):
    """The product page."""
    return _page(request, product=PRODUCT, price=f"{CURRENCY} {PRICE}")


def order_page(request, order_id):
    """The state of an order, as a page or as JSON."""
    order = get_object_or_404(Order, order_id=order_id)
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        return JsonResponse({"state": order.state, "shipments": order.parcel_set.count()})
    return _page(request, order=order)


def _see_other(url):
    return HttpResponseRedirect(url, status=303)


def _page(request, status=200, **values):
    content = engines["django"].from_string(PAGE).render({**values, "has_paid": PAYER_HAS_PAID}, request)
    return HttpResponse(content, status=status)


PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The tea shop</title>
<style>body { font: 17px/1.6 system-ui, sans-serif; max-width: 30rem; margin: 10vh auto; padding: 0 1rem }</style>
{% if order %}
<h1>Your order {{ order.order_id }}</h1>
<p role="alert">{{ notice }}</p>
<p>{{ order.currency }} {{ order.amount }}: <strong id="state">{{ order.state }}</strong>,
parcels on their way: <span id="parcels">{{ order.parcel_set.count }}</span></p>
{% if order.state not in has_paid %}
<form method="post" action="/orders/{{ order.order_id }}/pay">{% csrf_token %}<button>Pay</button></form>
{% endif %}
<p><a href="/">Back to the shop</a></p>
{% else %}
<h1>{{ product }}</h1>
<p>{{ price }}</p>
<form method="post" action="/buy">{% csrf_token %}<button>Buy</button></form>
{% endif %}
</html>
"""

urlpatterns = [
    path("", product),
    path("buy", buy),
    path("orders/<order_id>", order_page),
    path("orders/<order_id>/pay", pay),
    path("notify", notify),
    path("return/<order_id>", come_back),
]


def make_tables():
    """Create the tables; a real project uses migrations."""
    existing = connection.introspection.table_names()
    with connection.schema_editor() as editor:
        for model in (Order, HandledState, Refund, Parcel):
            if model._meta.db_table not in existing:
                editor.create_model(model)


if __name__ == "__main__":
    make_tables()
    execute_from_command_line(sys.argv)

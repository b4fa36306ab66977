"""The demonstration: a sandbox, a merchant and a client in one terminal, which print each step."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from mockserver.cli.lines import BOLD, DIM, GREEN, RED
from mockserver.client import RefusedError, YabandPay
from mockserver.gateway.example import DOCUMENTED_DATA
from mockserver.testing import Merchant, Sandbox

if TYPE_CHECKING:
    from mockserver.cli.console import Console
    from mockserver.client import CreatedPayment
    from mockserver.settings import Settings


def run_demo(settings: Settings, console: Console) -> None:
    with Sandbox(replace(settings, port=0, log="none")) as sandbox, Merchant(settings.secret_key) as merchant:
        console.write(console.paint("A merchant integrates YabandPay, in three payments", BOLD))
        console.write()
        _say(console, "sandbox", f"serves the gateway at {sandbox.url}/Payments")
        _say(console, "merchant", f"waits for notifications at {merchant.url}")
        client = sandbox.client()
        _play_paid(console, client, merchant)
        _play_declined(console, client, merchant)
        _play_wrongly_signed(console, sandbox, merchant)
        console.write()


def _play_paid(console: Console, client: YabandPay, merchant: Merchant) -> None:
    _title(console, 1, "The payer pays")
    payment = _create(console, client, merchant, "DEMO-1")
    _show_notification(console, merchant, 1)
    order = client.query_order(payment.trade_id)
    _say(console, "merchant", f"confirms it with v3.QueryOrder: the order is {order.state}")


def _play_declined(console: Console, client: YabandPay, merchant: Merchant) -> None:
    _title(console, 2, "The wallet declines")
    _say(console, "merchant", "uses the order id DECLINED-2, which selects the scenario declined")
    _create(console, client, merchant, "DECLINED-2")
    _show_notification(console, merchant, 2)
    _say(console, "merchant", "keeps the order unpaid and offers another wallet")


def _play_wrongly_signed(console: Console, sandbox: Sandbox, merchant: Merchant) -> None:
    _title(console, 3, "The merchant signs with a wrong key")
    client = YabandPay(sandbox.settings.user, "yesterday's key", sandbox.url)
    try:
        _create(console, client, merchant, "DEMO-3")
    except RefusedError as refusal:
        _say(console, "gateway", console.paint(f"rejects: {refusal.code} {refusal.message}", RED))
        _say(console, "sandbox", f"explains in X-Sandbox-Reason: {refusal.reason}")
        with sandbox.app.store.read(sandbox.settings.user) as unit:
            exchange = unit.exchanges(1)[0]
        _say(console, "sandbox", "signed this string:")
        _say(console, "", console.paint(exchange.string_to_sign, DIM))


def _create(console: Console, client: YabandPay, merchant: Merchant, order_id: str) -> CreatedPayment:
    _say(console, "merchant", f"creates order {order_id} for EUR 24.99 with v3.CreatePaymentsAlipayMiniPay")
    payment = client.create_alipay_mini_payment(
        order_id=order_id,
        amount="24.99",
        currency="EUR",
        description=DOCUMENTED_DATA["description"],
        notify_url=merchant.url,
    )
    _say(console, "gateway", f"accepts: {payment.state}, trade {payment.trade_id}")
    _say(console, "", console.paint(f"for the mini program: {json.dumps(payment.parameters)}", DIM))
    return payment


def _show_notification(console: Console, merchant: Merchant, number: int) -> None:
    received = merchant.wait_for(number)[number - 1]
    notification = received.notification
    if notification is None:
        _say(console, "merchant", console.paint("receives a notification that does not verify", RED))
        return
    _say(
        console, "gateway", f"notifies: {console.paint(notification.state, GREEN)}, {len(received.body)} bytes, signed"
    )
    _say(console, "merchant", f"verifies the signature, finds order {notification.order_id}, answers ok")


def _title(console: Console, number: int, text: str) -> None:
    console.write()
    console.write(console.paint(f"{number}. {text}", BOLD))


def _say(console: Console, who: str, what: str) -> None:
    console.write(f"   {who:9} {what}")

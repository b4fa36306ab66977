"""The payer's page, over HTTP: what it shows, what can be picked, and how the browser returns."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockserver.client import OnlineOrder, verify_notification
from tests.helpers import SECRET_KEY

if TYPE_CHECKING:
    from mockserver.client import CreatedPayment
    from mockserver.testing import Merchant, Sandbox

ORDER: OnlineOrder = {
    "order_id": "P-1", "amount": "24.99", "currency": "EUR", "description": "Tea", "redirect_url": "https://shop.example/back",
    "notify_url": "https://mapi.yabandpay.com/refused",
}  # fmt: skip


def created(sandbox: Sandbox, wallet: str = "iDEAL", **changes: Any) -> CreatedPayment:
    order: Any = {**ORDER, **changes}
    return sandbox.client().create_payment(wallet, **order)


def picked(page: str, state: str, **more: str) -> requests.Response:
    return requests.post(page, data={"state": state, **more}, timeout=30)


def choices(page: str) -> list[str]:
    return re.findall(r'name="state" value="(\w+)"', requests.get(page, timeout=30).text)


@pytest.mark.parametrize("state", ["paid", "verify", "declined", "failed", "cancelled", "expired"])
def test_the_payer_picks_the_outcome(sandbox: Sandbox, merchant: Merchant, state: str) -> None:
    payment = created(sandbox, notify_url=merchant.url)
    assert state in choices(payment.url)
    shown = picked(payment.url, state)
    assert (shown.status_code, shown.url) == (200, payment.url)
    assert f"<strong>{state}</strong>" in shown.text
    assert choices(payment.url) == []
    assert sandbox.client().query_order(payment.trade_id).state == state
    notification = merchant.wait_for(1)[0].notification
    assert notification is not None
    assert notification.state == state


def test_a_page_shows_the_order(sandbox: Sandbox) -> None:
    answer = requests.get(created(sandbox).url, timeout=30)
    for text in ("EUR 24.99", "Tea", "P-1", "iDEAL", "no money moves"):
        assert text in answer.text
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'self'"
    style = re.findall(r'href="([^"]+\.css)"', answer.text)[0]
    assert requests.get(sandbox.url + style, timeout=30).headers["Content-Type"].startswith("text/css")


def test_what_the_merchant_sends_is_shown_as_text(sandbox: Sandbox) -> None:
    hostile = "<script>alert(1)</script>\"'&"
    page = requests.get(created(sandbox, description=hostile, order_id=hostile).url, timeout=30).text
    assert "<script" not in page
    assert html.escape("<script>") in page


def test_the_browser_returns_with_the_signed_payload(sandbox: Sandbox) -> None:
    payment = created(sandbox, demo='{"a":"<b>"}')
    page = picked(payment.url, "paid").text
    assert 'method="post" action="https://shop.example/back"' in page
    sent = html.unescape(re.findall(r'name="resultData" value="([^"]*)"', page)[0])
    returned = verify_notification(sent.encode(), SECRET_KEY)
    assert (returned.state, returned.trade_id, returned.demo) == ("paid", payment.trade_id, '{"a":"<b>"}')


@pytest.mark.parametrize("redirect_url", ["", "javascript:alert(1)", "shop://back"])
def test_without_a_web_address_there_is_no_way_back(sandbox: Sandbox, redirect_url: str) -> None:
    assert "resultData" not in requests.get(created(sandbox, redirect_url=redirect_url).url, timeout=30).text


def test_a_hosted_cashier_lets_the_payer_pick_the_wallet(sandbox: Sandbox) -> None:
    payment = created(sandbox, "List")
    assert 'value="Bancontact"' in requests.get(payment.url, timeout=30).text
    picked(payment.url, "paid", wallet="Bancontact")
    assert sandbox.client().query_order(payment.trade_id).fields["sub_pay_method"] == "Bancontact"


def test_a_hosted_cashier_offers_what_takes_the_amount_and_the_currency(sandbox: Sandbox) -> None:
    offered = requests.get(created(sandbox, "List", amount="0.99").url, timeout=30).text
    assert 'value="Alipay"' in offered
    assert not {wallet for wallet in ("iDEAL", "PayPal") if f'value="{wallet}"' in offered}
    assert 'value="Bancontact"' not in requests.get(created(sandbox, "List", currency="CNY").url, timeout=30).text


def test_a_wallet_that_is_not_offered_is_not_taken(sandbox: Sandbox) -> None:
    payment = created(sandbox, "iDEAL")
    picked(payment.url, "paid", wallet="Bancontact")
    assert sandbox.client().query_order(payment.trade_id).fields["sub_pay_method"] == "iDEAL"


def test_an_authorisation_is_authorised_on_its_page(sandbox: Sandbox) -> None:
    order: Any = ORDER
    payment = sandbox.client().create_card_payment(request_id="r1", operation="2", **order)
    assert "authorized" in choices(payment.url)
    assert {"paid", "verify"}.isdisjoint(choices(payment.url))
    picked(payment.url, "authorized")
    assert sandbox.client().query_order(payment.trade_id).state == "authorized"


def test_a_payment_that_is_only_initiated_can_be_paid(sandbox: Sandbox) -> None:
    payment = created(sandbox, order_id="PENDING-1")
    assert picked(payment.url, "paid").status_code == 200
    assert sandbox.client().query_order(payment.trade_id).state == "paid"


@pytest.mark.parametrize("state", ["authorized", "processing", "paid ", "", "nonsense"])
def test_what_is_not_offered_is_refused(sandbox: Sandbox, state: str) -> None:
    payment = created(sandbox)
    refused = picked(payment.url, state)
    assert refused.status_code == 409
    assert "is processing and cannot become" in refused.text
    assert sandbox.client().query_order(payment.trade_id).state == "processing"


def test_a_finished_order_is_finished(sandbox: Sandbox) -> None:
    payment = created(sandbox)
    picked(payment.url, "declined")
    assert picked(payment.url, "paid").status_code == 409
    assert "nothing left to pay here" in requests.get(payment.url, timeout=30).text


@pytest.mark.parametrize("path", ["/checkout/016683/unknown", "/checkout/nobody/unknown"])
def test_an_unknown_order_is_told(sandbox: Sandbox, path: str) -> None:
    answer = requests.get(sandbox.url + path, timeout=30)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "There is no " in answer.text
    assert picked(sandbox.url + path, "paid").status_code == 404

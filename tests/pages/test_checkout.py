"""The checkout page over HTTP: what it shows, what can be simulated, and how the browser returns."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import pytest
import requests

from mockserver.client import OnlineOrder, verify_notification
from mockserver.domain.payments.payer import LATE_PAYMENT_DELAY
from mockserver.domain.wallets import HOSTED
from mockserver.settings import Settings
from mockserver.signing.signature import sign, string_to_sign
from mockserver.testing import Merchant, Sandbox
from tests.helpers import SECRET_KEY, USER
from tests.sockets import wait_until

if TYPE_CHECKING:
    from mockserver.client import CreatedPayment
    from mockserver.clock import FrozenClock

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


def return_form(page: str) -> tuple[str, str, str]:
    """The address, and the name and value of the only field, of the form that leads back to the shop."""
    [found] = re.findall(
        r'<form method="post" action="(http[^"]*)">\s*<input type="hidden" name="([^"]*)" value="([^"]*)">', page
    )
    address, name, value = map(html.unescape, found)
    return address, name, value


def state_in(page: str) -> str:
    return str(re.findall(r'<span class="state \w+">(\w+)</span>', page)[0])


def page_of(payment: CreatedPayment, **query: str) -> str:
    return requests.get(payment.url, params=query, timeout=30).text


@pytest.mark.parametrize("state", ["paid", "verify", "declined", "failed", "cancelled", "expired"])
def test_the_payer_picks_the_outcome(lasting: Sandbox, merchant: Merchant, state: str) -> None:
    payment = created(lasting, notify_url=merchant.url)
    assert state in choices(payment.url)
    shown = picked(payment.url, state)
    assert (shown.status_code, shown.url) == (200, payment.url)
    assert state_in(shown.text) == state
    assert choices(payment.url) == []
    assert lasting.client().query_order(payment.trade_id).state == state
    notification = merchant.wait_for(1)[0].notification
    assert notification is not None
    assert notification.state == state


def test_a_page_shows_the_order(sandbox: Sandbox) -> None:
    answer = requests.get(created(sandbox).url, timeout=30)
    for text in ("EUR 24.99", "Tea", "P-1", "iDEAL", "no money moves", "Merchant 016683"):
        assert text in answer.text
    assert (
        answer.headers["Content-Security-Policy"]
        == "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'"
    )
    style = re.findall(r'href="([^"]+\.css[^"]*)"', answer.text)[0]
    assert requests.get(sandbox.url + style, timeout=30).headers["Content-Type"].startswith("text/css")


def test_what_the_merchant_sends_is_shown_as_text(sandbox: Sandbox) -> None:
    hostile = "<script>alert(1)</script>\"'&"
    sandbox.app.store.change_account(USER, lambda account: replace(account, name=hostile))
    payment = created(sandbox, description=hostile, order_id=hostile, demo=hostile)
    for page in (page_of(payment), picked(payment.url, hostile).text, picked(payment.url, "paid").text):
        assert "<script>" not in page
        assert html.escape("<script>") in page
        assert "alert(1)</script>" not in page


def test_a_key_is_hidden_from_the_payer_and_the_signed_payload_is_the_gateways_own(sandbox: Sandbox) -> None:
    payment = created(sandbox, description=SECRET_KEY, demo=SECRET_KEY)
    for page in (page_of(payment), picked(payment.url, "paid").text):
        (sent,) = re.findall(r'name="resultData" value="([^"]*)"', page)
        assert verify_notification(html.unescape(sent).encode(), SECRET_KEY).demo == SECRET_KEY
        assert SECRET_KEY not in page.replace(sent, "")


def test_the_browser_returns_with_the_signed_payload(sandbox: Sandbox) -> None:
    payment = created(sandbox, demo='{"a":"<b>"}')
    page = picked(payment.url, "paid").text
    assert 'method="post" action="https://shop.example/back"' in page
    sent = html.unescape(re.findall(r'name="resultData" value="([^"]*)"', page)[0])
    returned = verify_notification(sent.encode(), SECRET_KEY)
    assert (returned.state, returned.trade_id, returned.demo) == ("paid", payment.trade_id, '{"a":"<b>"}')


@pytest.mark.parametrize(
    "redirect_url", ["", "javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "shop://back"]
)
def test_without_a_web_address_there_is_no_way_back(lasting: Sandbox, redirect_url: str) -> None:
    assert "resultData" not in requests.get(created(lasting, redirect_url=redirect_url).url, timeout=30).text


def test_a_hosted_cashier_lets_the_payer_pick_the_wallet(sandbox: Sandbox) -> None:
    payment = created(sandbox, "List")
    assert 'value="Bancontact"' in requests.get(payment.url, timeout=30).text
    picked(payment.url, "paid", wallet="Bancontact")
    assert sandbox.client().query_order(payment.trade_id).fields["sub_pay_method"] == "Bancontact"


def test_a_hosted_cashier_offers_what_takes_the_amount_and_the_currency(sandbox: Sandbox) -> None:
    offered = requests.get(created(sandbox, "List", amount="0.99").url, timeout=30).text
    assert 'value="Alipay"' in offered
    assert not {wallet for wallet in ("iDEAL", "PayPal", "Sofort/Digital") if f'value="{wallet}"' in offered}
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
def test_what_is_not_offered_is_refused(lasting: Sandbox, state: str) -> None:
    payment = created(lasting)
    refused = picked(payment.url, state)
    assert refused.status_code == 409
    assert "is processing and cannot become" in refused.text
    assert lasting.client().query_order(payment.trade_id).state == "processing"


def test_a_finished_order_is_finished(sandbox: Sandbox) -> None:
    payment = created(sandbox)
    picked(payment.url, "declined")
    assert picked(payment.url, "paid").status_code == 409
    chinese = requests.post(f"{payment.url}?lang=zh", data={"state": "paid"}, timeout=30)
    assert (chinese.status_code, "cannot become" in chinese.text, "不能变为 paid" in chinese.text) == (409, False, True)
    shown = page_of(payment)
    assert "The payment was declined." in shown
    assert choices(payment.url) == []
    assert "card_number" not in shown


def test_a_button_that_is_pressed_twice_does_no_harm(sandbox: Sandbox) -> None:
    payment = created(sandbox)
    picked(payment.url, "paid")
    assert (again := picked(payment.url, "paid")).status_code == 200
    assert state_in(again.text) == "paid"


@pytest.mark.parametrize("path", ["/checkout/016683/unknown", "/checkout/nobody/unknown"])
def test_an_unknown_order_is_an_error_page(lasting: Sandbox, path: str) -> None:
    answer = requests.get(lasting.url + path, timeout=30)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "There is no " in answer.text
    assert picked(lasting.url + path, "paid").status_code == 404


@pytest.mark.parametrize("wallet", [wallet.name for wallet in HOSTED])
def test_every_wallet_has_its_page(lasting: Sandbox, wallet: str) -> None:
    payment = created(lasting, wallet)
    page = page_of(payment)
    assert re.search(r'<body class="checkout brand-\w+">', page)
    assert len(re.findall(r'class="go"', page)) == (0 if wallet == "List" else 1), "one button stands out"
    assert re.search(r'<svg viewBox="[\d ]+" class="code">', page), "a code for the payer's phone"
    assert not re.search(r"style=|onclick=|<script>", page), "the policy would not allow them"
    assert "paid" in choices(payment.url)
    picked(payment.url, "paid")
    assert lasting.client().query_order(payment.trade_id).state == "paid"


@pytest.mark.parametrize(("wallet", "bank"), [("iDEAL", "Polderbank"), ("EPS", "Gipfelkreuzbank")])
def test_the_payer_picks_an_invented_bank(lasting: Sandbox, wallet: str, bank: str) -> None:
    payment = created(lasting, wallet)
    assert f'name="bank" value="{bank}" checked' in page_of(payment)
    assert state_in(picked(payment.url, "paid", bank=bank).text) == "paid"


def test_a_bank_transfer_shows_what_the_answer_said(sandbox: Sandbox) -> None:
    order: Any = ORDER
    payment = sandbox.client().create_bank_transfer(request_id="r1", **order)
    page = page_of(payment)
    assert sorted(payment.parameters) == ["account_name", "bic", "iban", "reference"]
    assert all(f">{text}</dd>" in page for text in payment.parameters.values())


def test_a_code_in_a_shop_leads_to_a_choice_of_wallets_and_shows_the_tip(sandbox: Sandbox) -> None:
    order: Any = ORDER
    payment = sandbox.client().create_shop_qrcode(tip_amount="2.50", **order)
    page = page_of(payment)
    assert "EUR 2.50" in page
    assert 'name="wallet" value="Alipay"' in page
    assert "brand-alipay" in page_of(payment, wallet="Alipay")
    picked(payment.url, "paid", wallet="Alipay")
    assert sandbox.client().query_order(payment.trade_id).fields["sub_pay_method"] == "Alipay"


def test_a_wallet_that_is_picked_on_the_cashier_shows_its_own_page(sandbox: Sandbox) -> None:
    payment = created(sandbox, "List")
    assert "Polderbank" in page_of(payment, wallet="iDEAL")
    assert 'type="hidden" name="wallet" value="iDEAL"' in page_of(payment, wallet="iDEAL")
    assert "Choose a payment method" in page_of(payment, wallet="Payconiq"), "that one is not offered"


def test_an_account_with_a_name_is_the_shop(sandbox: Sandbox) -> None:
    sandbox.app.store.change_account(USER, lambda account: replace(account, name="Tea House"))
    assert "Tea House" in page_of(created(sandbox))


class TestSteps:
    def test_a_step_is_in_the_address_and_an_unknown_one_is_the_first(self, sandbox: Sandbox) -> None:
        payment = created(sandbox)
        assert "Log in to your bank" in page_of(payment, bank="Tulpenkas", step="login")
        assert "Approve the payment" in page_of(payment, bank="Tulpenkas", step="approve")
        for query in ({"bank": "Tulpenkas"}, {"bank": "Nobank", "step": "login"}, {"step": "approve"}, {"step": "<b>"}):
            assert 'name="bank" value="Polderbank" checked' in page_of(payment, **query), query
        assert sandbox.client().query_order(payment.trade_id).state == "processing"

    def test_hostile_steps_are_shown_as_text(self, sandbox: Sandbox) -> None:
        hostile = '"><script>alert(1)</script>'
        for wallet in ("List", "iDEAL", "WeChat Pay", "Bancontact"):
            page = page_of(created(sandbox, wallet), wallet=hostile, step=hostile, bank=hostile, plain=hostile)
            assert "<script>alert" not in page, wallet

    def test_a_scan_is_noted_once_and_leads_to_the_sheet(self, sandbox: Sandbox) -> None:
        payment = created(sandbox, "WeChat Pay")
        before = requests.head(payment.url, timeout=30).headers["X-Sandbox-Revision"]
        assert requests.head(payment.url, params={"scanned": "1"}, timeout=30).headers["X-Sandbox-Revision"] == before
        for _ in range(2):
            shown = requests.get(payment.url, params={"scanned": "1"}, timeout=30)
            assert shown.url == f"{payment.url}?step=sheet"
        with sandbox.app.store.read(USER) as view:
            texts = [event.text for event in view.events(payment.trade_id)]
        assert texts.count("the payer scanned the QR code of the page") == 1
        asked = requests.head(payment.url, timeout=30)
        assert (asked.headers["X-Sandbox-Revision"] == before, asked.content) == (False, b"")
        assert "Scanned." in page_of(payment)
        picked(payment.url, "paid")
        assert requests.get(payment.url, params={"scanned": "1"}, timeout=30).url.endswith("?scanned=1"), "too late"

    def test_a_clean_page_stays_clean(self, sandbox: Sandbox) -> None:
        payment = created(sandbox, "List")
        clean = page_of(payment, plain="1")
        assert "Simulate" not in clean
        assert '<input type="hidden" name="plain" value="1">' in clean
        paid = requests.post(payment.url, params={"plain": "1", "wallet": "Alipay"}, data={"state": "paid"}, timeout=30)
        assert paid.url == f"{payment.url}?plain=1"
        assert "Notifications" not in paid.text
        assert sandbox.client().query_order(payment.trade_id).fields["sub_pay_method"] == "Alipay"


def test_the_page_shows_how_the_shop_answered(sandbox: Sandbox, merchant: Merchant, clock: FrozenClock) -> None:
    merchant.respond_with(500, "<script>alert(1)</script>")
    payment = created(sandbox, notify_url=merchant.url)
    picked(payment.url, "paid")
    merchant.wait_for(1)
    wait_until(lambda: "answered HTTP 500" in page_of(payment))
    page = page_of(payment)
    assert "Next attempt in" in page
    assert "data-settled" not in page
    assert "<script>alert" not in page
    clock.advance(15_000)
    merchant.wait_for(2)
    wait_until(lambda: "data-settled" in page_of(payment))
    assert re.search(r"answered ok in \d+ ms", page_of(payment))


class TestTime:
    def test_a_clock_that_stands_still_is_said_to(self, sandbox: Sandbox) -> None:
        page = page_of(created(sandbox, timeout="15"))
        assert ">15:00</span>" in page
        assert "data-left" not in page
        assert "sandbox clock is paused" in page

    def test_a_clock_that_runs_is_counted_down(self) -> None:
        with Sandbox(Settings(port=0)) as sandbox:
            page = page_of(created(sandbox, timeout="90"))
        left = int(re.findall(r'data-left="(\d+)"', page)[0])
        assert 89 * 60_000 < left <= 90 * 60_000
        assert re.search(r">1:(30:00|29:\d\d)</span>", page)
        assert "sandbox clock is paused" not in page

    def test_a_page_that_is_opened_too_late_says_so(self, sandbox: Sandbox, clock: FrozenClock) -> None:
        payment = created(sandbox, timeout="15")
        clock.advance(15 * 60_000)
        assert state_in(page_of(payment)) == "expired"
        assert picked(payment.url, "paid").status_code == 409

    def test_a_page_that_is_open_elsewhere_can_learn_the_state(self, sandbox: Sandbox) -> None:
        payment = created(sandbox)
        assert requests.head(payment.url, timeout=30).headers["X-Sandbox-State"] == "processing"
        picked(payment.url, "verify")
        assert requests.head(payment.url, timeout=30).headers["X-Sandbox-State"] == "verify"


def simulated(payment: CreatedPayment, edge_case: str, **more: str) -> requests.Response:
    return requests.post(payment.url, data={"edge_case": edge_case, **more}, timeout=30)


class TestEdgeCases:
    @pytest.mark.parametrize(("edge_case", "closed"), [("late", "expired"), ("cancelled", "cancelled")])
    def test_money_arrives_after_the_order_was_closed(
        self, sandbox: Sandbox, merchant: Merchant, clock: FrozenClock, edge_case: str, closed: str
    ) -> None:
        payment = created(sandbox, notify_url=merchant.url)
        shown = simulated(payment, edge_case)
        assert state_in(shown.text) == closed
        assert "A late payment is on its way." in shown.text
        merchant.wait_for(1)
        clock.advance(LATE_PAYMENT_DELAY - 1)
        assert state_in(page_of(payment)) == closed
        clock.advance(1)
        received = merchant.wait_for(2)
        assert [one.notification and one.notification.state for one in received] == [closed, "paid"]
        assert state_in(page_of(payment)) == "paid"
        assert sandbox.client().query_order(payment.trade_id).state == "paid"

    def test_a_notification_is_lost(self, sandbox: Sandbox, merchant: Merchant) -> None:
        payment, other = created(sandbox, notify_url=merchant.url), created(sandbox, notify_url=merchant.url)
        assert "dropped, as simulated" in simulated(payment, "lost").text
        picked(other.url, "paid")
        (received,) = merchant.wait_for(1)
        assert received.notification is not None
        assert received.notification.trade_id == other.trade_id, "what came later has come, so the first never will"
        assert sandbox.client().query_order(payment.trade_id).state == "paid"

    def test_a_notification_comes_twice(self, sandbox: Sandbox, merchant: Merchant) -> None:
        simulated(created(sandbox, notify_url=merchant.url), "twice")
        first, second = merchant.wait_for(2)
        assert first.body == second.body
        assert first.notification is not None
        assert first.notification.state == "paid"

    def test_a_notification_is_signed_wrongly(self, sandbox: Sandbox, merchant: Merchant) -> None:
        payment = created(sandbox, notify_url=merchant.url)
        simulated(payment, "forged")
        (received,) = merchant.wait_for(1)
        assert received.notification is None
        assert payment.trade_id.encode() in received.body
        assert verify_notification(received.body, f"not {SECRET_KEY}").state == "paid"

    def test_an_authorisation_has_edge_cases_too(self, sandbox: Sandbox, clock: FrozenClock) -> None:
        order: Any = ORDER
        payment = sandbox.client().create_card_payment(request_id="r1", operation="2", **order)
        simulated(payment, "late")
        clock.advance(LATE_PAYMENT_DELAY)
        assert state_in(page_of(payment)) == "authorized"

    def test_an_edge_case_on_the_cashier_uses_the_wallet_that_was_picked(self, sandbox: Sandbox) -> None:
        payment = created(sandbox, "List")
        simulated(payment, "twice", wallet="Bancontact")
        assert sandbox.client().query_order(payment.trade_id).fields["sub_pay_method"] == "Bancontact"

    def test_an_order_that_is_only_initiated_has_edge_cases_too(self, sandbox: Sandbox) -> None:
        assert state_in(simulated(created(sandbox, order_id="PENDING-1"), "late").text) == "expired"

    @pytest.mark.parametrize("edge_case", ["nonsense", "", "Late"])
    def test_an_unknown_edge_case_is_refused(self, lasting: Sandbox, edge_case: str) -> None:
        payment = created(lasting)
        assert simulated(payment, edge_case).status_code == 409
        assert lasting.client().query_order(payment.trade_id).state == "processing"

    def test_a_finished_order_has_no_edge_cases(self, sandbox: Sandbox) -> None:
        payment = created(sandbox)
        picked(payment.url, "declined")
        assert simulated(payment, "late").status_code == 409


class TestReturn:
    def test_a_plain_link_where_the_setting_says_so(self) -> None:
        with Sandbox(Settings(port=0, return_method="get")) as sandbox:
            page = picked(created(sandbox).url, "paid").text
        assert 'href="https://shop.example/back"' in page
        assert "resultData" not in page
        assert "<form" not in page

    @pytest.mark.parametrize("lang", ["en", "zh"])
    @pytest.mark.parametrize("state", ["paid", "expired", ""])
    @pytest.mark.parametrize(("return_method", "prefix"), [("post", b"resultData=%7B"), ("raw", b"%7B")])
    def test_a_form_sends_the_signed_payload_with_or_without_a_prefix(
        self, return_method: str, prefix: bytes, state: str, lang: str
    ) -> None:
        odd = {"description": '1 + 1 = 100% & "分账"\n\'<b>', "demo": '{"id":"7","url":"https://x.example/?a=1&b=2"}'}
        with Sandbox(Settings(port=0, return_method=return_method)) as sandbox, Merchant(SECRET_KEY) as shop:
            payment = created(sandbox, redirect_url=shop.url.replace("/notify", "/back"), **odd)
            if state:
                picked(payment.url, state)
            address, name, value = return_form(page_of(payment, lang=lang))
            assert requests.post(address, data={name: value}, timeout=30).text == "ok"
            (returned,) = shop.wait_for(1)
        assert (returned.path, returned.body[: len(prefix)]) == ("/back", prefix)
        read = json.loads(unquote_plus(returned.body.decode()).removeprefix("resultData="))  # as C1 and C4 read it
        assert read["sign"] == sign(string_to_sign(read["data"]), SECRET_KEY)
        assert (read["data"]["state"], read["data"]["trade_id"]) == (state or "processing", payment.trade_id)
        assert {**read["data"], **odd} == read["data"]

    def test_the_payer_can_go_back_without_paying(self, sandbox: Sandbox) -> None:
        page = page_of(created(sandbox))
        sent = html.unescape(re.findall(r'name="resultData" value="([^"]*)"', page)[0])
        assert verify_notification(sent.encode(), SECRET_KEY).state == "processing"

    def test_nothing_leads_away_by_itself(self, sandbox: Sandbox) -> None:
        payment = created(sandbox)
        answer = picked(payment.url, "paid")
        assert [step.headers["Location"] for step in answer.history] == [payment.url.removeprefix(sandbox.url)]
        assert "http-equiv" not in answer.text
        assert "Refresh" not in answer.headers


def test_the_code_holds_the_address_at_which_payers_reach_the_page() -> None:
    with Sandbox(Settings(port=0, public_url="https://pay.example")) as sandbox:
        payment = created(sandbox)
        page = requests.get(payment.url.replace("https://pay.example", sandbox.url), timeout=30).text
    assert f'<a href="{payment.url}">' in page
    assert "works on this computer only" not in page


def test_the_page_speaks_chinese(sandbox: Sandbox) -> None:
    payment = created(sandbox, "Alipay")
    assert all(text in page_of(payment, lang="zh") for text in ("支付宝", "支付 EUR 24.99", "选择这笔支付的结果"))
    picked(payment.url, "paid")
    assert "感谢您，支付已完成。" in page_of(payment, lang="zh")

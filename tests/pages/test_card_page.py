"""The card form of the checkout page, and the challenge of the payer's bank, over HTTP."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockserver.domain.cards import TEST_CARDS
from mockserver.store.records import RECORD_KINDS
from tests.helpers import USER

if TYPE_CHECKING:
    from mockserver.client import CreatedPayment, OnlineOrder
    from mockserver.testing import Merchant, Sandbox

CHALLENGED, REAL = "4000000000003220", "4539578763621486"
_request_ids = count()


def order(**changes: Any) -> OnlineOrder:
    given: OnlineOrder = {
        "order_id": "C-1", "amount": "24.99", "currency": "EUR", "description": "Tea", "redirect_url": "https://shop.example/back",
        "notify_url": "https://mapi.yabandpay.com/refused",
    }  # fmt: skip
    return {**given, **changes}  # type: ignore[typeddict-item]


def card_payment(sandbox: Sandbox, operation: str = "1", three_d_secure: str = "01", **changes: Any) -> CreatedPayment:
    number = f"card-page-{next(_request_ids)}"
    return sandbox.client().create_card_payment(
        request_id=number, operation=operation, three_d_secure=three_d_secure, **order(**changes)
    )


def typed(payment: CreatedPayment, number: str, **changes: str) -> requests.Response:
    form = {"card_number": number, "expiry": "12/34", "cvc": "737"}
    return requests.post(payment.url, data={**form, **changes}, timeout=30)


def state(sandbox: Sandbox, payment: CreatedPayment) -> str:
    return sandbox.client().query_order(payment.trade_id).state


def everything(sandbox: Sandbox) -> str:
    """All that the store keeps of the account, as text."""
    with sandbox.app.store.unit(USER) as unit:
        return str([unit.every(kind) for kind in RECORD_KINDS] + unit.every_event() + list(unit.exchanges(1000)))


def test_the_form_lists_every_test_card(lasting: Sandbox) -> None:
    page = requests.get(card_payment(lasting).url, timeout=30).text
    listed = {number.replace(" ", "") for number in re.findall(r'data-number="([\d ]+)"', page)}
    assert listed == set(TEST_CARDS)


@pytest.mark.parametrize("number", TEST_CARDS)
def test_the_number_decides_the_outcome(lasting: Sandbox, number: str) -> None:
    payment = card_payment(lasting)
    shown = typed(payment, number)
    outcome = TEST_CARDS[number].outcome
    states = {"approved": "paid", "declined": "declined", "failed": "failed", "challenged": "processing"}
    assert shown.status_code == 200
    assert state(lasting, payment) == states[outcome]
    assert f"•••• {number[-4:]}" in shown.text
    if outcome != "challenged":
        assert number not in shown.text


@pytest.mark.parametrize("number", ["4242 4242 4242 4242", "4242-4242-4242-4242"])
def test_a_number_may_be_written_in_groups(lasting: Sandbox, number: str) -> None:
    payment = card_payment(lasting)
    typed(payment, number)
    assert state(lasting, payment) == "paid"


def test_an_authorisation_is_authorised_by_a_card(sandbox: Sandbox) -> None:
    payment = card_payment(sandbox, operation="2")
    assert "Authorize EUR 24.99" in requests.get(payment.url, timeout=30).text
    typed(payment, "5555555555554444")
    assert state(sandbox, payment) == "authorized"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"card_number": REAL}, "The card ending in 1486 is not a test card."),
        ({"card_number": "4000"}, "Enter the number of a test card"),
        ({"card_number": ""}, "Enter the number of a test card"),
        ({"card_number": "<script>"}, "Enter the number of a test card"),
        ({"expiry": "13/34"}, "Enter month and year, for example 12/27."),
        ({"expiry": "1234"}, "Enter month and year"),
        ({"expiry": "10/24"}, "This date has passed. Use a later one, for example 12/27."),
        ({"cvc": "12"}, "Enter 3 or 4 digits."),
        ({"cvc": "12a"}, "Enter 3 or 4 digits."),
    ],
)
def test_what_is_no_test_card_is_refused_with_a_sentence(sandbox: Sandbox, changes: dict[str, str], said: str) -> None:
    payment = card_payment(sandbox)
    before = everything(sandbox)
    refused = typed(payment, changes.get("card_number", "4242424242424242"), **changes)
    assert refused.status_code == 422
    assert said in refused.text
    assert 'aria-invalid="true"' in refused.text
    assert 'role="alert"' in refused.text
    assert "<script>" not in refused.text
    assert everything(sandbox) == before


@pytest.mark.parametrize("expiry", ["11/24", "1/30", "01/2030", "12 / 34"])
def test_a_month_may_be_written_in_several_ways(lasting: Sandbox, expiry: str) -> None:
    payment = card_payment(lasting)
    assert typed(payment, "4242424242424242", expiry=expiry).status_code == 200
    assert state(lasting, payment) == "paid"


def test_no_number_is_kept_logged_or_shown_again(sandbox: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    first, second = card_payment(sandbox), card_payment(sandbox)
    pages = [typed(first, REAL).text, typed(first, "4242 4242 4242 4242").text, typed(second, CHALLENGED).text]
    assert not any(REAL in page or CHALLENGED in page for page in pages)
    kept = everything(sandbox) + "".join(capfd.readouterr())
    assert "last_four='4242'" in kept
    for number in (REAL, "4242424242424242", "4242 4242 4242 4242", CHALLENGED):
        assert number not in kept


def test_only_a_test_card_is_shown_again_beside_a_mistake(sandbox: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    payment = card_payment(sandbox)
    page = typed(payment, "4242424242424242", expiry="13/34", cvc="737").text
    shown = dict(re.findall(r'<input id="(\w+)"[^>]* value="([^"]*)"', page))
    assert shown == {"card_number": "4242 4242 4242 4242", "expiry": "13/34", "cvc": "737"}
    assert re.findall(r'<input id="(\w+)"[^>]* autofocus>', page) == ["expiry"]
    page = typed(payment, REAL, expiry=REAL, cvc="737").text
    assert dict(re.findall(r'<input id="(\w+)"[^>]* value="([^"]*)"', page)) == {
        "card_number": "", "expiry": "", "cvc": "",
    }  # fmt: skip
    kept = everything(sandbox) + "".join(capfd.readouterr())
    assert not any(number in kept for number in (REAL, "4242424242424242", "4242 4242 4242 4242"))


class TestChallenge:
    def test_it_waits_for_the_payer(self, sandbox: Sandbox) -> None:
        payment = card_payment(sandbox)
        shown = typed(payment, CHALLENGED)
        assert "Visa ending in 3220: your bank asks" in shown.text
        assert state(sandbox, payment) == "processing"
        assert "your bank asks" in requests.get(payment.url, timeout=30).text, "also after a reload"

    @pytest.mark.parametrize(
        ("answer", "status"), [("paid", "Y"), ("declined", "N"), ("cancelled", "C"), ("expired", "C")]
    )
    def test_the_answer_decides(self, lasting: Sandbox, merchant: Merchant, answer: str, status: str) -> None:
        payment = card_payment(lasting, notify_url=merchant.url)
        assert f'value="{answer}"' in typed(payment, CHALLENGED).text
        requests.post(payment.url, data={"state": answer}, timeout=30)
        (received,) = merchant.wait_for(1)
        assert received.notification is not None
        assert (received.notification.state, received.notification.data["3ds_status"]) == (answer, status)
        assert received.notification.data["3ds_version"] == "2.2.0"

    def test_only_the_code_on_the_page_confirms(self, sandbox: Sandbox) -> None:
        payment = card_payment(sandbox)
        code = re.findall(r"<b data-code>(\d{6})</b>", typed(payment, CHALLENGED).text)[0]
        for wrong, said in ((code[::-1] + "0", "This is not the code."), ("", "Enter the code of the message.")):
            refused = requests.post(payment.url, data={"state": "paid", "code": wrong}, timeout=30)
            assert refused.status_code == 422
            assert said in refused.text
            assert state(sandbox, payment) == "processing"
        requests.post(payment.url, data={"state": "paid", "code": f"{code[:3]} {code[3:]}"}, timeout=30)
        assert state(sandbox, payment) == "paid"
        assert requests.post(payment.url, data={"state": "declined", "code": code}, timeout=30).status_code == 409

    def test_another_card_may_be_used_instead(self, sandbox: Sandbox, merchant: Merchant) -> None:
        payment = card_payment(sandbox, notify_url=merchant.url)
        assert 'href="?card=another"' in typed(payment, CHALLENGED).text
        assert "card_number" in requests.get(payment.url, params={"card": "another"}, timeout=30).text
        typed(payment, "4242424242424242")
        (received,) = merchant.wait_for(1)
        assert received.notification is not None
        assert (received.notification.state, received.notification.data["3ds_status"]) == ("paid", "Y")

    def test_a_wrong_card_after_a_challenge_shows_the_form_again(self, sandbox: Sandbox) -> None:
        payment = card_payment(sandbox)
        typed(payment, CHALLENGED)
        assert "is not a test card" in typed(payment, REAL).text

    def test_without_3d_secure_nobody_can_be_asked(self, sandbox: Sandbox) -> None:
        payment = card_payment(sandbox, three_d_secure="02")
        assert "Declined" in typed(payment, CHALLENGED).text
        assert state(sandbox, payment) == "declined"

    def test_an_authorisation_is_confirmed_too(self, sandbox: Sandbox) -> None:
        payment = card_payment(sandbox, operation="2")
        assert 'value="authorized" class="go"' in typed(payment, CHALLENGED).text

    def test_an_order_that_is_only_initiated_is_challenged_too(self, sandbox: Sandbox) -> None:
        payment = card_payment(sandbox, order_id="PENDING-1")
        assert "your bank asks" in typed(payment, CHALLENGED).text


class TestTokens:
    def test_a_card_that_is_saved_brings_a_token(self, sandbox: Sandbox, merchant: Merchant) -> None:
        payment = card_payment(sandbox, operation="10", notify_url=merchant.url)
        assert "Save card" in requests.get(payment.url, timeout=30).text
        assert "Card saved" in typed(payment, "5555555555554444").text
        (received,) = merchant.wait_for(1)
        assert received.notification is not None
        token = received.notification.data["payment_token_object"]
        later = sandbox.client().create_card_payment(
            request_id="later", operation="11", sub_pay_method="Token", payment_token_object=token, **order()
        )
        assert later.url == ""

    def test_the_token_stands_for_the_card_that_was_typed(self, sandbox: Sandbox, merchant: Merchant) -> None:
        payment = card_payment(sandbox, operation="11", notify_url=merchant.url)
        typed(payment, CHALLENGED)
        requests.post(payment.url, data={"state": "paid"}, timeout=30)
        (received,) = merchant.wait_for(1)
        assert received.notification is not None
        later = sandbox.client().create_card_payment(
            request_id="later", operation="11", sub_pay_method="Token",
            payment_token_object=received.notification.data["payment_token_object"], **order(),
        )  # fmt: skip
        page = requests.get(later.url, timeout=30).text
        assert "Visa ending in 3220: your bank asks" in page
        assert "Use another card" not in page, "a token is one card"

    def test_a_card_that_is_declined_brings_none(self, sandbox: Sandbox, merchant: Merchant) -> None:
        typed(card_payment(sandbox, operation="11", notify_url=merchant.url), "4000000000000002")
        (received,) = merchant.wait_for(1)
        assert received.notification is not None
        assert "payment_token_object" not in received.notification.data


class TestBrands:
    @pytest.mark.parametrize(
        ("wallet", "own", "other"),
        [
            ("Visa", "4242424242424242", "5555555555554444"),
            ("MasterCard", "5555555555554444", "4242424242424242"),
            ("UnionPay Card", "6200000000000005", "4242424242424242"),
            ("Bancontact", "67030000000000003", "4242424242424242"),
        ],
    )
    def test_a_brands_page_takes_its_own_cards(self, lasting: Sandbox, wallet: str, own: str, other: str) -> None:
        payment = lasting.client().create_payment(wallet, **order())
        assert typed(payment, other).status_code == 422
        assert typed(payment, own).status_code == 200
        assert state(lasting, payment) == "paid"

    def test_the_notification_has_the_result_of_a_challenge(self, sandbox: Sandbox, merchant: Merchant) -> None:
        payment = sandbox.client().create_payment("Visa", **order(notify_url=merchant.url))
        typed(payment, CHALLENGED)
        requests.post(payment.url, data={"state": "declined"}, timeout=30)
        (received,) = merchant.wait_for(1)
        assert received.notification is not None
        assert (received.notification.state, received.notification.data["3ds_status"]) == ("declined", "N")

    def test_a_card_is_typed_on_the_cashier(self, sandbox: Sandbox) -> None:
        payment = sandbox.client().create_payment("List", **order())
        assert typed(payment, "4242424242424242").status_code == 422, "no wallet has been picked"
        assert "your bank asks" in typed(payment, CHALLENGED, wallet="Visa").text
        requests.post(payment.url, data={"state": "paid"}, timeout=30)
        paid = sandbox.client().query_order(payment.trade_id)
        assert (paid.state, paid.fields["sub_pay_method"]) == ("paid", "Visa")

    def test_a_card_of_bancontact_has_no_security_code(self, sandbox: Sandbox, merchant: Merchant) -> None:
        payment = sandbox.client().create_payment("Bancontact", **order(notify_url=merchant.url))
        page = requests.get(payment.url, params={"step": "card"}, timeout=30).text
        assert "card_number" in page
        assert 'name="cvc"' not in page
        form = {"card_number": "6703000000003001", "expiry": "12/34"}
        assert "your bank asks" in requests.post(payment.url, data=form, timeout=30).text
        assert "card_number" in requests.get(payment.url, params={"card": "another"}, timeout=30).text
        requests.post(payment.url, data={"state": "paid"}, timeout=30)
        (received,) = merchant.wait_for(1)
        assert received.notification is not None
        assert (received.notification.state, received.notification.data["3ds_status"]) == ("paid", "Y")

    def test_a_wallet_without_cards_takes_none(self, sandbox: Sandbox) -> None:
        payment = sandbox.client().create_payment("Alipay", **order())
        assert typed(payment, "4242424242424242").status_code == 422
        assert state(sandbox, payment) == "processing"


def test_a_finished_order_takes_no_card(sandbox: Sandbox) -> None:
    payment = card_payment(sandbox)
    typed(payment, "4000000000000002")
    assert typed(payment, "4242424242424242").status_code == 409
    assert typed(payment, REAL).status_code == 409

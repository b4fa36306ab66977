"""Card payments: pages, typed cards, tokens, wallets' tokens, 3-D Secure; authorisation and capture; card data's safety."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.app import assemble
from mockserver.clock import FrozenClock
from mockserver.domain.accounts import Account
from mockserver.domain.cards import ONE_TIME_TOKENS, TEST_CARDS, masked
from mockserver.domain.payments.payment import AUTHORIZATION_LASTS
from mockserver.gateway.request import Request
from mockserver.settings import Settings
from mockserver.store.records import RECORD_KINDS
from tests.helpers import SECRET_KEY, Shop, last_exchange

if TYPE_CHECKING:
    from pathlib import Path

VISA, CHALLENGED = "4111111111111111", "4000000000003220"
REAL = "4539578763621486"


def card(number: str = VISA, **changes: Any) -> str:
    info = {
        "card_holder": "A. Payer", "card_number": number, "expiration_month": "12", "expiration_year": "2034", "cvc": "737",
    }  # fmt: skip
    return json.dumps({name: value for name, value in {**info, **changes}.items() if value is not None})


class Terminal:
    """Makes card payments, each with a request_id of its own."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.requests = 0

    def data(self, **changes: Any) -> dict[str, Any]:
        self.requests += 1
        return {
            "pay_method": "online", "sub_pay_method": "Card", "operation": "1", "order_id": "C-1", "3ds_initiate": "01",
            "amount": "25.00", "currency": "EUR", "description": "Tea", "notify_url": "https://www.yabandpay.com/notify",
            "request_id": f"request{self.requests}", **changes,
        }  # fmt: skip

    def pay(self, scenario: str = "", **changes: Any) -> dict[str, Any]:
        return self.shop.ok("v3.CreateCardPayments", scenario, **self.data(**changes))

    def refused(self, **changes: Any) -> str:
        return self.shop.refused("v3.CreateCardPayments", **self.data(**changes))

    def capture(self, trade_id: str, amount: str = "25.00", **changes: Any) -> dict[str, Any]:
        return self.shop.ok("v3.Capture", **self.capturing(trade_id, amount, **changes))

    def capturing(self, trade_id: str, amount: str = "25.00", **changes: Any) -> dict[str, Any]:
        self.requests += 1
        return {
            "trade_id": trade_id, "amount": amount, "currency": "EUR", "description": "Tea",
            "notify_url": "https://www.yabandpay.com/capture", "request_id": f"request{self.requests}", **changes,
        }  # fmt: skip

    def authorized(self) -> str:
        trade_id = str(self.pay(operation="2", payment_token_object="tok_visa")["trade_id"])
        self.shop.pass_time(1000)
        assert self.shop.state(trade_id) == "authorized"
        return trade_id


@pytest.fixture
def terminal(shop: Shop) -> Terminal:
    return Terminal(shop)


@pytest.mark.parametrize("number", TEST_CARDS)
def test_a_test_card_leads_to_its_outcome(terminal: Terminal, number: str) -> None:
    data = terminal.pay(cardinfo=card(number))
    assert ("url" in data) == (TEST_CARDS[number].outcome == "challenged")
    terminal.shop.pass_time(1000)
    expected = {"approved": "paid", "declined": "declined", "failed": "failed", "challenged": "processing"}
    assert terminal.shop.state(data["trade_id"]) == expected[TEST_CARDS[number].outcome]


def test_a_challenge_that_nobody_can_meet_is_declined(terminal: Terminal) -> None:
    data = terminal.pay(cardinfo=card(CHALLENGED), **{"3ds_initiate": "02"})
    assert "url" not in data
    terminal.shop.pass_time(1000)
    assert terminal.shop.state(data["trade_id"]) == "declined"


def test_a_scenario_beats_the_card(terminal: Terminal) -> None:
    data = terminal.pay("declined", cardinfo=card())
    terminal.shop.pass_time(2000)
    assert terminal.shop.state(data["trade_id"]) == "declined"


def test_spaces_in_a_card_number_are_taken(terminal: Terminal) -> None:
    assert terminal.pay(cardinfo=card("4111 1111-1111 1111"))["state"] == "processing"


def test_a_card_may_be_sent_as_an_object(terminal: Terminal) -> None:
    assert terminal.pay(cardinfo=json.loads(card()))["state"] == "processing"


def test_the_authentication_is_reported_flat(terminal: Terminal) -> None:
    trade_id = terminal.pay(cardinfo=card())["trade_id"]
    terminal.shop.pass_time(1000)
    reported = terminal.shop.notified(trade_id)[0]
    assert (reported["3ds_status"], reported["3ds_version"]) == ("Y", "2.2.0")
    assert reported["3ds_trxid"]
    without = terminal.pay(cardinfo=card(), **{"3ds_initiate": "02"})["trade_id"]
    terminal.shop.pass_time(1000)
    assert not [name for name in terminal.shop.notified(without)[0] if name.startswith("3ds")]


def test_a_challenge_in_progress_is_shown_by_a_query(terminal: Terminal) -> None:
    trade_id = terminal.pay(cardinfo=card(CHALLENGED))["trade_id"]
    assert terminal.shop.order(trade_id)["3ds_status"] == "C"


@pytest.mark.parametrize(
    ("changes", "reported"),
    [
        ({}, "-3001 Required field is missing | Missing or empty in data: cardinfo or payment_token_object."),
        ({"cardinfo": "4111"}, "cardinfo must be the JSON text of an object with card_holder"),
        ({"cardinfo": "{"}, "cardinfo must be the JSON text of an object"),
        ({"cardinfo": card(cvc=None)}, "-3001 Required field is missing | Missing or empty in cardinfo: cvc."),
        ({"cardinfo": card(cvc="", card_holder=None)}, "Missing or empty in cardinfo: card_holder, cvc."),
        ({"cardinfo": card(cvc="12")}, "cardinfo.cvc must be three or four digits."),
        ({"cardinfo": card(expiration_month="13")}, "cardinfo.expiration_month must be 01 to 12."),
        ({"cardinfo": card(expiration_year="34")}, "cardinfo.expiration_year must be a year such as 2030."),
        ({"cardinfo": card(expiration_year="2024", expiration_month="10")}, "The card expired in 10/2024; use a future month."),
        ({"cardinfo": card(REAL)}, "The sandbox accepts only test cards, such as 4111111111111111;"),
        ({"cardinfo": card("x")}, "The sandbox accepts only test cards"),
        ({"payment_token_object": "mine"}, "payment_token_object must be a test token of the front-end plug-in: tok_visa,"),
        ({"operation": "3"}, "operation must be one of 1, 10, 11, 12, 2, not '3'."),
        ({"3ds_initiate": "04"}, "3ds_initiate must be one of 01, 02, 03, not '04'."),
        ({"3ds_initiate": "03"}, "-3001 Required field is missing | Missing or empty in data: sca_exemption."),
        ({"3ds_initiate": "03", "sca_exemption": "Whim"}, "sca_exemption must be one of LowValue, not 'Whim'."),
        ({"3ds_initiate": "03", "sca_exemption": "LowValue", "amount": "30.01"}, "amount must be at most EUR 30.00"),
        ({"operation": "10", "3ds_initiate": "02"}, "3ds_initiate must be 01 if a token is created, not '02'."),
        ({"operation": "11", "cardinfo": card()}, "Missing or empty in cardinfo: emial."),
        ({"amount": None, "description": None}, "Missing or empty in data: amount, description."),
        ({"sub_pay_method": "Token", "operation": "1"}, "operation must be one of 11, 12 for Token, not '1'."),
        ({"sub_pay_method": "Token", "operation": "11"}, "Missing or empty in data: payment_token_object."),
        ({"sub_pay_method": "Token", "operation": "11", "payment_token_object": "AB"}, "must be a token that this account received in a notification"),
        ({"sub_pay_method": "Apple Pay", "payment_token_object": "?"}, "must be the Apple Pay token: a JSON object, or its"),
        ({"sub_pay_method": "Apple Pay", "operation": "10"}, "operation must be one of 1, 2 for Apple Pay, not '10'."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_reported(terminal: Terminal, changes: dict[str, Any], reported: str) -> None:
    refused = terminal.refused(**changes)
    assert reported in refused
    assert not re.search(r"not (.+)\. Did you mean \1", refused)


def test_an_exempted_payment_of_low_value_is_taken(terminal: Terminal) -> None:
    exempted = {"3ds_initiate": "03", "sca_exemption": "LowValue", "amount": "30.00"}
    assert terminal.pay(cardinfo=card(), **exempted)["state"] == "processing"


@pytest.mark.parametrize("wallet", ["Card", "Cards HPP"])
@pytest.mark.parametrize("token", ONE_TIME_TOKENS)
def test_a_one_time_token_is_taken_where_a_card_is(terminal: Terminal, wallet: str, token: str) -> None:
    data = terminal.pay(sub_pay_method=wallet, payment_token_object=token)
    assert ("url" in data) == (token == "tok_challenged")


@pytest.mark.parametrize("operation", ["10", "11", "12"])
def test_a_token_arrives_by_notification_and_pays_later(terminal: Terminal, operation: str) -> None:
    trade_id = terminal.pay(operation=operation, cardinfo=card(emial="payer@example.org"))["trade_id"]
    terminal.shop.pass_time(1000)
    reported = terminal.shop.notified(trade_id)[0]
    assert reported["state"] == ("authorized" if operation == "12" else "paid")
    again = {"sub_pay_method": "Token", "operation": "11", "payment_token_object": reported["payment_token_object"]}
    data = terminal.pay(**again)
    terminal.shop.pass_time(1000)
    assert terminal.shop.state(data["trade_id"]) == "paid"
    assert "payment_token_object" not in terminal.shop.notified(data["trade_id"])[0]


def test_a_token_alone_charges_nothing(terminal: Terminal) -> None:
    before = terminal.shop.balance()
    nothing: dict[str, Any] = {"amount": None, "currency": None, "description": None}
    data = terminal.pay(operation="10", cardinfo=card(emial="payer@example.org"), **nothing)
    terminal.shop.pass_time(1000)
    assert terminal.shop.notified(data["trade_id"])[0]["amount"] == "0.00"
    assert terminal.shop.balance() == before
    reported = terminal.shop.refused(
        "v3.CreateRefund",
        trade_id=data["trade_id"],
        refund_amount="0.01",
        refund_currency="EUR",
        refund_description="x",
    )
    assert "at most the EUR 0.00 that are left" in reported


def test_a_token_of_a_payment_that_failed_is_worth_nothing(terminal: Terminal) -> None:
    declined = card("4000000000000002", emial="payer@example.org")
    trade_id = terminal.pay(operation="11", cardinfo=declined)["trade_id"]
    terminal.shop.pass_time(1000)
    assert terminal.shop.state(trade_id) == "declined"
    assert "payment_token_object" not in terminal.shop.notified(trade_id)[0]


def test_a_page_makes_a_token_too(terminal: Terminal) -> None:
    data = terminal.pay("success", sub_pay_method="Cards HPP", operation="11")
    assert "url" in data
    terminal.shop.pass_time(1000)
    assert terminal.shop.notified(data["trade_id"])[0]["payment_token_object"]


GOOGLE = {"protocolVersion": "ECv2", "signedMessage": "{}", "assuranceDetails": {"authMethod": "CRYPTOGRAM_3DS"}}
PAN_ONLY = {**GOOGLE, "assuranceDetails": {"authMethod": "PAN_ONLY"}}


@pytest.mark.parametrize("wallet", ["Apple Pay", "Google Pay"])
@pytest.mark.parametrize(
    "token",
    [GOOGLE, json.dumps(GOOGLE), base64.b64encode(json.dumps(GOOGLE).encode()).decode()],
    ids=["object", "json", "base64"],
)
def test_a_wallets_token_pays(terminal: Terminal, wallet: str, token: Any) -> None:
    data = terminal.pay(sub_pay_method=wallet, payment_token_object=token, **{"3ds_initiate": "02"})
    terminal.shop.pass_time(1000)
    assert terminal.shop.state(data["trade_id"]) == "paid"


def test_a_bare_card_of_google_pay_needs_authentication(terminal: Terminal) -> None:
    bare: dict[str, Any] = {"sub_pay_method": "Google Pay", "payment_token_object": PAN_ONLY}
    assert "A PAN_ONLY credential of Google Pay needs 3ds_initiate 01." in terminal.refused(
        **bare, **{"3ds_initiate": "02"}
    )
    assert terminal.pay(**bare)["state"] == "processing"


class TestCapture:
    def test_an_authorisation_is_captured_and_notified_at_the_captures_address(self, terminal: Terminal) -> None:
        trade_id = terminal.authorized()
        before = terminal.shop.balance()
        data = terminal.capture(trade_id, "20.00")
        assert data == {
            "order_id": "C-1", "trade_id": trade_id, "amount": "20.00", "currency": "EUR", "state": "paid"
        }  # fmt: skip
        assert [reported["state"] for reported in terminal.shop.notified(trade_id)] == ["authorized", "paid"]
        assert terminal.shop.notified(trade_id)[-1]["amount"] == "20.00"
        assert float(terminal.shop.balance()["available"]) == pytest.approx(float(before["available"]) + 19.90)
        with terminal.shop.app.store.unit(terminal.shop.user) as unit:
            urls = [notification.url for notification in unit.notifications(trade_id)]
        assert urls == ["https://www.yabandpay.com/notify", "https://www.yabandpay.com/capture"]

    def test_an_authorisation_brings_no_money(self, terminal: Terminal) -> None:
        before = terminal.shop.balance()
        terminal.authorized()
        assert terminal.shop.balance() == before

    @pytest.mark.parametrize(
        ("amount", "changes", "reported"),
        [
            ("25.01", {}, "amount must be at most EUR 25.00, the authorised amount, not '25.01'."),
            ("0", {}, "amount must be more than 0, not '0'."),
            ("1", {"currency": "CNY"}, "currency must be EUR, as authorised, not 'CNY'."),
            ("1", {"request_id": "request1"}, "request_id must be unique, but 'request1' was used before."),
        ],
    )
    def test_more_or_other_money_is_refused(
        self, terminal: Terminal, amount: str, changes: dict[str, str], reported: str
    ) -> None:
        trade_id = terminal.authorized()
        assert reported in terminal.shop.refused("v3.Capture", **terminal.capturing(trade_id, amount, **changes))
        assert terminal.shop.state(trade_id) == "authorized"

    def test_one_capture_only(self, terminal: Terminal) -> None:
        trade_id = terminal.authorized()
        terminal.capture(trade_id, "1.00")
        reported = terminal.shop.refused("v3.Capture", **terminal.capturing(trade_id, "1.00"))
        assert "is already captured, and can be captured only once." in reported

    def test_what_was_captured_can_be_refunded_and_no_more(self, terminal: Terminal) -> None:
        trade_id = terminal.authorized()
        terminal.capture(trade_id, "20.00")
        reported = terminal.shop.refused("v3.CreateRefund", trade_id=trade_id, refund_amount="20.01", refund_currency="EUR",
                                     refund_description="x")  # fmt: skip
        assert "at most the EUR 20.00 that are left" in reported
        terminal.shop.refund(trade_id, "20.00")

    def test_until_the_30_days_are_over(self, terminal: Terminal) -> None:
        first, second = terminal.authorized(), terminal.authorized()
        terminal.shop.pass_time(AUTHORIZATION_LASTS - 2001)
        terminal.capture(first)
        terminal.shop.clock.advance(2001)
        reported = terminal.shop.refused("v3.Capture", **terminal.capturing(second))
        assert "expired after 30 days" in reported
        assert terminal.shop.state(second) == "expired"

    def test_an_authorisation_can_be_cancelled(self, terminal: Terminal) -> None:
        trade_id = terminal.authorized()
        assert terminal.shop.ok("v3.CancelPayment", trade_id=trade_id)["state"] == "cancelled"
        assert "is cancelled and cannot be captured" in terminal.shop.refused(
            "v3.Capture", **terminal.capturing(trade_id)
        )

    @pytest.mark.parametrize("scenario", ["success", "review"])
    def test_an_authorising_payment_is_authorised_where_another_is_paid(
        self, terminal: Terminal, scenario: str
    ) -> None:
        trade_id = terminal.pay(scenario, operation="2", cardinfo=card())["trade_id"]
        terminal.shop.pass_time(5000)
        assert [reported["state"] for reported in terminal.shop.notified(trade_id)] == ["authorized"]

    def test_an_ordinary_payment_cannot_be_captured(self, terminal: Terminal) -> None:
        trade_id = terminal.shop.paid()
        reported = terminal.shop.refused("v3.Capture", **terminal.capturing(trade_id, "1"))
        assert "is paid and cannot be captured; only an authorized trade can." in reported


class TestSafety:
    @pytest.mark.parametrize("number", [VISA, REAL, "4539 5787 6362 1486", "4539-5787-6362-1486"])
    @pytest.mark.parametrize("key", [SECRET_KEY, "another key"])
    def test_card_data_is_nowhere(self, tmp_path: Path, number: str, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Not in the journal, the records, the timelines, the notifications, nor in the database's file."""
        monkeypatch.setattr("secrets.token_hex", lambda size: "0" * 2 * size)  # the code is in a random one by chance
        clock = FrozenClock()
        app = assemble(Settings(database=f"sqlite:///{tmp_path / 'sandbox.db'}", seed="tests"), clock=clock)
        shop = Shop(app, clock)
        app.store.open_account(Account(shop.user, key, "tests"))
        data = Terminal(shop).data(cardinfo=card(number, cvc="7376"), demo="d")
        shop.call("v3.CreateCardPayments", **data)
        exchange = last_exchange(app, shop.user)
        reported = exchange.request + exchange.string_to_sign.encode() + exchange.reason.encode() + exchange.answer
        assert b"C-1" in reported
        app.close()
        for content in (reported, b"".join(file.read_bytes() for file in tmp_path.iterdir())):
            assert number.encode() not in content
            assert b"7376" not in content

    @pytest.mark.parametrize(
        ("body", "kept"),
        [
            (
                b'{"data": {"cardinfo": {"card_number": "4539578763621486", "cvc": 737',
                b'{"data": {"cardinfo": {"card_number": "***", "cvc": ***',
            ),
            (b'{"data": {"c\\u0061rd": "4539578763621486"}}', b'{"data": {"card": "************1486"}}'),
            (b'{"a": "4539578763621486", "b": "' + b"x" * 17_000 + b'card"}', b'{"a": "************1486", "b": "xxxx'),
            (b'{"description": "4539 5787 6362 1486"}', b'{"description": "***************1486"}'),
            (b'{"card": "453957876362"}', b'{"card": "********6362"}'),
        ],
        ids=["unreadable", "escaped", "long", "elsewhere", "short"],
    )
    def test_what_is_refused_is_masked_too(self, shop: Shop, body: bytes, kept: bytes) -> None:
        shop.app.gateway.answer(Request("POST", body))
        assert last_exchange(shop.app, "").request[: len(kept)] == kept

    @pytest.mark.parametrize(
        "field", ["amount", "order_id", "timeout", "currency", "operation", "notify_url", "3ds_initiate"]
    )
    def test_a_number_in_the_wrong_field_is_not_repeated(self, terminal: Terminal, field: str) -> None:
        data = terminal.data(**{field: REAL})
        answered = json.dumps(terminal.shop.call("v3.CreateCardPayments", **data))
        exchange = last_exchange(terminal.shop.app)
        shown = (
            answered + exchange.reason + exchange.string_to_sign + exchange.request.decode() + exchange.answer.decode()
        )
        assert REAL not in shown.replace(f'"order_id": "{REAL}"', "")

    @pytest.mark.parametrize("changes", [{"expiration_month": "737"}, {"expiration_year": REAL}, {"cvc": " 737"}])
    def test_swapped_card_data_is_not_repeated(self, terminal: Terminal, changes: dict[str, str]) -> None:
        reported = terminal.refused(cardinfo=card(**changes))
        exchange = last_exchange(terminal.shop.app)
        shown = reported + exchange.string_to_sign + exchange.request.decode() + exchange.answer.decode()
        assert "737" not in shown
        assert REAL not in shown

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ('\\"card_number\\":\\"4111111111111111\\"', '\\"card_number\\":\\"***\\"'),
            ('{"cvc":"123"}', '{"cvc":"***"}'),
            ('{"cvc":" 123"}', '{"cvc":" ***"}'),
            ("'CVV2': 1234", "'CVV2': ***"),
            ("security_code=123&a=1", "security_code=***&a=1"),
            ("card 4111  1111 - 1111.1111", "card ******************1111"),
            ("card １２３４５６７８９０１２３４５６", "card ************３４５６"),
            ('"order_id":"203040950640690239603690"', '"order_id":"203040950640690239603690"'),
            ('"order_id":"2024519846516588484"', '"order_id":"2024519846516588484"'),
            ('"order_id":"4539578763621487"', '"order_id":"4539578763621487"'),
            ('"amount":"25.00"', '"amount":"25.00"'),
        ],
    )
    def test_numbers_of_cards_are_masked_and_others_are_not(self, text: str, shown: str) -> None:
        assert masked(text) == shown

    def test_no_kind_of_record_has_a_place_for_a_card_number(self) -> None:
        names = {name for kind in RECORD_KINDS.values() for name in kind.shape._fields}
        assert names.isdisjoint({"card_number", "cvc", "cardinfo", "pan"})

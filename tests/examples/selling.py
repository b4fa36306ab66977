"""What a shop has to do, whatever it is written in: each shop's module runs these tests against its own."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockserver.signing.signature import sign, string_to_sign
from tests.helpers import SECRET_KEY, USER

if TYPE_CHECKING:
    from pathlib import Path

    from mockserver.testing import Sandbox

PATIENCE = 90.0
"""Seconds until a request counts as hung; nothing here takes any."""
_AT_ONCE = 8
_ROUNDS = 5
_KEY_OF_A_FORGER = "not the secret key"


class _Page(HTMLParser):
    """The forms of a page, and the texts of its elements that have an id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self.texts: dict[str, str] = {}
        self._fields: dict[str, str] = {}
        self._id = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self._id = found.get("id", "")
        if tag == "form":
            self._fields = self.forms.setdefault(found.get("action", ""), {})
        elif tag == "input":
            self._fields[found["name"]] = found["value"]

    def handle_data(self, data: str) -> None:
        if self._id:
            self.texts[self._id] = data.strip()
            self._id = ""


def form_of(page: str, action: str) -> dict[str, str]:
    """The fields of a page's form."""
    return _Page(page).forms[action]


def trade_of(page: str) -> str:
    """The trade_id of a payment page."""
    return page.rpartition("/")[2]


class Order:
    """An order of a shop, as its payer sees it."""

    def __init__(self, trading: Trading, browser: requests.Session, page: str) -> None:
        self._trading = trading
        self._browser = browser
        self.pages = [page]
        known = trading.payment(self.trade_id)
        self.order_id: str = known["order_id"]
        self.way_back: str = known["redirect_url"]

    @property
    def trade_id(self) -> str:
        """The newest trade of the order."""
        return trade_of(self.pages[-1])

    def choose(self, state: str, page: str = "") -> None:
        """Pick an outcome on the payment page, and wait until the shop has been notified."""
        page = page or self.pages[-1]
        self._browser.post(page, data={"state": state}).raise_for_status()
        self._trading.wait_until_notified(trade_of(page), state)

    def come_back(self) -> None:
        """Return from the payment page to the shop, by its form."""
        self._browser.post(self.way_back, data={"resultData": self.result_data()}).raise_for_status()

    def result_data(self) -> str:
        """What the payment page gives the payer's browser to take along."""
        return _Page(self._browser.get(self.pages[-1]).text).forms[self.way_back]["resultData"]

    def try_again(self) -> None:
        """Press the button of the order's page that pays it."""
        self.pages.append(self._trading.press(self._browser, self._address, f"/orders/{self.order_id}/pay"))

    def shown(self) -> tuple[str, str]:
        """The state and the number of parcels on the order's page."""
        texts = self._page().texts
        return texts["state"], texts["parcels"]

    def can_be_paid(self) -> bool:
        """Whether the order's page has a button that pays it."""
        return f"/orders/{self.order_id}/pay" in self._page().forms

    def as_json(self, accept: str) -> dict[str, Any] | None:
        """What the shop answers to a client with this `Accept`; None if it is a page."""
        answer = self._browser.get(self._address, headers={"Accept": accept})
        is_json = answer.headers["Content-Type"] == "application/json"
        return answer.json() if is_json else None

    @property
    def _address(self) -> str:
        return f"{self._trading.shop}/orders/{self.order_id}"

    def _page(self) -> _Page:
        return _Page(self._browser.get(self._address).text)


class Trading:
    """A shop and the sandbox that it trades with."""

    def __init__(self, sandbox: Sandbox, shop: str, printed: Path | None = None) -> None:
        self.shop = shop
        self._printed = printed
        self._api = f"{sandbox.url}/_sandbox/api/accounts/{USER}"

    def buy(self, scenario: str = "") -> Order:
        """An order whose payer has been sent to the payment page."""
        if scenario:
            self.expect(scenario)
        browser = requests.Session()
        return Order(self, browser, self.press(browser, f"{self.shop}/", "/buy"))

    def buy_in_vain(self, scenario: str) -> tuple[requests.Session, requests.Response]:
        """The browser and the page of a payer who could not be sent to the payment page."""
        self.expect(scenario)
        browser = requests.Session()
        form = _Page(browser.get(f"{self.shop}/").text).forms["/buy"]
        return browser, browser.post(f"{self.shop}/buy", data=form)

    def press(self, browser: requests.Session, address: str, action: str) -> str:
        """Submit a form of a page; gives where the payer is sent."""
        form = _Page(browser.get(address).text).forms[action]
        answer = browser.post(self.shop + action, data=form, allow_redirects=False)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def notify(self, body: str | bytes) -> requests.Response:
        """Send the shop a notification."""
        content = body.encode() if isinstance(body, str) else body
        return requests.post(
            f"{self.shop}/notify", data=content, headers={"Content-Type": "application/json"}, timeout=PATIENCE
        )

    def notify_at_once(self, bodies: list[str]) -> list[str]:
        """Send the shop several notifications at the same instant; gives what it answers."""
        start = Barrier(len(bodies))

        def send(body: str) -> str:
            start.wait()
            return self.notify(body).text

        with ThreadPoolExecutor(len(bodies)) as pool:
            return list(pool.map(send, bodies))

    def asks_to_refund(self, trade_id: str) -> bool:
        """Whether the shop's log tells a person to give money back."""
        assert self._printed is not None
        return f"refund trade {trade_id}" in self._printed.read_text("utf-8")

    def expect(self, scenario: str) -> None:
        """Have the next request play a scenario."""
        self._ask("scenarios", {"scenario": scenario, "times": 1})

    def payment(self, trade_id: str) -> dict[str, Any]:
        """What the sandbox knows of a trade."""
        known: dict[str, Any] = self._ask(f"payments/{trade_id}")["payment"]
        return known

    def payments(self, order_id: str) -> list[dict[str, Any]]:
        """The trades of an order, oldest first."""
        return [one for one in self._ask("payments")["items"] if one["order_id"] == order_id]

    def set_state(self, trade_id: str, state: str) -> None:
        """Put a trade into a state."""
        self._ask(f"payments/{trade_id}/state", {"state": state})

    def tell(self, trade_id: str, **fields: str) -> None:
        """Have the shop notified of a trade with other values, rightly signed."""
        self._ask(f"payments/{trade_id}/notifications", {"fields": fields})
        self._wait({"type": "quiet"})

    def wait_until_notified(self, trade_id: str, state: str) -> list[str]:
        """Wait until a trade is in a state and the shop has been notified; gives what it answered."""
        self._wait({"type": "state", "trade_id": trade_id, "state": state})
        self._wait({"type": "quiet"})
        reported = self._ask(f"payments/{trade_id}")["notifications"]
        return [attempt["answer"] for notification in reported for attempt in notification["attempts"]]

    def _wait(self, what: dict[str, str]) -> None:
        self._ask("wait", {"what": what, "timeout": "60s"})

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        address = f"{self._api}/{path}"
        answer = requests.request("GET" if body is None else "POST", address, json=body, timeout=PATIENCE)
        assert answer.ok, answer.text
        return answer.json()


def _signed(data: dict[str, Any], secret_key: str = SECRET_KEY) -> str:
    return json.dumps({"sign": sign(string_to_sign(data), secret_key), "data": data})


def _paid(order_id: str, trade_id: str) -> dict[str, str]:
    order = {"order_id": order_id, "amount": "24.99", "currency": "EUR"}
    return {"type": "payment", "trade_id": trade_id, "state": "paid", **order}


def _refund(order: Order, number: str, amount: str, **others: str) -> str:
    """A genuine notification of a refund of an order's newest trade."""
    identifiers = {"order_id": order.order_id, "trade_id": order.trade_id, "refund_id": f"{number}-{order.order_id}"}
    money = {"refund_amount": amount, "refund_currency": "EUR"}
    return _signed({"type": "refund", "state": "refunded", **identifiers, **money, **others})


def forgeries(order_id: str, trade_id: str) -> dict[str, str]:
    """Notifications that YabandPay did not sign; one is genuine but for its sign."""
    paid = _paid(order_id, trade_id)
    genuine = json.loads(_signed({**paid, "state": "processing"}))
    return {
        "signed with another key": _signed(paid, _KEY_OF_A_FORGER),
        "signed with no key": _signed(paid, ""),
        "with the sign of another state": json.dumps({**genuine, "data": paid}),
        "signed over a part": json.dumps({"sign": genuine["sign"], "data": {**genuine["data"], "extra": "1"}}),
        "with a sign that is no text": json.dumps({"sign": True, "data": paid}),
        "with a sign in other letters": json.dumps({"sign": "签" * 64, "data": paid}, ensure_ascii=False),
        "without a sign": json.dumps({"data": paid}),
        "without data": json.dumps({"sign": genuine["sign"]}),
        "with a list as data": json.dumps({"sign": genuine["sign"], "data": [paid]}),
        "with a list in data": json.dumps({"sign": genuine["sign"], "data": {**paid, "state": ["paid"]}}),
        "with half a letter": json.dumps({"sign": genuine["sign"], "data": {**paid, "demo": "\ud83d"}}),
        "no object": "[]",
        "no JSON": "state=paid",
        "empty": "",
    }


class Selling:
    """The tests of a shop; the fixture `trading` of its module starts it."""

    def test_a_payer_who_pays_sees_the_order_paid(self, trading: Trading) -> None:
        order = trading.buy()
        assert order.shown() == ("open", "0")
        order.choose("paid")
        order.come_back()
        assert order.shown() == ("paid", "1")
        assert not order.can_be_paid()

    @pytest.mark.parametrize("kind", list(forgeries("", "")))
    def test_a_forged_notification_is_answered_bad_and_changes_nothing(self, trading: Trading, kind: str) -> None:
        order = trading.buy()
        answer = trading.notify(forgeries(order.order_id, order.trade_id)[kind])
        assert (answer.status_code, answer.text) == (400, "bad")
        assert order.shown() == ("open", "0")

    def test_what_comes_back_with_the_payer_is_believed_only_with_its_signature(self, trading: Trading) -> None:
        order = trading.buy("never-notified")
        trading.wait_until_notified(order.trade_id, "paid")
        forged = order.result_data().replace('"paid"', '"declined"')
        answer = requests.post(order.way_back, data={"resultData": forged}, timeout=PATIENCE)
        assert answer.status_code == 400
        assert order.shown() == ("open", "0")

    def test_two_notifications_that_race_ship_once(self, trading: Trading) -> None:
        order = trading.buy("notified-twice-at-once")
        assert trading.wait_until_notified(order.trade_id, "paid") == ["ok", "ok"]
        assert order.shown() == ("paid", "1")

    def test_many_notifications_at_the_same_instant_ship_once(self, trading: Trading) -> None:
        order = trading.buy("never-notified")
        trading.wait_until_notified(order.trade_id, "paid")
        assert trading.notify_at_once([order.result_data()] * _AT_ONCE) == ["ok"] * _AT_ONCE
        assert order.shown() == ("paid", "1")
        assert not trading.asks_to_refund(order.trade_id)

    def test_trades_of_one_order_that_are_paid_at_the_same_instant_ship_once(self, trading: Trading) -> None:
        for _ in range(_ROUNDS):
            order = trading.buy()
            trades = [f"trade {number} of {order.order_id}" for number in range(_AT_ONCE)]
            answers = trading.notify_at_once([_signed(_paid(order.order_id, trade)) for trade in trades])
            assert answers == ["ok"] * _AT_ONCE
            assert order.shown() == ("paid", "1")
            assert sum(trading.asks_to_refund(trade) for trade in trades) == _AT_ONCE - 1

    @pytest.mark.parametrize("scenario", ["notified-wrong-amount", "notified-wrong-currency"])
    def test_other_money_than_was_ordered_does_not_pay_the_order(self, trading: Trading, scenario: str) -> None:
        order = trading.buy(scenario)
        assert trading.wait_until_notified(order.trade_id, "paid") == ["bad"]
        assert order.shown() == ("open", "0")

    def test_a_notification_about_an_unknown_order_is_not_accepted(self, trading: Trading) -> None:
        order = trading.buy("notified-wrong-order")
        assert trading.wait_until_notified(order.trade_id, "paid") == ["bad"]
        assert order.shown() == ("open", "0")

    def test_a_notification_of_another_type_is_not_accepted(self, trading: Trading) -> None:
        order = trading.buy()
        answer = trading.notify(_signed({**_paid(order.order_id, order.trade_id), "type": "splitPayment"}))
        assert (answer.status_code, answer.text) == (409, "bad")
        assert order.shown() == ("open", "0")

    def test_a_program_gets_the_state_as_json_and_a_browser_the_page(self, trading: Trading) -> None:
        order = trading.buy()
        order.choose("paid")
        assert order.as_json("application/json") == {"state": "paid", "shipments": 1}
        assert order.as_json("application/json, text/plain, */*") == {"state": "paid", "shipments": 1}
        assert order.as_json("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8") is None
        assert order.as_json("*/*") is None

    def test_an_order_is_refunded_when_its_whole_amount_is(self, trading: Trading) -> None:
        order = trading.buy()
        order.choose("paid")
        assert trading.notify(_refund(order, "R1", "14.99")).text == "ok"
        assert order.shown() == ("paid", "1")
        assert trading.notify(_refund(order, "R1", "14.99")).text == "ok"
        assert order.shown() == ("paid", "1")
        assert trading.notify(_refund(order, "R2", "10.01")).text == "bad"
        assert order.shown() == ("paid", "1")
        assert trading.notify(_refund(order, "R3", "10.00")).text == "ok"
        assert order.shown() == ("refunded", "1")
        assert not order.can_be_paid()

    @pytest.mark.parametrize("state", ["refund processing", "refund failed"])
    def test_a_refund_that_has_not_moved_money_changes_nothing(self, trading: Trading, state: str) -> None:
        order = trading.buy()
        order.choose("paid")
        assert trading.notify(_refund(order, "R", "24.99", state=state)).text == "ok"
        assert order.shown() == ("paid", "1")

    def test_a_refund_in_another_currency_is_not_accepted(self, trading: Trading) -> None:
        order = trading.buy()
        order.choose("paid")
        assert trading.notify(_refund(order, "R", "24.99", refund_currency="CNY")).text == "bad"
        assert order.shown() == ("paid", "1")

    @pytest.mark.parametrize("late", ["paid", "processing", "expired"])
    def test_a_refunded_order_stays_refunded_whatever_comes_late(self, trading: Trading, late: str) -> None:
        order = trading.buy()
        order.choose("paid")
        trading.notify(_refund(order, "R", "24.99"))
        trading.tell(order.trade_id, state=late)
        assert order.shown() == ("refunded", "1")

    def test_an_order_whose_refund_arrives_before_its_payment_ships_nothing(self, trading: Trading) -> None:
        order = trading.buy("never-notified")
        trading.wait_until_notified(order.trade_id, "paid")
        assert trading.notify(_refund(order, "R", "24.99")).text == "ok"
        assert trading.notify(_signed(_paid(order.order_id, order.trade_id))).text == "ok"
        assert order.shown() == ("refunded", "0")

    def test_an_order_that_was_paid_twice_stays_paid_when_the_second_trade_is_refunded(self, trading: Trading) -> None:
        order = trading.buy()
        order.try_again()
        first, second = order.pages
        order.choose("paid", first)
        order.choose("paid", second)
        assert trading.notify(_refund(order, "R", "24.99", trade_id=trade_of(second))).text == "ok"
        assert order.shown() == ("paid", "1")

    def test_a_refunded_order_that_is_paid_again_ships_nothing(self, trading: Trading) -> None:
        order = trading.buy()
        order.try_again()
        first, second = order.pages
        order.choose("paid", first)
        trading.notify(_refund(order, "R", "24.99", trade_id=trade_of(first)))
        order.choose("paid", second)
        assert order.shown() == ("refunded", "1")
        assert trading.asks_to_refund(trade_of(second))

    def test_a_declined_order_can_be_paid_again(self, trading: Trading) -> None:
        order = trading.buy()
        order.choose("declined")
        assert order.shown() == ("declined", "0")
        order.try_again()
        assert order.shown() == ("open", "0")
        order.choose("paid")
        assert order.shown() == ("paid", "1")

    def test_what_was_notified_before_does_not_count_again(self, trading: Trading) -> None:
        order = trading.buy()
        order.choose("declined")
        order.try_again()
        trading.tell(trade_of(order.pages[0]), state="declined")
        assert order.shown() == ("open", "0")

    @pytest.mark.parametrize("state", ["processing", "verify", "declined"])
    def test_a_paid_order_stays_paid_whatever_comes_late(self, trading: Trading, state: str) -> None:
        order = trading.buy()
        order.choose("paid")
        trading.tell(order.trade_id, state=state)
        assert order.shown() == ("paid", "1")

    def test_an_order_that_has_ended_is_not_under_way_again(self, trading: Trading) -> None:
        order = trading.buy()
        order.choose("declined")
        trading.tell(order.trade_id, state="processing")
        assert order.shown() == ("declined", "0")

    def test_money_that_arrives_after_the_end_pays_the_order(self, trading: Trading) -> None:
        order = trading.buy()
        order.choose("expired")
        trading.tell(order.trade_id, state="paid")
        assert order.shown() == ("paid", "1")

    def test_an_order_under_review_cannot_be_paid_again(self, trading: Trading) -> None:
        order = trading.buy()
        order.choose("verify")
        assert order.shown() == ("verify", "0")
        assert not order.can_be_paid()

    def test_an_order_that_is_paid_twice_ships_once(self, trading: Trading) -> None:
        order = trading.buy()
        order.try_again()
        first, second = order.pages
        order.choose("paid", second)
        order.choose("paid", first)
        assert order.shown() == ("paid", "1")
        assert trading.asks_to_refund(trade_of(first))

    def test_a_payer_who_is_faster_than_the_notification_sees_the_order_paid(self, trading: Trading) -> None:
        order = trading.buy("never-notified")
        trading.wait_until_notified(order.trade_id, "paid")
        order.come_back()
        assert order.shown() == ("paid", "1")

    def test_a_payer_who_brings_nothing_has_the_gateway_asked(self, trading: Trading) -> None:
        order = trading.buy("never-notified")
        trading.wait_until_notified(order.trade_id, "paid")
        requests.get(order.way_back, timeout=PATIENCE).raise_for_status()
        assert order.shown() == ("paid", "1")

    def test_a_notification_may_be_faster_than_the_answer(self, trading: Trading) -> None:
        order = trading.buy("notified-before-answer")
        trading.wait_until_notified(order.trade_id, "paid")
        assert order.shown() == ("paid", "1")

    def test_a_notification_may_come_as_a_form(self, trading: Trading) -> None:
        order = trading.buy("notified-by-form")
        assert trading.wait_until_notified(order.trade_id, "paid") == ["ok"]
        assert order.shown() == ("paid", "1")

    def test_an_answer_that_is_lost_leaves_one_paid_order_after_a_retry(self, trading: Trading) -> None:
        browser, page = trading.buy_in_vain("answer-lost")
        assert page.status_code == 502
        assert "try again" in page.text
        assert _Page(page.text).texts["state"] == "open"
        action = next(action for action in _Page(page.text).forms if action.endswith("/pay"))
        order_address = trading.shop + action.removesuffix("/pay")
        order = Order(trading, browser, trading.press(browser, order_address, action))
        order.choose("paid")
        assert order.shown() == ("paid", "1")
        assert [one["state"] for one in trading.payments(order.order_id)] == ["processing", "paid"]

    def test_a_refusal_is_shown_and_leaves_the_order_open(self, trading: Trading) -> None:
        _, page = trading.buy_in_vain("unsupported-method")
        assert page.status_code == 502
        assert "Not support the payment method" in page.text
        assert _Page(page.text).texts["state"] == "open"

    def test_a_proxy_that_answers_instead_of_the_gateway_is_no_answer(self, trading: Trading) -> None:
        _, page = trading.buy_in_vain("bad-gateway")
        assert page.status_code == 502
        assert "try again" in page.text

    def test_unknown_orders_are_not_found(self, trading: Trading) -> None:
        assert requests.get(f"{trading.shop}/orders/0", timeout=PATIENCE).status_code == 404
        assert requests.get(f"{trading.shop}/return/0", timeout=PATIENCE).status_code == 404

"""What a correct merchant does when the answer to its request is missing, and that one order is paid once.

Three ways lead out: wait for the notification and query by its trade_id; repeat the same order_id where a person pays
on a page, since only one page is ever shown; or repeat it at a gateway that knows orders by their order_id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from mockserver.client import InternalGatewayError, NoAnswerError, UnexpectedAnswerError, YabandPayError
from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.helpers import USER
from tests.scenarios.wire import Till

if TYPE_CHECKING:
    from mockserver.clock import FrozenClock
    from mockserver.testing import Merchant

CREATED_WITHOUT_ANSWER = {
    "reset-but-created": NoAnswerError,
    "answer-lost": NoAnswerError,
    "never-answered": NoAnswerError,
    "empty-answer": UnexpectedAnswerError,
    "truncated-answer": NoAnswerError,
    "garbled-answer": UnexpectedAnswerError,
    "bad-gateway": UnexpectedAnswerError,
}
NOTHING_CREATED = {
    "reset-nothing-created": NoAnswerError,
    "too-many-requests": InternalGatewayError,
    "server-error": InternalGatewayError,
    "unavailable": UnexpectedAnswerError,
    "third-time-lucky": InternalGatewayError,
}
A_DAY = 24 * 3600 * 1000


@pytest.fixture
def impatient(till: Till) -> Till:
    """A till that waits for answers no longer than it must."""
    till.client._timeout = (3.0, 0.5)
    return till


def order_of(scenario: str) -> str:
    return f"{scenario.upper().replace('-', '')}-1"


def paid(till: Till, order_id: str) -> list[str]:
    """The trades of an order that were paid, once nothing can happen to it any more."""
    till.pass_time(A_DAY)
    return [one["trade_id"] for one in till.payments(order_id) if one["paid_at"] is not None]


@pytest.mark.parametrize("scenario", CREATED_WITHOUT_ANSWER)
def test_waiting_for_the_notification_finds_the_payment(impatient: Till, scenario: str) -> None:
    till, order_id = impatient, order_of(scenario)
    with pytest.raises(CREATED_WITHOUT_ANSWER[scenario]):
        till.create(order_id)
    till.pass_time(1000)
    [received] = till.merchant.received
    assert received.notification is not None
    assert (received.notification.order_id, received.notification.state) == (order_id, "paid")
    assert till.client.query_order(received.notification.trade_id).state == "paid"
    assert paid(till, order_id) == [received.notification.trade_id]


@pytest.mark.parametrize("scenario", [*CREATED_WITHOUT_ANSWER, *NOTHING_CREATED])
@pytest.mark.slow
def test_repeating_the_order_id_of_a_page_shows_the_payer_one_page_only(impatient: Till, scenario: str) -> None:
    till, order_id, url = impatient, order_of(scenario), ""
    while not url:
        try:
            url = till.client.create_payment(
                sub_pay_method="Alipay", order_id=order_id, amount="24.99", currency="EUR", description="Tea",
                notify_url=till.merchant.url,
            ).url  # fmt: skip
        except YabandPayError:
            assert len(till.payments(order_id)) == (1 if scenario in CREATED_WITHOUT_ANSWER else 0)
    assert requests.post(url, data={"state": "paid"}, timeout=30).ok
    assert paid(till, order_id) == [url.rpartition("/")[2]]
    states = [one["state"] for one in till.payments(order_id)]
    assert sorted(states) == ["expired"] * (len(states) - 1) + ["paid"]


@pytest.mark.parametrize("scenario", [*CREATED_WITHOUT_ANSWER, *NOTHING_CREATED])
def test_a_gateway_that_knows_its_orders_may_be_asked_again(
    scenario: str, clock: FrozenClock, merchant: Merchant
) -> None:
    with Sandbox(Settings(port=0, duplicate_orders="return"), clock=clock) as sandbox:
        till, order_id, trade_id = Till(sandbox, clock, merchant), order_of(scenario), ""
        till.client._timeout = (3.0, 0.5)
        while not trade_id:
            try:
                trade_id = till.create(order_id).trade_id
            except YabandPayError:
                continue
        assert len(till.payments(order_id)) == 1
        assert paid(till, order_id) == [trade_id]


def test_a_trade_that_was_forgotten_is_unknown_and_its_order_can_be_repeated(till: Till) -> None:
    order_id = "ANSWEREDBUTFORGOTTEN-1"
    forgotten = till.create(order_id).trade_id
    with pytest.raises(InternalGatewayError, match="There is no order with the trade_id"):
        till.client.query_order(forgotten)
    trade_id = till.create(order_id).trade_id
    assert till.client.query_order(trade_id).state == "processing"
    assert paid(till, order_id) == [trade_id]
    assert till.notified() == ["paid"]


def test_repeating_a_wallet_payment_without_looking_pays_twice(impatient: Till) -> None:
    till = impatient
    with pytest.raises(NoAnswerError):
        till.create("ANSWERLOST-1")
    till.create("ANSWERLOST-1")
    assert len(paid(till, "ANSWERLOST-1")) == 2


@pytest.mark.parametrize("kind", ["return", "refuse"])
def test_an_order_that_failed_may_be_tried_again(kind: str, clock: FrozenClock, merchant: Merchant) -> None:
    with Sandbox(Settings(port=0, duplicate_orders=kind), clock=clock) as sandbox:
        till = Till(sandbox, clock, merchant)
        first = till.create("1", demo="scenario:declined").trade_id
        till.pass_time(2000)
        second = till.create("1").trade_id
        assert second != first
        if kind == "return":
            assert till.create("1").trade_id == second
        else:
            with pytest.raises(
                InternalGatewayError, match=f"order_id must be unique, but '1' is already used by trade {second}"
            ):
                till.create("1")
        assert till.ask(f"/accounts/{USER}/payments?order_id=1")["total"] == 2

"""Each way in which notifications misbehave, as the merchant meets it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote_plus

import pytest

from mockserver.client import verify_notification
from mockserver.testing import Merchant
from tests.helpers import SECRET_KEY, USER
from tests.scenarios.wire import Till, data_of, plain_data

if TYPE_CHECKING:
    from pathlib import Path

    from mockserver.clock import FrozenClock
    from mockserver.testing import Received

PLAYED = {
    "notified-late", "notified-twice", "notified-twice-at-once", "notified-out-of-order", "notified-before-answer",
    "never-notified", "notified-with-wrong-signature", "notified-wrong-amount", "notified-wrong-currency",
    "notified-wrong-order", "notified-wrong-state", "old-notification-replayed", "refund-before-payment",
    "notified-by-form", "notified-percent-encoded", "notified-before-query-knows",
}  # fmt: skip
"""The scenarios that are played here."""


def test_notified_late(till: Till) -> None:
    trade = till.create("NOTIFIEDLATE-1").trade_id
    till.pass_time(60_999)
    assert till.client.query_order(trade).state == "paid"
    assert till.notified() == []
    till.pass_time(1)
    assert till.notified() == ["paid"]


def test_notified_twice(till: Till) -> None:
    till.create("NOTIFIEDTWICE-1")
    till.pass_time(1000)
    assert till.notified() == ["paid", "paid"]
    first, second = till.merchant.received
    assert first.body == second.body


def test_notified_twice_at_once(till: Till, clock: FrozenClock) -> None:
    import threading  # noqa: PLC0415 - only this merchant needs it

    both_are_here = threading.Barrier(2, timeout=30)

    def answer_only_together(_received: Received) -> tuple[int, bytes]:
        both_are_here.wait()
        return 200, b"ok"

    with Merchant(SECRET_KEY, answer_only_together) as merchant:
        racing = Till(till.sandbox, clock, merchant)
        racing.create("NOTIFIEDTWICEATONCE-1")
        racing.pass_time(1000)
        assert racing.notified() == ["paid", "paid"]


def test_notified_out_of_order(till: Till) -> None:
    till.create("NOTIFIEDOUTOFORDER-1")
    till.pass_time(1000)
    assert till.notified() == []
    till.pass_time(2000)
    assert till.notified() == ["paid", "verify"]


def test_notified_before_answer(till: Till) -> None:
    notified_first = []

    def note_order(received: Received) -> tuple[int, bytes]:
        notified_first.append(till.payments("NOTIFIEDBEFOREANSWER-1")[0]["state"])
        return (200, b"ok") if received.notification else (500, b"")

    with Merchant(SECRET_KEY, note_order) as merchant:
        early = Till(till.sandbox, till.clock, merchant)
        created = early.create("NOTIFIEDBEFOREANSWER-1")
        assert notified_first == ["paid"], "the merchant was notified before it was answered"
        assert created.state == "processing"


def test_a_merchant_that_answers_one_request_at_a_time_gets_its_answer_all_the_same(till: Till) -> None:
    created = till.create("NOTIFIEDBEFOREANSWER-1", notify_url="http://127.0.0.1:9/nobody")
    assert created.state == "processing"


def test_only_what_a_request_causes_is_reported_before_its_answer(
    till: Till, tmp_path: Path, clock: FrozenClock
) -> None:
    from mockserver.settings import Settings  # noqa: PLC0415 - only some tests start their own
    from mockserver.testing import Sandbox  # noqa: PLC0415

    story = "refund:\n  - {after: 0s, state: refunded, notify: {before_answer: true}}\n"
    (tmp_path / "mine.yaml").write_text(f"name: mine\nsummary: s\n{story}", encoding="utf-8")
    with Sandbox(Settings(port=0, scenarios=tmp_path), clock=clock) as sandbox:
        mine = Till(sandbox, clock, till.merchant)
        trade_id = mine.create("PAID-1").trade_id
        mine.pass_time(1000)
        mine.ask(f"/accounts/{USER}/scenarios", {"scenario": "mine"})
        mine.client.create_refund(trade_id, amount="1.00", currency="EUR", description="back")
        assert mine.notified() == ["paid", "refunded"], "the refund was notified before it was answered"
        mine.ask(f"/accounts/{USER}/scenarios", {"scenario": "notified-before-answer"})
        assert mine.client.query_order(trade_id).state == "paid"


def test_never_notified(till: Till) -> None:
    trade = till.create("NEVERNOTIFIED-1").trade_id
    till.pass_time(10**9)
    assert till.client.query_order(trade).state == "paid"
    assert till.notified() == []
    life = till.ask(f"/accounts/{USER}/payments/{trade}")
    assert [one["state"] for one in life["notifications"]] == ["dropped"]
    assert "paid, dropped" in [event["text"] for event in life["timeline"]]


def test_notified_with_wrong_signature(till: Till) -> None:
    till.create("NOTIFIEDWITHWRONGSIGNATURE-1")
    till.pass_time(1000)
    assert till.notified() == ["?"]
    assert plain_data(till.merchant.received[0])["state"] == "paid"


@pytest.mark.parametrize(
    ("order_id", "field", "reported", "true"),
    [
        ("NOTIFIEDWRONGAMOUNT-1", "amount", "0.01", "24.99"),
        ("NOTIFIEDWRONGCURRENCY-1", "currency", "CNY", "EUR"),
        ("NOTIFIEDWRONGORDER-1", "order_id", "somebody-elses-order", "NOTIFIEDWRONGORDER-1"),
        ("NOTIFIEDWRONGSTATE-1", "state", "paid", "declined"),
    ],
)
def test_notified_wrongly_but_rightly_signed(till: Till, order_id: str, field: str, reported: str, true: str) -> None:
    trade = till.create(order_id).trade_id
    till.pass_time(2000)
    assert data_of(till.merchant.received[0])[field] == reported
    assert getattr(till.client.query_order(trade), field) == true


def test_old_notification_replayed(till: Till) -> None:
    till.create("OLDNOTIFICATIONREPLAYED-1")
    till.pass_time(3000)
    assert till.notified() == ["verify", "paid"]
    till.pass_time(2000)
    assert till.notified() == ["verify", "paid", "verify"]
    first, _, again = till.merchant.received
    assert first.body == again.body


def test_refund_before_payment(till: Till) -> None:
    trade = till.create("REFUNDBEFOREPAYMENT-1").trade_id
    till.pass_time(1000)
    assert till.notified() == []
    till.client.create_refund(trade, amount="24.99", currency="EUR", description="back")
    till.pass_time(1000)
    assert till.notified() == ["refunded", "paid"]


def test_notified_by_form(till: Till) -> None:
    till.create("NOTIFIEDBYFORM-1", description="茶 + 100 %")
    till.pass_time(1000)
    body = till.merchant.received[0].body
    sent = parse_qs(body.decode())["resultData"][0]
    assert verify_notification(sent.encode(), SECRET_KEY).data["description"] == "茶 + 100 %"
    assert verify_notification(body, SECRET_KEY).data["description"] == "茶 + 100 %"


def test_notified_percent_encoded(till: Till) -> None:
    till.create("NOTIFIEDPERCENTENCODED-1", description="茶 + 100 %")
    till.pass_time(1000)
    body = till.merchant.received[0].body
    assert verify_notification(unquote_plus(body.decode()).encode(), SECRET_KEY).state == "paid"
    assert verify_notification(body, SECRET_KEY).data["description"] == "茶 + 100 %"


def test_notified_before_query_knows(till: Till) -> None:
    trade = till.create("NOTIFIEDBEFOREQUERYKNOWS-1").trade_id
    till.pass_time(1000)
    assert till.notified() == ["paid"]
    assert till.client.query_order(trade).state == "processing"
    listed = till.client.list_orders()
    assert [order.state for order in listed.orders] == ["processing"]
    till.pass_time(5000)
    assert till.client.query_order(trade).state == "paid"


def test_what_is_reported_of_every_step_holds_for_refunds_too(till: Till) -> None:
    trade = till.create("NOTIFIEDBYFORM-1").trade_id
    till.pass_time(1000)
    till.client.create_refund(trade, amount="1.00", currency="EUR", description="back")
    till.pass_time(1000)
    assert [one.body[:11] for one in till.merchant.received] == [b"resultData="] * 2
    assert till.notified() == ["paid", "refunded"]


def test_a_notification_that_is_not_accepted_is_sent_again_as_it_was(till: Till, clock: FrozenClock) -> None:
    with Merchant(SECRET_KEY, lambda _received: (500, b"")) as deaf:
        ignored = Till(till.sandbox, clock, deaf)
        ignored.create("NOTIFIEDWRONGAMOUNT-1")
        ignored.pass_time(1000)
        ignored.pass_time(15_000)
        first, second = deaf.received
        assert first.body == second.body
        assert data_of(second)["amount"] == "0.01"


def test_how_a_step_is_reported_survives_in_a_database(tmp_path: Path, clock: FrozenClock, merchant: Merchant) -> None:
    from mockserver.settings import Settings  # noqa: PLC0415 - only this test starts its own
    from mockserver.testing import Sandbox  # noqa: PLC0415

    settings = Settings(port=0, database=f"sqlite:///{tmp_path / 'sandbox.db'}")
    with Sandbox(settings, clock=clock) as sandbox:
        Till(sandbox, clock, merchant).create("NOTIFIEDTWICEATONCE-1")
    with Sandbox(settings, clock=clock) as sandbox:
        till = Till(sandbox, clock, merchant)
        till.pass_time(1000)
        assert till.notified() == ["paid", "paid"]

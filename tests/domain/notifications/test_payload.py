from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.client import verify_notification
from mockserver.gateway.example import DOCUMENTED_DATA
from mockserver.signing.php import is_empty
from mockserver.signing.signature import sign, string_to_sign
from tests.helpers import SECRET_KEY, USER, create

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.clock import FrozenClock
    from tests.helpers import Shop

SCENARIOS = Path(__file__).parents[3] / "scenarios"
DAY = 24 * 3600 * 1000
PAID_KEYS = {
    "type", "user", "order_id", "trade_id", "transaction_id", "acquirer_id", "amount", "tip_amount", "currency",
    "settlement_amount", "settlement_currency", "exchange_rate", "settlement_rate", "amount_cny", "description",
    "createDate", "state", "out_trade_no", "sub_pay_method", "pay_method", "paid_time", "yb_transaction_id",
}  # fmt: skip


def notified(app: Application, clock: FrozenClock, **changes: Any) -> bytes:
    trade_id = create(app, **changes)["data"]["trade_id"]
    clock.advance(10_000)
    app.worker.run_due(USER)
    with app.store.unit(USER) as unit:
        return unit.notifications(trade_id)[0].body


def test_a_paid_notification_has_the_documented_parameters(app: Application, clock: FrozenClock) -> None:
    created = clock.now()
    body = json.loads(notified(app, clock, amount="24.9"))
    assert list(body) == ["sign", "data"]
    data = body["data"]
    assert set(data) == PAID_KEYS
    assert all(isinstance(value, str) and value for value in data.values())
    assert (data["type"], data["user"], data["state"], data["amount"]) == ("payment", USER, "paid", "24.90")
    assert (data["createDate"], data["paid_time"]) == (str(created // 1000), str((created + 1000) // 1000))


def test_it_is_signed_over_data_alone(app: Application, clock: FrozenClock) -> None:
    body = json.loads(notified(app, clock))
    assert body["sign"] == sign(string_to_sign(body["data"]), SECRET_KEY)


def test_clients_that_keep_and_that_drop_empties_both_verify_it(app: Application, clock: FrozenClock) -> None:
    data = json.loads(notified(app, clock, scenario="declined"))["data"]
    assert not any(is_empty(value) for value in data.values())
    assert string_to_sign(data, "kept") == string_to_sign(data, "dropped")


def test_a_payment_that_was_never_paid_has_no_transaction_number(app: Application, clock: FrozenClock) -> None:
    data = json.loads(notified(app, clock, scenario="expired"))["data"]
    assert data["state"] == "expired"
    assert {"transaction_id", "acquirer_id", "paid_time"}.isdisjoint(data)


WEBHOOK_SCHEMA = {
    "type": "object",
    "required": ["sign", "data"],
    "properties": {
        "sign": {"type": "string", "minLength": 64},
        "data": {
            "type": "object",
            "required": ["type", "order_id", "state"],
            "properties": {
                name: {"type": "string"} for name in ("type", "order_id", "state", "trade_id", "transaction_id")
            },
        },
    },
}
"""What a published schema of the webhook wants (protocol.md 6, C10)."""


def bodies_about(shop: Shop, trade_id: str) -> list[dict[str, Any]]:
    """The notifications of a trade, also those in another encoding and with a wrong signature."""
    with shop.app.store.unit(shop.user) as unit:
        sent = [unquote_plus(one.body.decode()) if one.form != "json" else one.body.decode()
                for one in unit.notifications(trade_id)]  # fmt: skip
    return [json.loads(body.removeprefix("resultData=")) for body in sent]


def test_every_notification_of_a_payment_and_a_refund_satisfies_the_published_schema(shop: Shop) -> None:
    validator = jsonschema_rs.validator_for(WEBHOOK_SCHEMA)
    states = set()
    for scenario in sorted(file.stem for file in SCENARIOS.glob("*.yaml")):
        answered = shop.call("v3.CreatePaymentsAlipayMiniPay", scenario, **DOCUMENTED_DATA)
        trade_id = answered["data"]["trade_id"] if answered["status"] else ""
        shop.pass_time(DAY)
        shop.call(
            "v3.CreateRefund", scenario, trade_id=trade_id, refund_amount="0.50", refund_currency="EUR",
            refund_description="back",
        )  # fmt: skip
        shop.pass_time(DAY)
        for body in bodies_about(shop, trade_id):
            validator.validate(body)
            states.add(body["data"]["state"])
    assert states >= {"processing", "verify", "paid", "declined", "failed", "expired", "cancelled"}
    assert states >= {"refund processing", "refunded", "refund failed", "refund error", "refund declined"}


MAGENTO = '{"magento_order_id":7,"plugin_version":"2.4","cancel_url":"https:\\/\\/x.example\\/c"}'


@pytest.mark.parametrize("demo", [MAGENTO, "0", " spaces ", "分账 🍵", "a&b=c%20+d", "</script>", "line\nbreak\t\x00"])
def test_demo_is_echoed_byte_for_byte(app: Application, clock: FrozenClock, demo: str) -> None:
    notification = verify_notification(notified(app, clock, demo=demo), SECRET_KEY)
    assert notification.demo == demo
    assert notification.data["demo"].encode() == demo.encode()


@pytest.mark.parametrize(("demo", "echoed"), [(True, "1"), (False, None)])
def test_a_boolean_demo_is_echoed_as_it_was_signed(
    app: Application, clock: FrozenClock, demo: Any, echoed: str | None
) -> None:
    assert json.loads(notified(app, clock, demo=demo))["data"].get("demo") == echoed


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(demo=st.text(min_size=1), description=st.text(min_size=1), order_id=st.text(min_size=1))
def test_whatever_the_merchant_sends_the_notification_verifies(
    app: Application, clock: FrozenClock, demo: str, description: str, order_id: str
) -> None:
    body = notified(app, clock, scenario="success", demo=demo, description=description, order_id=order_id)
    notification = verify_notification(body, SECRET_KEY)
    assert notification.demo == demo
    assert notification.order_id == order_id
    assert notification.data["description"] == description

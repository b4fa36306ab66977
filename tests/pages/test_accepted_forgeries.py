"""The pages say in red that a shop accepted a forged notification, or one that does not fit its order."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any, get_args

import pytest
import requests

from mockserver.api.messages import Defect
from mockserver.testing import Merchant
from tests.helpers import SECRET_KEY, USER
from tests.scenarios.wire import Till

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.clock import FrozenClock
    from mockserver.testing import Sandbox

OWN = f"/_sandbox/accounts/{USER}"


@pytest.fixture
def careless() -> Iterator[Merchant]:
    """A shop that answers ok to everything."""
    with Merchant(SECRET_KEY, lambda _received: (200, b"ok")) as shop:
        yield shop


@pytest.fixture
def till(sandbox: Sandbox, clock: FrozenClock, careless: Merchant) -> Till:
    return Till(sandbox, clock, careless)


def notified(till: Till, **wanted: Any) -> dict[str, str]:
    """The pages that show a notification of an order, after it was delivered."""
    trade_id = till.create("ORDER-1", timeout="1440").trade_id
    till.ask(f"/accounts/{USER}/payments/{trade_id}/notifications", {"once": True, **wanted})
    till.settle()
    return pages(till, trade_id)


def pages(till: Till, trade_id: str, language: str = "en") -> dict[str, str]:
    paths = {"order": f"orders/{trade_id}", "notifications": "notifications", "orders": "orders"}
    return {name: read(till, path, language) for name, path in paths.items()}


def read(till: Till, path: str, language: str = "en") -> str:
    answer = requests.get(f"{till.sandbox.url}{OWN}/{path}?lang={language}", timeout=30)
    assert answer.status_code == 200
    return html.unescape(answer.text)


FORGED = "Your shop accepted a forged notification: "
UNLIKE = "Your shop accepted a notification with a "
FORGERIES: list[tuple[dict[str, Any], str]] = [
    ({"fields": {"state": "paid"}, "defect": "wrong signature"}, f"{FORGED}wrong signature."),
    ({"defect": "signature of another account"}, f"{FORGED}signature of another account."),
    ({"defect": "missing signature"}, f"{FORGED}missing signature."),
    ({"defect": "true as signature"}, f"{FORGED}true as signature."),
    ({"defect": "not JSON"}, f"{FORGED}not JSON."),
    ({"tampered": {"amount": "1.00"}}, f"{FORGED}tampered amount."),
    ({"tampered": {"amount": "1.00", "order_id": "B"}}, f"{FORGED}tampered amount and order_id."),
    ({"fields": {"amount": "1.00"}}, f"{UNLIKE}wrong amount."),
    ({"fields": {"amount": "1.00", "currency": "CNY"}}, f"{UNLIKE}wrong amount and currency."),
]


@pytest.mark.parametrize(("wanted", "sentence"), FORGERIES, ids=[sentence for _, sentence in FORGERIES])
def test_each_page_says_it_in_red(till: Till, wanted: dict[str, Any], sentence: str) -> None:
    seen = notified(till, **wanted)
    assert [sentence in page for page in seen.values()] == [True] * 3
    for name in ("order", "notifications"):
        assert f'<span class="state bad">accepted</span> <strong class="warning">{sentence}</strong>' in seen[name]
        assert '<span class="state good">accepted</span>' not in seen[name]
    assert f'<section class="trouble">\n<div><strong>{sentence}</strong>' in seen["order"]
    assert f'<strong class="warning">{sentence}</strong>' in seen["orders"]


def test_it_is_said_in_chinese(till: Till) -> None:
    trade_id = till.create("ORDER-1").trade_id
    for wanted in ({"defect": "wrong signature"}, {"fields": {"amount": "1.00", "currency": "CNY"}}):
        till.ask(f"/accounts/{USER}/payments/{trade_id}/notifications", {"once": True, **wanted})
        till.settle()
    page = pages(till, trade_id, "zh")["order"]
    assert "您的商户系统接受了伪造的通知：签名错误。" in page
    assert "您的商户系统接受了与订单不符的通知：amount、currency 错误。" in page


@pytest.mark.parametrize(
    "wanted",
    [{}, {"fields": {"demo": "other"}}, {"defect": "unsigned fields beside the data", "tampered": {"state": "paid"}}],
    ids=["right", "harmless", "unsigned fields, which a right shop does not read"],
)
def test_a_shop_that_accepts_what_it_may_accept_is_not_blamed(till: Till, wanted: dict[str, Any]) -> None:
    seen = notified(till, **wanted)
    assert '<span class="state good">accepted</span>' in seen["order"]
    assert not [name for name, page in seen.items() if "Your shop accepted" in page]


def test_a_shop_that_refuses_a_forgery_is_not_blamed(sandbox: Sandbox, clock: FrozenClock, merchant: Merchant) -> None:
    seen = notified(Till(sandbox, clock, merchant), defect="wrong signature")
    assert "given up" in seen["order"]
    assert not [name for name, page in seen.items() if "Your shop accepted" in page]


def test_the_sandboxs_example_merchant_is_not_the_shop(till: Till) -> None:
    seen = notified(till, fields={"amount": "1.00"}, url="https://www.yabandpay.com/notify")
    assert ">accepted</span>" in seen["order"]
    assert not [name for name, page in seen.items() if "Your shop accepted" in page]


def test_a_scenario_that_forges_is_noticed_too(till: Till) -> None:
    trade_id = till.create("ORDER-1", demo="scenario:notified-with-wrong-signature").trade_id
    till.pass_time(5_000)
    assert f"{FORGED}wrong signature." in pages(till, trade_id)["order"]


def test_the_form_offers_every_defect_of_the_api(till: Till) -> None:
    trade_id = till.create("ORDER-1").trade_id
    page = read(till, f"orders/{trade_id}")
    assert get_args(Defect)
    for defect in get_args(Defect):
        assert f'<option value="{defect}">' in page
        form = {"back": f"{OWN}/orders/{trade_id}", "defect": defect, "form": "json", "state": "paid"}
        answer = requests.post(f"{till.sandbox.url}{OWN}/orders/{trade_id}/notifications", data=form, timeout=30)
        assert "The notification is being sent." in answer.text
    till.settle()
    by_defect = {one["defect"]: json.loads(one["body"]) for one in till.ask(f"/accounts/{USER}/notifications")
                 if one["defect"] not in {"", "not JSON"}}  # fmt: skip
    beside = by_defect.pop("unsigned fields beside the data")
    assert (beside["state"], beside["data"]["state"]) == ("paid", "processing")
    assert {one["data"]["state"] for one in by_defect.values()} == {"paid"}

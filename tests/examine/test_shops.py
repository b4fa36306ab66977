"""The merchants that the examination is proved on: the right ones are right, and each wrong one has its mistake."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.examine.demonstrations import DEMONSTRATIONS, Demonstration, naps
from tests.examine.shops import answers
from tests.examine.shops.command import CommandShop
from tests.examine.shops.merchant import Shop
from tests.examine.shops.registry import DOUBLE, RIGHT, WRONG
from tests.examine.shops.right import HoldingLateShop, HoldingShop, StrictHoldingShop
from tests.examine.till import Till, as_form
from tests.sockets import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.testing import MerchantAccount

ROOT = Path(__file__).parents[2]
RETRIES = (15_000, 30_000, 60_000)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Settings(port=0, tls_port=0, log="none", retry_plan=RETRIES)) as running:
        yield running


@pytest.fixture
def account(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[MerchantAccount]:
    monkeypatch.setattr(answers, "sleep", naps.append)
    with sandbox.account() as one:
        yield one


def opened(kind: type[Shop], account: MerchantAccount) -> Shop:
    return kind(account.url, account.user, account.secret_key)


def delivered(till: Till) -> None:
    """Have all notifications delivered that are under way, and repeated that were refused."""
    till.account.clock.advance("2m")
    till.account.wait_until_quiet()


each_right_shop = pytest.mark.parametrize("kind", RIGHT, ids=lambda kind: kind.__name__)


@each_right_shop
def test_a_right_shop_sells_ships_once_and_takes_refunds(kind: type[Shop], account: MerchantAccount) -> None:
    with opened(kind, account) as shop:
        till = Till(account, shop)
        notify_url = f"{shop.url}/notify"
        assert till.state == "open"

        till.set_state("paid")
        delivered(till)
        wait_until(lambda: till.state == "paid")
        account.client.create_refund(
            till.trade_id, amount="2.34", currency="EUR", description="x", notify_url=notify_url
        )
        delivered(till)
        assert till.state == "paid"
        account.client.create_refund(till.trade_id, amount="10", currency="EUR", description="x", notify_url=notify_url)
        delivered(till)

        wait_until(lambda: till.state == "refunded")
        assert shipments(till) == 1


def shipments(till: Till) -> int:
    """The number of shipments, also of a shop that shows one word only."""
    with till.shop.lock:
        order = till.shop.find(till.order_id)
    assert order is not None
    return order.shipments


@each_right_shop
def test_a_right_shop_leaves_an_order_open_that_only_forgers_pay(kind: type[Shop], account: MerchantAccount) -> None:
    with opened(kind, account) as shop:
        forged, real = Till(account, shop), Till(account, shop)

        forged.forge()
        forged.send({"data": forged.data()})
        real.set_state("paid")
        delivered(real)

        wait_until(lambda: real.state == "paid")  # a queue has worked off what came before, too
        assert (forged.state, shipments(forged)) == ("open", 0)


@each_right_shop
def test_a_right_shop_ships_once_however_often_it_is_notified(kind: type[Shop], account: MerchantAccount) -> None:
    with opened(kind, account) as shop:
        till = Till(account, shop)
        till.set_state("paid")
        delivered(till)

        till.notify_at_once(4)
        till.notify()

        wait_until(lambda: till.state == "paid")
        assert shipments(till) == 1


@each_right_shop
@pytest.mark.parametrize("scenario", ["paid-after-close", "paid-after-cancel"])
def test_a_right_shop_keeps_money_that_comes_late(kind: type[Shop], scenario: str, account: MerchantAccount) -> None:
    wanted = "held" if kind is HoldingLateShop else "paid"
    with opened(kind, account) as shop:
        till = Till(account, shop, scenario)

        delivered(till)

        wait_until(lambda: till.state == wanted)


@each_right_shop
@pytest.mark.parametrize("scenario", ["answer-lost", "notified-before-answer"])
def test_a_right_shop_loses_no_order_while_creating(kind: type[Shop], scenario: str, account: MerchantAccount) -> None:
    with opened(kind, account) as shop:
        till = Till(account, shop, scenario)
        till.set_state("paid")

        delivered(till)

        wait_until(lambda: till.state == "paid")
        assert shipments(till) == 1


@each_right_shop
def test_a_right_shop_reads_forms(kind: type[Shop], account: MerchantAccount) -> None:
    with opened(kind, account) as shop:
        till = Till(account, shop, "never-notified")
        account.clock.advance("1m")

        for _ in range(2):  # a busy shop refuses the first
            till.send(as_form(till.signed(till.data())))

        wait_until(lambda: till.state == "paid")


@each_right_shop
def test_a_right_shop_learns_from_a_return_what_no_notification_told(
    kind: type[Shop], account: MerchantAccount
) -> None:
    with opened(kind, account) as shop:
        till = Till(account, shop, "never-notified")
        account.clock.advance("1m")

        till.come_back()

        assert till.state == "paid"


@pytest.mark.parametrize(("kind", "freed"), [(HoldingShop, "paid"), (StrictHoldingShop, "held")])
def test_a_holding_shop_holds_what_does_not_fit(kind: type[Shop], freed: str, account: MerchantAccount) -> None:
    with opened(kind, account) as shop:
        till = Till(account, shop)

        assert till.notify(amount="0.01").text == "ok"
        assert till.state == "held"
        till.notify()

        assert till.state == freed


def outcome(kind: type[Shop], demonstration: Demonstration, account: MerchantAccount) -> object:
    with opened(kind, account) as shop:
        return demonstration.script(Till(account, shop, demonstration.scenario, **demonstration.wanted))


@pytest.mark.parametrize("kind", WRONG, ids=lambda kind: kind.__name__)
def test_a_wrong_shop_has_its_mistake(kind: type[Shop], account: MerchantAccount) -> None:
    demonstration = DEMONSTRATIONS[kind]

    assert outcome(Shop, demonstration, account) == demonstration.right
    assert outcome(kind, demonstration, account) == demonstration.wrong


@pytest.mark.parametrize(
    ("kind", "mistake"),
    [(kind, mistake) for kind in DOUBLE for mistake in kind.__bases__],
    ids=lambda kind: kind.__name__,
)
def test_a_shop_with_two_mistakes_has_both(kind: type[Shop], mistake: type[Shop], account: MerchantAccount) -> None:
    demonstration = DEMONSTRATIONS[mistake]

    assert outcome(kind, demonstration, account) == demonstration.wrong


@pytest.mark.parametrize("kind", [*WRONG, *DOUBLE], ids=lambda kind: kind.__name__)
def test_a_wrong_shop_says_its_mistake_and_what_it_costs(kind: type[Shop]) -> None:
    assert kind.__doc__
    assert kind.costs
    assert kind.verdict in {"lost money", "lost an order", "unsafe habit"}


def test_a_shop_of_commands_creates_and_shows_orders(account: MerchantAccount) -> None:
    with CommandShop(account.url, account.user, account.secret_key) as shop:
        created = run(shop.create_command)
        trade = account.payments[0]
        account.set_state(trade.trade_id, "paid")
        account.wait_until_quiet()

        state = run([part.format(order_id=created["order_id"]) for part in shop.state_command])

    assert trade.order_id == created["order_id"]
    assert state["state"] == "paid"
    assert state["shipments"] == 1


def run(command: list[str]) -> dict[str, object]:
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60).stdout
    shown: dict[str, object] = json.loads(printed)
    return shown

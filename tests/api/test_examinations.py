"""Examinations over HTTP: started, watched, stopped, kept with the account, and refused."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.clock import REAL
from tests.api.calling import Tenant
from tests.examine.shops.merchant import Shop
from tests.examine.shops.signatures import NoSignatureShop
from tests.sockets import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.calling import Api
    from tests.examine.shops.web import Answer, Request


def examination_of(shop: Shop, **wanted: Any) -> dict[str, Any]:
    return {"create": f"{shop.url}/orders", "state": f"{shop.url}/orders/{{order_id}}", **wanted}


def ended(api: Api, tenant: Tenant) -> dict[str, Any]:
    """The report of the tenant's shop, when its examination has ended."""
    wait_until(lambda: api.ok("GET", f"{tenant.path}/examination")["state"] != "running")
    report: dict[str, Any] = api.ok("GET", f"{tenant.path}/examination")
    return report


@pytest.fixture
def shop(tenant: Tenant, api: Api) -> Iterator[Shop]:
    with opened(NoSignatureShop, tenant, api) as shop:
        yield shop


def opened(kind: type[Shop], tenant: Tenant, api: Api) -> Shop:
    return kind(api.sandbox.url, tenant.account["user"], tenant.account["secret_key"])


def test_a_shop_is_examined_and_the_report_stays_with_the_account(api: Api, tenant: Tenant, shop: Shop) -> None:
    assert api.refused("GET", f"{tenant.path}/examination")[0] == 404
    begun = api.ok("POST", f"{tenant.path}/examinations", examination_of(shop, checks=["right-payment", "wrong-amount",
                                                                                       "missing-signature"]))  # fmt: skip
    assert (begun["state"], begun["total"]) == ("running", 3)
    report = ended(api, tenant)
    assert (report["state"], report["done"], report["total"]) == ("ended", 3, 3)
    verdicts = {one["name"]: one["verdict"] for one in report["results"]}
    assert verdicts == {"right-payment": "passed", "missing-signature": "lost money", "wrong-amount": "passed"}
    failed = next(one for one in report["results"] if one["name"] == "missing-signature")
    assert failed["sentence"] == "The shop believed it: its state is paid, shipped once."
    assert set(failed["mend"]) == {"PHP", "JavaScript", "Python"}
    assert '"sign"' not in failed["deliveries"][0]["body"]
    timeline = api.ok("GET", f"{tenant.path}/timelines/{failed['trade_id']}")["timeline"]
    assert any(one["text"].startswith("accepted in spite of its missing signature") for one in timeline)


def test_afterwards_the_account_is_as_before(api: Api, tenant: Tenant, shop: Shop) -> None:
    api.ok("PATCH", tenant.path, {"scenario": "declined"})
    api.ok("PUT", f"{tenant.path}/clock", {"kind": "scaled", "rate": 60})
    api.ok("POST", f"{tenant.path}/examinations", examination_of(shop, checks=["right-payment"]))
    ended(api, tenant)
    shown = api.ok("GET", tenant.path)
    assert (shown["scenario"], shown["clock"]["kind"], shown["clock"]["rate"]) == ("declined", "scaled", 60)
    assert api.ok("GET", f"{tenant.path}/scenarios") == []


def test_it_leaves_no_order_that_expires_later_and_the_real_time(api: Api) -> None:
    tenant = Tenant(api, clock={"kind": "real"})
    with opened(Shop, tenant, api) as shop:
        api.ok("POST", f"{tenant.path}/examinations", examination_of(shop, checks=["right-payment", "wrong-amount"]))
        ended(api, tenant)
    assert api.sandbox.app.store.account(tenant.account["user"]).clock == REAL  # type: ignore[union-attr]
    states = [one["state"] for one in api.ok("GET", f"{tenant.path}/payments")["items"]]
    assert sorted(states) == ["expired", "paid"]
    assert tenant.advance("24h")["events"] == 0


class Waiting(Shop):
    """A shop that answers nothing until it may."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.may, self.asked = Event(), Event()

    def notify(self, request: Request) -> Answer:
        self.asked.set()
        self.may.wait(30)
        return super().notify(request)


def test_one_runs_at_a_time_and_can_be_stopped(api: Api, tenant: Tenant) -> None:
    with opened(Waiting, tenant, api) as shop:
        assert isinstance(shop, Waiting)
        api.ok("POST", f"{tenant.path}/examinations", examination_of(shop))
        shop.asked.wait(30)
        status, detail = api.refused("POST", f"{tenant.path}/examinations", examination_of(shop))
        assert (status, "is being examined" in detail) == (409, True)
        assert api.refused("PUT", f"{tenant.path}/examination", api.ok("GET", f"{tenant.path}/examination"))[0] == 409
        api.ok("DELETE", f"{tenant.path}/examination")
        report = ended(api, tenant)
        shop.may.set()
    assert (report["state"], report["done"]) == ("stopped", 0)
    assert api.refused("DELETE", f"{tenant.path}/examination")[0] == 409


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"create": "make order"}, "create: expected a URL such as http://127.0.0.1:3000/orders, not 'make order'."),
        ({"create": "http://127.0.0.1:1/", "state": "http://127.0.0.1:1/orders"}, "state: expected {order_id} in"),
        ({"create": "https://mapi.yabandpay.com/orders"}, "create: "),
        ({"create": "http://169.254.169.254/latest"}, "create: "),
        ({"create": "http://127.0.0.1:1/", "checks": ["wrong-amont"]}, "did you mean 'wrong-amount'?"),
        ({}, "missing required field `create`"),
        ({"create": "http://127.0.0.1:1/", "parallel": 0}, "parallel"),
    ],
)  # fmt: skip
def test_bad_values_are_refused(api: Api, tenant: Tenant, wanted: dict[str, Any], sentence: str) -> None:
    status, detail = api.refused("POST", f"{tenant.path}/examinations", wanted)
    assert (status, sentence in detail) == (422, True), detail


def test_the_sandbox_itself_is_no_shop(api: Api, tenant: Tenant) -> None:
    status, detail = api.refused("POST", f"{tenant.path}/examinations", {"create": f"{api.sandbox.url}/Payments"})
    assert (status, detail.startswith("create: ")) == (422, True)


def test_a_shop_that_does_not_answer_is_a_sentence_in_the_report(api: Api, tenant: Tenant) -> None:
    api.ok("POST", f"{tenant.path}/examinations", {"create": "http://127.0.0.1:1/orders"})
    report = ended(api, tenant)
    assert report["state"] == "failed"
    assert report["problem"].startswith("The shop does not answer: POST http://127.0.0.1:1/orders failed with ")


def test_a_dropped_account_ends_its_examination(api: Api, tenant: Tenant) -> None:
    with opened(Waiting, tenant, api) as shop:
        assert isinstance(shop, Waiting)
        api.ok("POST", f"{tenant.path}/examinations", examination_of(shop))
        shop.asked.wait(30)
        api.ok("DELETE", tenant.path)
        shop.may.set()
        user = tenant.account["user"]
        wait_until(lambda: not api.sandbox.app.examinations.is_running(user))

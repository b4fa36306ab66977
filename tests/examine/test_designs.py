"""Right merchants whose design looks odd from outside: each is examined whole, and none is blamed for its design."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from mockserver.api.local import LocalCalls
from mockserver.examine.examination import Examination, Plan, chosen_checks
from mockserver.examine.shop import Shop as ReachedShop
from mockserver.examine.shop import creator, state_reader
from mockserver.examine.trial import Pace
from tests.examine.shops.merchant import Order, RefusedNotification, Shop
from tests.examine.shops.web import Answer, json_answer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from mockserver.examine.report import Report
    from mockserver.testing import Sandbox
    from tests.examine.shops.web import Request

pytestmark = pytest.mark.slow


class OneProcessShop(Shop):
    """Does one thing after the other, as `php -S` does: while it creates a payment, it answers nothing."""

    def __init__(self, gateway_url: str, user: str, secret_key: str, *, port: int = 0) -> None:
        super().__init__(gateway_url, user, secret_key, port=port)
        self.process = threading.Lock()

    def answer(self, request: Request) -> Answer:
        with self.process:
            return super().answer(request)


class RedirectingShop(Shop):
    """Creates the payment at the end of a chain."""

    def answer(self, request: Request) -> Answer:
        if request.path == "/orders" and request.method == "POST":
            return Answer(303, b"", headers={"Location": "/checkout?step=1"})
        if request.path == "/checkout":
            return Answer(302, b"", headers={"Location": "confirm"})
        if request.path == "/confirm":
            self.create(request)
            return Answer(302, b"", headers={"Location": "https://pay.example/"})
        return super().answer(request)


class LaterPaymentShop(Shop):
    """Answers at once, and creates the payment afterwards."""

    def __init__(self, gateway_url: str, user: str, secret_key: str, *, port: int = 0) -> None:
        super().__init__(gateway_url, user, secret_key, port=port)
        self.jobs = ThreadPoolExecutor(1)

    def __exit__(self, *error: object) -> None:
        self.jobs.shutdown()
        super().__exit__(*error)

    def create(self, request: Request) -> Answer:
        self.jobs.submit(super().create, request)
        return Answer(202, b"")


class SilentShop(Shop):
    """Does not say which order it has created."""

    def create(self, request: Request) -> Answer:
        super().create(request)
        return Answer(204, b"")


class SearchingShop(Shop):
    """Answers its state as the list that a search gives."""

    def shown(self, order: Order, state: str) -> Answer:
        return json_answer(200, [{"state": state, "shipments": order.shipments}])


class YesOrNoShop(Shop):
    """Knows no more than whether an order is paid."""

    def shown(self, order: Order, state: str) -> Answer:
        return json_answer(200, {"paid": state == "paid", "shipments": order.shipments})


class OftenBusyShop(Shop):
    """Takes each notification at its third arrival, also one that it has taken before."""

    def __init__(self, gateway_url: str, user: str, secret_key: str, *, port: int = 0) -> None:
        super().__init__(gateway_url, user, secret_key, port=port)
        self.arrivals: dict[bytes, int] = {}

    def notify(self, request: Request) -> Answer:
        with self.lock:
            self.arrivals[request.body] = self.arrivals.get(request.body, 0) + 1
            is_busy = self.arrivals[request.body] % 3 > 0
        return Answer(503, b"busy") if is_busy else super().notify(request)


class VerifyFirstShop(Shop):
    """Refuses forgeries at once, and works off what is rightly signed a moment after its ok."""

    delay = 0.15

    def __init__(self, gateway_url: str, user: str, secret_key: str, *, port: int = 0) -> None:
        super().__init__(gateway_url, user, secret_key, port=port)
        self.waiting: queue.Queue[dict[str, str] | None] = queue.Queue()
        self.worker = threading.Thread(target=self.work, daemon=True)
        self.ended = threading.Event()

    def __enter__(self) -> Shop:
        self.worker.start()
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self.ended.set()
        self.waiting.put(None)
        self.worker.join()

    def take(self, data: dict[str, str]) -> None:
        self.waiting.put(data)

    def work(self) -> None:
        while (data := self.waiting.get()) is not None:
            self.ended.wait(self.delay)
            try:
                super().take(data)
            except RefusedNotification:
                continue  # a person reads the log


DESIGNS = (
    OneProcessShop, RedirectingShop, LaterPaymentShop, SilentShop, SearchingShop, YesOrNoShop, OftenBusyShop,
    VerifyFirstShop,
)  # fmt: skip


def examine(sandbox: Sandbox, kind: type[Shop], *checks: str) -> Report:
    with sandbox.account() as account, kind(account.url, account.user, account.secret_key) as shop:
        reached = ReachedShop(creator(f"{shop.url}/orders"), state_reader(f"{shop.url}/orders/{{order_id}}"))
        plan = Plan(chosen_checks(checks), pace=Pace(patience=3, least=0.05))
        return Examination(LocalCalls(sandbox.app), account.user, reached, plan).run()


class HalfTwiceShop(Shop):
    """Books a refund again when its notification is repeated, but never more than was paid."""

    def ordered(self, wanted: Mapping[str, Any]) -> Order:
        return super().ordered({**wanted, "amount": "12.35"})

    def check(self, order: Order, data: dict[str, str]) -> None:
        super().check(order, data)
        if data["type"] == "refund" and data["refund_id"] in order.refunds:
            data["refund_id"] += " again"


@pytest.mark.parametrize("kind", DESIGNS, ids=lambda kind: kind.__name__)
def test_an_odd_design_gets_everything(kind: type[Shop], sandbox: Sandbox) -> None:
    report = examine(sandbox, kind)

    assert report.failures == []
    assert {one.name: one.sentence for one in report.results if one.verdict == "not graded"} == {}


class BelievingLaterShop(VerifyFirstShop):
    """Works later, and believes the amount."""

    def check(self, order: Order, data: dict[str, str]) -> None:
        super().check(order, data | {"amount": str(order.amount)})


def test_working_later_excuses_no_wrong_amount(sandbox: Sandbox) -> None:
    report = examine(sandbox, BelievingLaterShop, "right-payment", "wrong-amount", "amount-a-cent-less")

    assert [line.split(": ")[:2] for line in report.failures] == [
        ["wrong-amount", "lost money"],
        ["amount-a-cent-less", "lost money"],
    ]


def test_half_of_an_odd_amount_fits_twice_into_it(sandbox: Sandbox) -> None:
    """Otherwise a shop that books a repetition, but no more than was paid, would not be found."""
    report = examine(sandbox, HalfTwiceShop, "right-payment", "refund-repeated")

    assert [line.split(": ")[:2] for line in report.failures] == [["refund-repeated", "lost money"]]

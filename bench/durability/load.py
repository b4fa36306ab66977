"""A load of clients that create, pay, refund, capture, cancel, pay out and query, each over connections of its own."""

from __future__ import annotations

import threading
import time
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import requests

from bench.durability.log import Sent
from mockserver.api.records import PaymentRecord
from mockserver.api.resources import NewState
from mockserver.client import Card, NoAnswerError, RefusedError, UnexpectedAnswerError, YabandPay
from mockserver.domain.codes import INTERNAL_ERROR
from mockserver.domain.money import amount_text
from mockserver.testing import NotReadyError
from mockserver.testing.api import Api, ApiRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.durability.log import RequestLog
    from bench.durability.sandboxes import Sandboxes

PAGE, WALLET, AUTHORISATION = "page", "wallet", "card"
"""The first word of an order_id: who pays it."""

_CARD = Card("A. Jansen", "4111111111111111", "12", "2099", "123")
_TIMEOUT = (3.05, 15.0)
_PAUSE = 0.05
_NEWEST = 30
_WEIGHTS = {
    "create_by_wallet": 26, "create_on_page": 10, "pay_on_page": 10, "authorise": 8, "capture": 10, "refund": 22,
    "cancel": 4, "pay_out": 5, "query": 10,
}  # fmt: skip


class Shop(NamedTuple):
    """An account, and the trades that were answered to any of its clients, oldest first."""

    user: str
    secret_key: str
    notify_url: str
    trades: list[Sent]


class Load:
    """What the clients of a run share."""

    def __init__(self, sandboxes: Sandboxes, shops: list[Shop], log: RequestLog, seed: str) -> None:
        self.sandboxes, self.shops, self.log, self.seed = sandboxes, shops, log, seed
        self.failures: list[BaseException] = []


class LoadClient(threading.Thread):
    """One client: an endless row of requests, drawn from the seed, until the log is complete."""

    def __init__(self, load: Load, number: int) -> None:
        super().__init__(name=f"client {number}", daemon=True)
        self._load, self._number = load, number
        self._random = Random(f"{load.seed} client {number}")  # noqa: S311 - repeatable
        self._sessions: dict[str, requests.Session] = {}
        self._taken = 0

    def run(self) -> None:
        try:
            while not self._load.log.is_complete:
                [name] = self._random.choices([*_WEIGHTS], [*_WEIGHTS.values()])
                sent = getattr(self, f"_{name}")(self._random.choice(self._load.shops))
                if sent is None:
                    continue  # there is no trade to do this with
                self._load.log.add(sent._replace(at=time.time()))
                if sent.outcome in {"failed", "unknown"}:
                    threading.Event().wait(_PAUSE)  # as a merchant does before the next try
        except BaseException as failure:  # noqa: BLE001 - raised on the thread that waits
            self._load.failures.append(failure)
            self._load.log.stop()
        finally:
            for session in self._sessions.values():
                session.close()

    def _next(self, word: str) -> str:
        self._taken += 1
        return f"{word}-{self._number}-{self._taken}"

    def _trade(self, shop: Shop, *words: str) -> Sent | None:
        """One of the newest trades, which other clients take too."""
        fitting = [trade for trade in shop.trades[-_NEWEST:] if trade.reference.startswith(words)]
        return self._random.choice(fitting) if fitting else None

    def _create_by_wallet(self, shop: Shop) -> Sent:
        return self._create(shop, WALLET, lambda client, order: client.create_alipay_mini_payment(**order))

    def _create_on_page(self, shop: Shop) -> Sent:
        return self._create(shop, PAGE, lambda client, order: client.create_payment("List", **order))

    def _authorise(self, shop: Shop) -> Sent:
        request_id = self._next("request-of-a-card-payment")
        return self._create(
            shop, AUTHORISATION,
            lambda client, order: client.create_card_payment(
                request_id=request_id, operation="2", three_d_secure="02", sub_pay_method="Card", card=_CARD, **order
            ),
        )  # fmt: skip

    def _create(self, shop: Shop, word: str, call: Callable[[YabandPay, Any], Any]) -> Sent:
        sent = Sent(
            "create", shop.user, self._next(word), amount=self._random.randint(1_00, 60_00),
            currency=self._random.choice(["EUR", "EUR", "EUR", "CNY"]),
        )  # fmt: skip
        order = {
            "order_id": sent.reference, "amount": amount_text(sent.amount), "currency": sent.currency,
            "description": "durability", "notify_url": shop.notify_url, "redirect_url": "https://shop.example",
            "timeout": 0,
        }  # fmt: skip
        sent = self._send(shop, sent, lambda client: call(client, order).trade_id)
        if sent.outcome == "answered":
            sent = sent._replace(trade_id=sent.identifier)
            shop.trades.append(sent)
        return sent

    def _refund(self, shop: Shop) -> Sent | None:
        trade = self._trade(shop, WALLET, PAGE, AUTHORISATION)
        if trade is None:
            return None
        part = self._random.choice([1, 1, 2, 2, 3, 5, 20])
        amount = trade.amount // part if self._random.random() > 0.05 else trade.amount + 1  # noqa: PLR2004
        sent = Sent("refund", shop.user, self._next("refund"), trade.trade_id, amount, trade.currency)
        return self._send(
            shop, sent,
            lambda client: client.create_refund(
                sent.trade_id, amount=amount_text(amount), currency=sent.currency, description="back",
                m_refund_id=sent.reference,
            ).refund_id,
        )  # fmt: skip

    def _capture(self, shop: Shop) -> Sent | None:
        trade = self._trade(shop, AUTHORISATION)
        if trade is None:
            return None
        amount = self._random.choice([trade.amount, trade.amount, trade.amount // 2])
        sent = Sent("capture", shop.user, "", trade.trade_id, amount, trade.currency)
        request_id = self._next("request-of-a-capture")
        return self._send(
            shop, sent,
            lambda client: client.capture(
                sent.trade_id, amount=amount_text(amount), currency=sent.currency, description="sent",
                notify_url=shop.notify_url, request_id=request_id,
            ).trade_id,
        )  # fmt: skip

    def _cancel(self, shop: Shop) -> Sent | None:
        trade = self._trade(shop, WALLET, PAGE, AUTHORISATION)
        if trade is None:
            return None
        sent = Sent("cancel", shop.user, "", trade.trade_id)
        return self._send(shop, sent, lambda client: client.cancel_payment(sent.trade_id).trade_id)

    def _pay_out(self, shop: Shop) -> Sent:
        sent = Sent("payout", shop.user, self._next("payout"), amount=self._random.randint(1_00, 200_00))
        return self._send(
            shop, sent,
            lambda client: client.pay_out(
                amount_text(sent.amount), currency="EUR", reference=sent.reference, notify_url=shop.notify_url
            ).payout_id,
        )  # fmt: skip

    def _query(self, shop: Shop) -> Sent | None:
        trade = self._trade(shop, WALLET, PAGE, AUTHORISATION)
        if trade is None:
            return None
        sent = Sent("query", shop.user, "", trade.trade_id)
        return self._send(shop, sent, lambda client: client.query_order(sent.trade_id).trade_id)

    def _pay_on_page(self, shop: Shop) -> Sent | None:
        """Pay through the sandbox's own API, as the payer does on the page."""
        trade = self._trade(shop, PAGE)
        if trade is None:
            return None
        sent = Sent("pay", shop.user, "", trade.trade_id)
        api = Api(self._load.sandboxes.any(self._random).url)
        try:
            path = f"/accounts/{shop.user}/payments/{trade.trade_id}/state"
            paid = api.call("POST", path, PaymentRecord, NewState("paid"))
        except ApiRefusedError as refused:
            is_rule = refused.problem.status < requests.codes.server_error
            return sent._replace(outcome="refused" if is_rule else "failed", detail=str(refused))
        except NotReadyError as error:
            return sent._replace(detail=str(error))
        return sent._replace(outcome="answered", identifier=paid.trade_id)

    def _send(self, shop: Shop, sent: Sent, call: Callable[[YabandPay], str]) -> Sent:
        """Send a request to any sandbox that is up; gives it with its outcome and the id that was answered."""
        sandbox = self._load.sandboxes.any(self._random)
        session = self._sessions.setdefault(sandbox.url, requests.Session())
        session.trust_env = False
        try:
            identifier = call(YabandPay(shop.user, shop.secret_key, sandbox.url, session=session, timeout=_TIMEOUT))
        except RefusedError as refused:
            return sent._replace(outcome="refused" if names_a_rule(refused) else "failed", detail=str(refused))
        except (NoAnswerError, UnexpectedAnswerError) as error:
            return sent._replace(detail=str(error))
        return sent._replace(outcome="answered", identifier=identifier)


def names_a_rule(refused: RefusedError) -> bool:
    """Whether a refusal is about the request: it names one of its fields or the trade. Others say that work failed."""
    data = refused.request["data"]
    said = f"{refused.message} {refused.reason}"
    if "cannot use its database" in said:
        return False
    named = (*data, data.get("trade_id", "amount"), "balance")
    return refused.code != INTERNAL_ERROR or any(name in said for name in named)

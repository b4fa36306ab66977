"""Plays the stops of the tour: signed requests of a shop, on an account and a clock of the tour's own."""

from __future__ import annotations

import json
import threading
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mockserver import identity
from mockserver.addresses import built_in_merchant
from mockserver.api.accounts import make_account
from mockserver.api.operations import ApiError
from mockserver.clock import ClockSetting
from mockserver.domain.accounts import Account
from mockserver.durations import duration_text
from mockserver.gateway.request import PATH
from mockserver.pages.actions import run_operation
from mockserver.pages.rendering import translated
from mockserver.pages.sending import next_number, present_request, send_request
from mockserver.scenarios.scenario import DEFAULT_NAME
from mockserver.signing.php import parse, text_of
from mockserver.signing.signature import sign, signed_parameters, signed_request, string_to_sign

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mockserver.app import Application

TOUR_USER = "sandbox-tour"
ORDER_PREFIX = "TOUR"
_NOTIFY_URL = built_in_merchant(TOUR_USER)
_AMOUNT, _RETURNED = "24.99", "10.00"
_SECOND = 1000
_TIMEOUT = 15
_ORDER = MappingProxyType({
    "pay_method": "online", "amount": _AMOUNT, "currency": "EUR", "description": "Green tea, two tins",
    "notify_url": _NOTIFY_URL,
})  # fmt: skip
_PATIENCE = 5.0
_one_play = threading.Lock()
"""Held during a play, as only one at a time can move the clock."""

_BARCODE = MappingProxyType({**_ORDER, "pay_method": "offline", "auth_code": "134443133735495918"})


def tour_account(app: Application) -> Account:
    """The account of the tour, made when its first stop is played; its clock stands until a play moves it."""
    present = app.store.account(TOUR_USER)
    if present is not None:
        return present
    now = app.clocks.machine.now()
    clock = ClockSetting("frozen", now, now, 0)
    made = Account(
        TOUR_USER, identity.new_secret_key(), identity.new_seed(), opening_balance=app.settings.opening_balance,
        name="Tea & Tins", clock=clock,
    )  # fmt: skip
    try:
        return make_account(app, made)
    except ApiError:  # somebody else has played meanwhile
        return app.store.account(TOUR_USER) or made


def sign_escaped_slashes(unsigned: Mapping[str, Any], secret_key: str) -> bytes:
    """The body of a request that was signed with a mistake: the slashes of its values were escaped before."""
    parameters = signed_parameters(parse(json.dumps(unsigned).encode()))
    escaped = {name: text_of(value).replace("/", r"\/") for name, value in parameters.items()}
    return json.dumps({**unsigned, "sign": sign(string_to_sign(escaped), secret_key)}).encode()


class TourShop:
    """The shop of a play: sends requests, and moves the tour's clock. `first` is the number of its first request."""

    def __init__(self, app: Application, stop: str) -> None:
        self.app = app
        self.account = tour_account(app)
        self.first = 0
        self.move(_SECOND)  # so that nothing of an earlier play has the same time
        self.order_id = f"{ORDER_PREFIX}-{stop}-{next_number(app, TOUR_USER)}"

    @property
    def pay_delay(self) -> int:
        """The milliseconds until a payment is paid."""
        return max(self.app.settings.pay_delay, _SECOND)

    def envelope(self, method: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """A request, unsigned."""
        return present_request(self.app, TOUR_USER, method, data)

    def send(
        self, method: str, data: Mapping[str, Any], scenario: str = DEFAULT_NAME,
        signed: Callable[[Mapping[str, Any], str], bytes] = signed_request,
    ) -> dict[str, Any]:  # fmt: skip
        """Send a request to the gateway; returns the data of its answer, which is empty if there is none."""
        body = signed(self.envelope(method, data), self.account.secret_key)
        exchange = send_request(self.app, body, scenario)
        self.first = self.first or exchange.number
        found = json.loads(exchange.answer).get("data") if exchange.answer else None
        return found if isinstance(found, dict) else {}

    def create(self, scenario: str, wallet: str = "Alipay", **changes: str) -> str:
        """Create an order with a payment page; returns its trade_id."""
        data = {**_ORDER, "sub_pay_method": wallet, "order_id": self.order_id, **changes}
        return str(self.send("v3.CreatePayments", data, scenario).get("trade_id", ""))

    def refund(self, trade_id: str, amount: str) -> None:
        """Refund an amount of an order."""
        data = {
            "trade_id": trade_id, "m_refund_id": f"R-{self.order_id}", "refund_amount": amount,
            "refund_currency": "EUR", "refund_description": "Returned", "notify_url": _NOTIFY_URL,
        }  # fmt: skip
        self.send("v3.CreateRefund", data)

    def query(self, trade_id: str) -> None:
        """Ask the gateway for the state of an order."""
        self.send("v3.QueryOrder", {"trade_id": trade_id})

    def move(self, milliseconds: int) -> None:
        """Move the tour's clock forward; what falls due meanwhile is done, and notifications are delivered."""
        by = {"by": duration_text(milliseconds)}
        run_operation(self.app, "POST /accounts/{user}/clock/advance", {"user": TOUR_USER}, by).result()


def _payment(shop: TourShop) -> None:
    shop.create("success")
    shop.move(shop.pay_delay)


def _signature(shop: TourShop) -> None:
    data = {**_ORDER, "sub_pay_method": "WeChat Pay", "order_id": shop.order_id}
    shop.send("v3.CreatePayments", data, signed=sign_escaped_slashes)
    shop.move(_SECOND)
    shop.create("success", "WeChat Pay")
    shop.move(shop.pay_delay)


def _declined(shop: TourShop) -> None:
    shop.create("declined", "PayPal")
    shop.move(2 * _SECOND)


def _expired(shop: TourShop) -> None:
    shop.create("never-paid", "iDEAL", timeout=str(_TIMEOUT))
    shop.move(_TIMEOUT * 60 * _SECOND)


def _lost_answer(shop: TourShop) -> None:
    shop.send("v3.BarcodePayment", {**_BARCODE, "order_id": shop.order_id}, "answer-lost")
    now = shop.app.clocks.of(TOUR_USER).now() // _SECOND
    minute = {"start_time": str(now - 60), "end_time": str(now), "page": "1", "limit": "100"}
    listed = shop.send("v3.ListOrderByTime", minute)
    found = [one["trade_id"] for one in listed.get("transaction_info", ()) if one["order_id"] == shop.order_id]
    shop.move(shop.pay_delay + _SECOND)
    for trade_id in found:
        shop.query(trade_id)


def _doubled(shop: TourShop) -> None:
    shop.create("notified-twice", "WeChat Pay")
    shop.move(shop.pay_delay)


def _forged(shop: TourShop) -> None:
    trade_id = shop.create("never-paid")
    shop.move(_SECOND)
    forgery = {"fields": {"state": "paid"}, "defect": "wrong signature", "once": True}
    place = {"user": TOUR_USER, "id": trade_id}
    run_operation(shop.app, "POST /accounts/{user}/payments/{id}/notifications", place, forgery)
    shop.move(_SECOND)
    shop.query(trade_id)


def _late(shop: TourShop) -> None:
    trade_id = shop.create("paid-after-close", "iDEAL")
    shop.move(6 * _SECOND)
    shop.refund(trade_id, _AMOUNT)
    shop.move(shop.pay_delay)


def _refund(shop: TourShop) -> None:
    trade_id = shop.create("success", "PayPal")
    shop.move(shop.pay_delay + _SECOND)
    shop.refund(trade_id, _RETURNED)
    shop.move(shop.pay_delay)


def _plug_in(shop: TourShop) -> None:
    queued = {"scenario": "success", "times": 1}
    run_operation(shop.app, "POST /accounts/{user}/scenarios", {"user": TOUR_USER}, queued)
    data = {**_ORDER, "amount": float(_AMOUNT), "sub_pay_method": "Alipay", "order_id": shop.order_id, "demo": ""}
    if trusts_itself(shop.app):
        _send_over_https(shop, data)
    else:
        shop.send("v3.CreatePayments", data, "")
    shop.move(shop.pay_delay)


def trusts_itself(app: Application) -> bool:
    """Whether the sandbox serves HTTPS, and a file has the authority that the tour's plug-in needs to trust."""
    return bool(app.secure_url) and app.settings.ca_file is not None and app.settings.ca_file.exists()


def _send_over_https(shop: TourShop, data: Mapping[str, Any]) -> None:
    """Send the request through HTTPS, as a client that trusts the authority of the sandbox."""
    import requests  # noqa: PLC0415 - takes 80 ms to import, and only this stop needs it

    shop.first = next_number(shop.app, TOUR_USER)
    body = signed_request(shop.envelope("v3.CreatePayments", data), shop.account.secret_key)
    url, authority = shop.app.secure_url + PATH, str(shop.app.settings.ca_file)
    try:
        with requests.Session() as session:
            session.trust_env = False
            session.post(url, data=body, timeout=_PATIENCE, verify=authority)
    except requests.RequestException as error:
        said = translated("HTTPS failed: {error}. Does {file} still have the authority of this sandbox?",
                          error=str(error)[:200], file=authority)  # fmt: skip
        raise ApiError(502, "HTTPS failed", said) from error


_PLAYS: Mapping[str, Callable[[TourShop], None]] = MappingProxyType(
    {
        "payment": _payment, "signature": _signature, "declined": _declined, "expired": _expired,
        "lost-answer": _lost_answer, "doubled": _doubled, "forged": _forged, "late": _late, "refund": _refund,
        "plug-in": _plug_in,
    }
)  # fmt: skip


def play(app: Application, stop: str) -> int:
    """Play a stop; returns the number of its first request in the journal of the tour's account.

    Raises:
        ApiError: somebody else is playing, or the request of the plug-in gets no answer.
    """
    if not _one_play.acquire(timeout=_PATIENCE):
        raise ApiError(409, "Tour is busy", translated("Somebody else is playing the tour. Press Play again."))
    try:
        shop = TourShop(app, stop)
        _PLAYS[stop](shop)
    finally:
        _one_play.release()
    return shop.first

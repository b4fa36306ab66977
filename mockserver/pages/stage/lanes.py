"""The three lanes of the stage: what the payer has, what crosses the wire, and what the shop answers and believes.

The lanes are made from the timeline of an order, its notifications, and requests of the journal. `stage_macros.html`
shows them, on any page.
"""

from __future__ import annotations

import json
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit

from flask import request

from mockserver.api.paths import exchange_page
from mockserver.app import EXAMPLE_MERCHANT_PATH
from mockserver.client.notification import as_json
from mockserver.delivery.connection import request_head
from mockserver.delivery.destination import DestinationRefused
from mockserver.domain.codes import SUCCESS
from mockserver.domain.notifications.payload import CONTENT_TYPES
from mockserver.domain.payments.payer import success_of
from mockserver.domain.payments.payment import UNPAID, Payment
from mockserver.domain.payments.transitions import PAYMENT
from mockserver.domain.payouts import Payout
from mockserver.domain.timeline import Exchange
from mockserver.gateway.methods.creating import CHECKOUT_PATH
from mockserver.gateway.request import PATH
from mockserver.pages.checkout.content import wallet_style
from mockserver.pages.forgeries import defect_in_words
from mockserver.pages.rendering import badge, translated, translated_event, translated_reason
from mockserver.pages.stage.built_in_merchant import Beliefs, payload_of
from mockserver.pages.stage.guests import qr_code
from mockserver.scenarios.description import response_in_words
from mockserver.signing.signature import string_to_sign

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markupsafe import Markup

    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.notifications.notification import Attempt, Form, Notification
    from mockserver.domain.timeline import Event
    from mockserver.domain.unit_of_work import AccountView
    from mockserver.scenarios.scenario import Scenario

_MINUTE = 60_000


class LanePiece(NamedTuple):
    """A part of a message to unfold: a label, the lines before the body, and the body."""

    label: str
    body: bytes | str
    head: str = ""


class LaneEntry(NamedTuple):
    """What crosses the wire, or what the shop does: a title, a remark, what it consists of, and the page that has more.

    `to` is `gateway` or `shop`, empty for a change of state at the gateway; `mood` is the class of its badge, `sign`
    the signature.
    """

    title: str
    remark: str = ""
    to: str = ""
    mood: str = ""
    pieces: tuple[LanePiece, ...] = ()
    page: str = ""
    sign: str = ""


class LaneRow(NamedTuple):
    """A row of the lanes: the instant, the time since the first row, and what happens on the wire and in the shop."""

    key: str
    at: int
    after: str
    wire: LaneEntry | None
    shop: LaneEntry | None


class Payer(NamedTuple):
    """What the payer has: the address of the payer's page, or without one the wallet itself, perhaps with a code.

    `success` is the state of a payment that succeeds. A payer `is_stranded` whose shop got no response to use.
    """

    payment: Payment
    page: str
    wallet: str
    brand: str
    is_unpaid: bool
    success: str
    code: Markup | None
    is_stranded: bool


class ShopSide(NamedTuple):
    """The shop: where it is notified, whether it is the built-in one, and what it believes, in words."""

    endpoint: str
    is_built_in: bool
    belief: str
    mood: str


class Lanes(NamedTuple):
    """The three lanes, at an instant of the account's clock. Without an order there is no payer."""

    payer: Payer | None
    moments: list[LaneRow]
    shop: ShopSide
    now: int


def lanes_of(app: Application, account: Account, trade_id: str = "", exchanges: Iterable[Exchange] = ()) -> Lanes:
    """The lanes of an order, or of a payout, and of further requests, such as refused ones that created no order."""
    now = app.clocks.of(account.user).now()
    with app.store.read(account.user) as view:
        return _Drawing(app, view, trade_id).lanes(trade_id, list(exchanges), now)


class _Drawing:
    """Draws the lanes row by row, and follows what the shop learns."""

    def __init__(self, app: Application, view: AccountView, trade_id: str) -> None:
        self._app = app
        self._view = view
        self._payment = view.get(Payment, trade_id) if trade_id else None
        self._payout = view.get(Payout, trade_id) if trade_id else None
        self._played = 0
        self._begin: int | None = None
        self._beliefs = Beliefs(is_built_in=False)
        self._attempts: dict[int, Iterator[tuple[int, Attempt]]] = {}
        self._page = "" if self._payment is None else self._checkout()  # unless the journal has the response
        self._is_stranded = False
        self._unanswered: Exchange | None = None
        self._creating = 0

    def lanes(self, trade_id: str, exchanges: list[Exchange], now: int) -> Lanes:
        events = self._view.events(trade_id) if trade_id else []
        notifications = {one.number: one for one in self._view.notifications(trade_id)} if trade_id else {}
        self._creating = events[0].reference if events and self._payment is not None else 0
        endpoint = self._endpoint(notifications, exchanges)
        self._beliefs = Beliefs(is_built_in=self._is_built_in(endpoint))
        moments: list[LaneRow] = []
        for step in _in_order(events, exchanges):
            moments += self._of_exchange(step) if isinstance(step, Exchange) else self._of_event(step, notifications)
        moments += self._late_response()
        actual = "" if self._payment is None else self._payment.state
        shop = ShopSide(endpoint, self._beliefs.is_built_in, *self._beliefs.summary(actual))
        return Lanes(self._payer(), moments, shop, now)

    def _endpoint(self, notifications: dict[int, Notification], exchanges: list[Exchange]) -> str:
        about = self._payment or self._payout
        if about is not None:
            return about.notify_url
        sent = next((one.url for one in notifications.values()), "")
        return sent or next((str(payload_of(one.request).get("notify_url", "")) for one in exchanges), "")

    def _is_built_in(self, endpoint: str) -> bool:
        try:
            path = urlsplit(self._app.destinations.destination(endpoint)).path
        except (DestinationRefused, ValueError):
            return False
        return f"{EXAMPLE_MERCHANT_PATH}/" in f"{path}/"  # the sandbox may be mounted below a prefix

    def _payer(self) -> Payer | None:
        payment = self._payment
        if payment is None:
            return None
        style = wallet_style(payment.sub_pay_method)
        is_unpaid, code = payment.state in UNPAID, qr_code(payment.auth_code) if payment.auth_code else None
        title = translated(style.title)
        return Payer(payment, self._page, title, style.brand, is_unpaid, success_of(payment), code, self._is_stranded)

    def _of_event(self, event: Event, notifications: dict[int, Notification]) -> list[LaneRow]:
        """The rows of an event; a notification that has been sent is in the rows of its attempts."""
        notification = notifications.get(event.reference)
        if event.kind == "request":
            exchange = self._view.exchange(event.reference) if event.reference > 0 else None
            message = LaneEntry(translated("Request"), event.text, "gateway")
            return [self._moment("request", event, message)] if exchange is None else self._of_exchange(exchange)
        if event.kind == "attempt" and notification is not None:
            return [self._of_attempt(event, notification), *self._late_response()]
        if event.kind == "notification":
            waits = notification is None or not self._view.attempts(notification.number)
            pieces = () if notification is None else _sent(notification.url, notification.body, notification.form)
            mood = "" if notification is None else badge(notification.state)
            title = translated("Notification {state}", state=translated_event(event.text))
            message = LaneEntry(title, _waiting(notification), "shop", mood, pieces)
            return [self._moment("notification", event, message)] if waits else []
        return [self._moment(event.kind, event, LaneEntry(translated_event(event.text), mood=badge(event.text)))]

    def _of_exchange(self, exchange: Exchange) -> list[LaneRow]:
        pieces = (
            LanePiece(translated("Body"), exchange.request, f"POST {PATH} HTTP/1.1\nContent-Type: application/json"),
            LanePiece(translated("String to sign"), exchange.string_to_sign),
        )
        method, page = exchange.method or translated("No method"), request.script_root + exchange_page(exchange)
        wire = LaneEntry(method, "", "gateway", "", pieces, page, _sign_of(exchange.request))
        order = translated("Sends order {order_id}.", order_id=exchange.order_id) if exchange.order_id else ""
        shop = LaneEntry(order or translated("Sends a request."))
        sent = LaneRow(f"request-{exchange.number}", exchange.at, self._after(exchange.at), wire, shop)
        scenario = self._scenario(exchange)
        if scenario is not None and scenario.notifies_before_answering(PAYMENT.part, self._app.settings.pay_delay):
            self._unanswered = exchange
            return [sent]
        return [sent, self._response(exchange)]

    def _late_response(self) -> list[LaneRow]:
        """The response that had to wait for a notification, if there is one."""
        exchange, self._unanswered = self._unanswered, None
        return [] if exchange is None else [self._response(exchange)]

    def _response(self, exchange: Exchange) -> LaneRow:
        answer, words = _answer_of(exchange), self._fault(exchange)
        creates = exchange.number == self._creating
        if creates:
            self._page = self._page_in(answer or {})
            self._is_stranded = answer is None or exchange.code != SUCCESS
        pieces = (LanePiece(translated("Body"), exchange.answer),) if exchange.answer else ()
        mood = "bad" if answer is None or exchange.code != SUCCESS else "warn" if words else "good"
        page = request.script_root + exchange_page(exchange)
        wire = LaneEntry(translated("Response {code}", code=exchange.code), words, "shop", mood, pieces, page)
        shop = self._learned(exchange, answer, creates=creates)
        return LaneRow(f"response-{exchange.number}", exchange.at, "", wire, shop)

    def _learned(self, exchange: Exchange, answer: dict[str, Any] | None, *, creates: bool) -> LaneEntry:
        if answer is None:
            return LaneEntry(translated("Gets no answer that it can read. The order may exist."), mood="bad")
        if exchange.code != SUCCESS:
            return LaneEntry(translated("Is refused: {message}", message=str(answer.get("message", ""))), mood="bad")
        info = _member(_member(answer, "data"), "transaction_info")
        if "state" in info and self._beliefs.is_built_in:
            return LaneEntry(self._beliefs.learn({**info, "type": "payment"}))
        if not creates:
            return LaneEntry(translated("Has its answer."))
        self._beliefs.learn_of_order()
        if self._page:
            return LaneEntry(translated("Knows the trade_id. Sends the payer to the page."))
        return LaneEntry(translated("Knows the trade_id. Waits for the wallet."))

    def _scenario(self, exchange: Exchange) -> Scenario | None:
        return next((one for one in self._app.catalog if one.name == exchange.scenario), None)

    def _fault(self, exchange: Exchange) -> str:
        """What the scenario did to the answer, in words; empty if nothing."""
        scenario = self._scenario(exchange)
        if scenario is None:
            return ""
        self._played += 1
        return response_in_words(scenario.answer(self._played - 1), translated)

    def _page_in(self, answer: dict[str, Any]) -> str:
        """The path of the payer's page, if a response has one."""
        return self._checkout() if CHECKOUT_PATH in str(_member(answer, "data").get("url", "")) else ""

    def _checkout(self) -> str:
        payment = self._payment
        place = "" if payment is None else f"{quote(payment.user, safe='')}/{quote(payment.trade_id, safe='')}"
        return f"{request.script_root}{CHECKOUT_PATH}/{place}"

    def _of_attempt(self, event: Event, notification: Notification) -> LaneRow:
        if notification.number not in self._attempts:
            self._attempts[notification.number] = iter(enumerate(self._view.attempts(notification.number), 1))
        number, attempt = next(self._attempts[notification.number], (0, None))
        said = translated_reason(event.text)
        if attempt is None:
            return self._moment("attempt", event, LaneEntry(translated("Delivery"), said, "shop"))
        title = translated("Notification {state}", state=notification.notified_state)
        tries = translated("attempt {number}", number=number) if number > 1 else ""
        defect = notification.defect and defect_in_words(notification.defect, translated)
        remark = " · ".join(filter(None, (tries, defect)))
        pieces = _sent(attempt.url, attempt.sent, notification.form)
        mood = "warn" if notification.defect else ""
        wire = LaneEntry(title, remark, "shop", mood, pieces, sign=_sign_of(as_json(attempt.sent)))
        answered = (
            () if attempt.status is None else (LanePiece(translated("Body"), attempt.answer, f"HTTP {attempt.status}"),)
        )
        mood = "good" if attempt.accepted else "bad"
        learned = self._beliefs.learn(payload_of(attempt.sent)) if attempt.accepted else said
        title = translated("Answers ok") if attempt.accepted else translated("Does not answer ok")
        shop = LaneEntry(title, learned, "gateway", mood, answered)
        key = f"attempt-{notification.number}-{number}"
        return LaneRow(key, event.at, self._after(event.at), wire, shop)

    def _moment(self, kind: str, event: Event, message: LaneEntry) -> LaneRow:
        return LaneRow(
            f"{kind}-{event.at}-{event.reference}-{event.text}", event.at, self._after(event.at), message, None
        )

    def _after(self, at: int) -> str:
        self._begin = at if self._begin is None else self._begin
        return "+" + duration_in_words(max(0, at - self._begin))


def _in_order(events: Iterable[Event], exchanges: Iterable[Exchange]) -> list[Event | Exchange]:
    """Events, and the exchanges that they do not name, by their instants; within one, by the numbers of requests."""
    steps: list[tuple[int, int, Event | Exchange]] = []
    number = 0
    for event in events:
        number = event.reference if event.kind == "request" else number
        steps.append((event.at, number, event))
    known = {event.reference for event in events if event.kind == "request"}
    steps += [(one.at, one.number, one) for one in exchanges if one.number not in known]
    return [step for _, _, step in sorted(steps, key=itemgetter(0, 1))]


def duration_in_words(milliseconds: int) -> str:
    """A duration in its two largest units, such as `1 min 30 s`."""
    if milliseconds < _MINUTE:
        return f"{milliseconds / 1000:.3g} s"
    parts, rest = [], milliseconds // 1000
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        count, rest = divmod(rest, size)
        parts += [f"{count} {unit}"] if count else []
    return " ".join(parts[:2])


def _sent(url: str, body: bytes, form: Form) -> tuple[LanePiece, ...]:
    """A notification as it is sent: with its head, and the string that its sign is made of."""
    try:
        head = request_head(url, CONTENT_TYPES[form]).decode() + str(len(body))
    except (ValueError, KeyError):  # an address that nothing is sent to
        head = ""
    to_sign = string_to_sign(payload_of(body))
    return (
        LanePiece(translated("Body"), body, head.replace("\r\n", "\n")),
        LanePiece(translated("String to sign"), to_sign),
    )


def _waiting(notification: Notification | None) -> str:
    if notification is None or notification.state == "pending":
        return ""
    if notification.state == "dropped":
        return translated("notification not sent")
    return translated("notification held back") if notification.state == "held" else ""


def _sign_of(body: bytes) -> str:
    """The signature in a request or a notification; empty if it has none that can be read."""
    try:
        sign = json.loads(body).get("sign")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return sign if isinstance(sign, str) else ""


def _answer_of(exchange: Exchange) -> dict[str, Any] | None:
    """The envelope that arrived; None if nothing did, or nothing that can be read."""
    try:
        answer = json.loads(exchange.answer)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _member(whole: dict[str, Any], name: str) -> dict[str, Any]:
    """An object in an object of JSON; empty if there is none."""
    found = whole.get(name)
    return found if isinstance(found, dict) else {}

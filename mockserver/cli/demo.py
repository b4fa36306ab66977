"""The demonstration: a payer, the wire and a shop in one terminal, in three lanes on one clock."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

import requests

from mockserver.api.schemas import ExchangeRecord
from mockserver.cli.lines import BOLD, DIM, GREEN, RED, YELLOW, clock_time, columns_of, wrapped
from mockserver.demo.mistakes import mistaken_request
from mockserver.durations import duration_text
from mockserver.explain.alignment import Status, align, split
from mockserver.gateway.example import DOCUMENTED_DATA, DOCUMENTED_METHOD
from mockserver.gateway.request import PATH
from mockserver.signing.signature import signed_request
from mockserver.testing import Merchant, Sandbox

if TYPE_CHECKING:
    from mockserver.api.schemas import ExplanationRecord
    from mockserver.cli.console import Console
    from mockserver.client import CreatedPayment
    from mockserver.settings import Settings

_CLOCK, _GAP = 9, "  "
_PAYER, _WIRE, _SHOP = 17, 26, 22
_WIDTH = _CLOCK + _PAYER + _WIRE + _SHOP + 3 * len(_GAP)
_ENCODED = "URL-encoded values"
_RETRY_AFTER = 15_000
_METHOD = DOCUMENTED_METHOD.removeprefix("v3.CreatePayments")


def run_demo(settings: Settings, console: Console) -> None:
    with Sandbox(replace(settings, port=0, log="none")) as sandbox, Merchant(settings.secret_key) as merchant:
        console.write(console.paint("A shop integrates YabandPay, in three acts", BOLD))
        console.write(console.paint(f"The sandbox: {sandbox.url}/Payments", DIM))
        console.write(console.paint(f"The shop:    {merchant.url}", DIM))
        demo = _Demo(sandbox, merchant, _Lanes(console, sandbox))
        demo.play_paid()
        demo.play_what_goes_wrong()
        demo.play_explained()
        console.write()


class _Cell(NamedTuple):
    """What stands in a lane, and its colour."""

    text: str = ""
    colour: str = ""


class _Lanes:
    """Writes rows of three lanes, each with the time of the account's clock."""

    def __init__(self, console: Console, sandbox: Sandbox) -> None:
        self.console = console
        self._clock = sandbox.app.clocks.of(sandbox.settings.user)

    def title(self, number: int, text: str) -> None:
        self.console.write()
        self.console.write(self.console.paint(f"{number}. {text}", BOLD))
        heads = f"{'clock':{_CLOCK}}  {'payer':{_PAYER}}  {'wire':{_WIRE}}  shop"
        self.console.write(self.console.paint(heads, DIM))
        self.console.write(self.console.paint("-" * _WIDTH, DIM))

    def payer(self, text: str, at: int) -> None:
        self._row(at, _Cell(text), _Cell(), _Cell())

    def request(self, wire: str, shop: str) -> None:
        self._row(self._clock.now(), _Cell(), _Cell(f"<-- {wire}"), _Cell(shop))

    def answer(self, wire: str, shop: str, colour: str = GREEN) -> None:
        self._row(self._clock.now(), _Cell(), _Cell(f"--> {wire}", colour), _Cell(shop))

    def note(self, text: str, colour: str = DIM) -> None:
        for line in wrapped(text, _WIDTH - 2):
            self.console.write(f"  {self.console.paint(line, colour)}")

    def parameter(self, sign: str, part: str | None, colour: str) -> None:
        """Write a line of a diff, if the string has this part."""
        for line in [] if part is None else wrapped(part, _WIDTH - 4):
            self.console.write(f"  {self.console.paint(f'{sign} {line}', colour)}")

    def _row(self, at: int, *cells: _Cell) -> None:
        widths = (_PAYER, _WIRE, _SHOP)
        columns = [_in_lane(cell.text, width) for cell, width in zip(cells, widths, strict=True)]
        for number, texts in enumerate(zip_longest(*columns, fillvalue="")):
            line = self.console.paint(f"{clock_time(at) if not number else '':{_CLOCK}}", DIM)
            for text, cell, width in zip(texts, cells, widths, strict=True):
                line += _GAP + self.console.paint(text, cell.colour) + " " * (width - columns_of(text))
            self.console.write(line.rstrip())


def _in_lane(text: str, width: int) -> list[str]:
    """The lines of a text in a lane; those after the first are below the arrow, if there is one."""
    if not text:
        return []
    arrow, text = (text[:4], text[4:]) if text[:3] in {"<--", "-->"} else ("", text)
    lines = wrapped(text, width - len(arrow))
    return [arrow + lines[0], *(" " * len(arrow) + line for line in lines[1:])]


class _Demo:
    """Three acts: a payment, what goes wrong, and what the sandbox explains."""

    def __init__(self, sandbox: Sandbox, merchant: Merchant, lanes: _Lanes) -> None:
        self._sandbox = sandbox
        self._merchant = merchant
        self._lanes = lanes
        self._client = sandbox.client()
        self._notified = 0

    def play_paid(self) -> None:
        self._lanes.title(1, "A payment")
        payment = self._create("DEMO-1", "takes the order DEMO-1, EUR 24.99")
        self._show_payer(payment, "pays with Alipay")
        self._show_notification("verifies the sign, answers ok")
        self._lanes.request("QueryOrder", "asks, to be sure")
        self._lanes.answer(f"200, {self._client.query_order(payment.trade_id).state}", "ships the order")

    def play_what_goes_wrong(self) -> None:
        self._lanes.title(2, "What goes wrong")
        payment = self._create("DECLINED-2", "DECLINED-2: this order id selects a scenario")
        self._show_payer(payment, "is declined by the wallet")
        self._show_notification("keeps the order unpaid, offers another wallet")
        self._merchant.respond_with(500, "out of memory")
        payment = self._create("DEMO-3", "takes the order DEMO-3")
        self._show_payer(payment, "pays with Alipay")
        self._show_notification("fails: answers 500", YELLOW)
        self._sandbox.app.worker.advance(self._sandbox.settings.user, _RETRY_AFTER)
        self._lanes.note(f"The clock is advanced by {duration_text(_RETRY_AFTER)}, to the first retry.")
        self._wait_for_next()
        self._show_notification("answers ok, and ships")

    def play_explained(self) -> None:
        self._lanes.title(3, "The sandbox explains")
        settings, clock = self._sandbox.settings, self._sandbox.app.clocks.of(self._sandbox.settings.user)
        data = {**DOCUMENTED_DATA, **_order("DEMO-4"), "notify_url": self._merchant.url}
        unsigned = {"user": settings.user, "method": DOCUMENTED_METHOD, "time": clock.now() // 1000, "data": data}
        self._lanes.request(_METHOD, "signs with http_build_query")
        refused = self._post(mistaken_request(_ENCODED, unsigned, settings.secret_key))
        self._lanes.answer(f"{refused['code']} {refused['message']}", "does not know why", RED)
        with self._sandbox.app.store.read(settings.user) as unit:
            explanation = ExchangeRecord.of(unit.exchanges(1)[0]).explanation
        if explanation is not None:
            self._show_explanation(explanation)
        self._lanes.request(_METHOD, "signs the values as they are")
        accepted = self._post(signed_request(unsigned, settings.secret_key))
        self._lanes.answer(f"{accepted['code']}, {accepted['data']['state']}", "is integrated")

    def _show_explanation(self, explanation: ExplanationRecord) -> None:
        """The cause and the cure, and the two strings parameter by parameter, as a diff shows them."""
        lanes = self._lanes
        lanes.console.write()
        lanes.note(explanation.sentence, BOLD)
        lanes.console.write()
        lanes.note("- the string that the shop signed    + the expected one")
        for row in align(split(explanation.sandbox_string), explanation.client_string).rows:
            if row.status is Status.EQUAL:
                lanes.parameter(" ", row.expected, DIM)
            else:
                lanes.parameter("-", row.sent, RED)
                lanes.parameter("+", row.expected, GREEN)
        lanes.console.write()
        lanes.note(explanation.cure, BOLD)
        lanes.console.write()

    def _post(self, body: bytes) -> dict[str, Any]:
        with requests.Session() as session:
            session.trust_env = False
            answer: dict[str, Any] = session.post(f"{self._sandbox.url}{PATH}", data=body, timeout=30).json()
        return answer

    def _create(self, order_id: str, shop: str) -> CreatedPayment:
        self._lanes.request(f"{_METHOD}, signed", shop)
        payment = self._client.create_alipay_mini_payment(**_order(order_id), notify_url=self._merchant.url)
        self._lanes.answer(f"200, {payment.state}", "opens Alipay")
        return payment

    def _show_payer(self, payment: CreatedPayment, does: str) -> None:
        self._wait_for_next()
        with self._sandbox.app.store.read(self._sandbox.settings.user) as unit:
            states = [event for event in unit.events(payment.trade_id) if event.kind == "state"]
        self._lanes.payer(does, states[-1].at)

    def _wait_for_next(self) -> None:
        self._notified += 1
        self._merchant.wait_for(self._notified)

    def _show_notification(self, shop: str, colour: str = GREEN) -> None:
        received = self._merchant.wait_for(self._notified)[self._notified - 1]
        notification = received.notification
        if notification is None:
            self._lanes.answer("a notification", "cannot verify it", RED)
            return
        self._lanes.answer(f"notification: {notification.state}, {len(received.body)} bytes, signed", shop, colour)


def _order(order_id: str) -> dict[str, str]:
    return {"order_id": order_id, "amount": "24.99", "currency": "EUR", "description": "Green tea"}

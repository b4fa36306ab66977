"""The sandbox's side of an examination: the account, its orders and its notifications, through the sandbox's API."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import quote

from mockserver.clock import SystemClock, stopwatch
from mockserver.domain.codes import SUCCESS
from mockserver.domain.payments.payment import UNPAID
from mockserver.texts import shown

if TYPE_CHECKING:
    from threading import Event

Json = dict[str, Any]
CREATING = "v3.*Pay*"
"""A pattern that fits the methods that create payments, and none that queries."""

_OTHER_DIGITS = str.maketrans("0123456789abcdef", "123456789abcdef0")
_EXAMINED_SCENARIO = "never-paid"
_SAME_TIME = 5_000
"""Milliseconds by which the sandbox's machine may differ from this one."""

_NEWEST = 200
_LONGEST_DELIVERY = 120
_FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 0.05


class Calls(Protocol):
    """How the examination reaches the sandbox: over HTTP, or in the same process."""

    def call(self, verb: str, path: str, body: Json | None = None, query: Json | None = None) -> Any:  # noqa: ANN401
        """Call an operation of the sandbox's API; returns its result as plain JSON values.

        Raises:
            SandboxRefusedError: the API refused it.
        """

    def pay(self, request: Json) -> Json:
        """Send a request to the gateway, `POST /Payments`; returns its answer."""

    def check_address(self, url: str) -> str:
        """The address that a browser's request for a URL goes to.

        Raises:
            ShopError: nothing may be sent there.
        """


class ExaminationStoppedError(Exception):
    """Somebody stopped the examination."""


class SandboxRefusedError(Exception):
    """The sandbox refused what the examination needs; the message says why and what to do."""


class Order(NamedTuple):
    """An order that the shop has created."""

    order_id: str
    trade_id: str
    amount: str
    currency: str
    notify_url: str
    redirect_url: str
    description: str = ""
    demo: str = ""
    created: tuple[str, ...] = ()
    """The trades of this order, if the shop sent its request more than once."""

    another_user: str = ""
    """The user of another account."""

    @property
    def unknown_id(self) -> str:
        """An order_id that the shop has never seen."""
        return f"NEVER-ORDERED-{self.trade_id[:8]}"

    @property
    def unknown_trade(self) -> str:
        """A trade_id that the shop has never seen."""
        return self.trade_id.translate(_OTHER_DIGITS)

    @property
    def ids(self) -> dict[str, str]:
        """The fields by which a shop finds the order; `demo` is one of them if the shop sends one."""
        return {"order_id": self.order_id, "trade_id": self.trade_id, **({"demo": self.demo} if self.demo else {})}

    @property
    def unknown_ids(self) -> dict[str, str]:
        """The same fields of an order that the shop has never seen."""
        unknown = {"order_id": self.unknown_id, "trade_id": self.unknown_trade, "demo": self.unknown_id}
        return {name: unknown[name] for name in self.ids}

    @property
    def a_cent_less(self) -> str:
        """The amount without a cent, or with one more if that is nothing."""
        less = Decimal(self.amount) - Decimal("0.01")
        return f"{less or Decimal(self.amount) + Decimal('0.01')}"

    def share(self, part: str) -> str:
        """A part of the amount in whole hundredths, such as a third; rounded down: two halves must fit."""
        whole, cent = Decimal(self.amount), Decimal("0.01")
        third, half = ((whole / parts).quantize(cent, ROUND_DOWN) for parts in (3, 2))
        shares = {"third": third, "rest": whole - third, "half": half, "other half": whole - half, "whole": whole}
        return f"{shares[part]}"

    @property
    def other_amount(self) -> str:
        """An amount that is not the order's: a cent, or two."""
        return "0.01" if Decimal(self.amount) != Decimal("0.01") else "0.02"

    @property
    def other_currency(self) -> str:
        return "CNY" if self.currency != "CNY" else "EUR"


class SandboxAccount:
    """The merchant account that the shop uses, while it is examined.

    Its clock stands still, and no payer pays by themselves, so that everything that happens is part of a check.
    """

    def __init__(self, calls: Calls, user: str, stop: Event) -> None:
        """`stop` ends every wait."""
        self._calls = calls
        self._stop = stop
        self.user = user
        self._path = f"/accounts/{quote(user, safe='')}"
        self._before: Json = {}
        self._prepared_at = 0

    def now(self) -> str:
        """The account's present time, ISO 8601."""
        found: str = self._call("GET", "/clock")["now"]
        return found

    def prepare(self) -> None:
        """Stop the account's clock, and let no payer pay by themselves.

        Raises:
            SandboxRefusedError: there is no such account, its clock is busy, or it is being examined.
        """
        before = self._call("GET", "")
        if (before["clock"]["kind"], before["scenario"]) == ("frozen", _EXAMINED_SCENARIO):
            raise SandboxRefusedError(
                f"Account {self.user} is being examined: its clock stands still, and its scenario is "
                f"{_EXAMINED_SCENARIO}. Wait for the other examination, or use another account. If it was killed, "
                "run yabandpay-mock clock set --real, and yabandpay-mock scenarios use default."
            )
        self._before, self._prepared_at = before, SystemClock().now()
        self._call("PUT", "/clock", {"kind": "frozen"})
        self._call("PATCH", "", {"scenario": _EXAMINED_SCENARIO})

    def restore(self) -> None:
        """Let the clock run as before, and play the scenario that was the default."""
        clock = self._before.get("clock", {})
        kind = clock.get("kind", "real")
        back: Json = {"kind": kind}
        if kind == "stepped":
            back["step"] = f"{clock['step_ms']}ms"
        if kind == "scaled":
            back["rate"] = clock["rate"]
        self._call("PATCH", "", {"scenario": self._before.get("scenario", "")})
        if self._had_real_time:
            self._call("POST", "/reset", {"parts": ["clock"]})
        else:
            self._call("PUT", "/clock", back)

    @property
    def _had_real_time(self) -> bool:
        """Whether the account's clock showed the real time before, as far as this machine knows it."""
        clock = self._before.get("clock", {})
        if clock.get("kind") != "real":
            return False
        shown_time = datetime.fromisoformat(clock["now"]).timestamp() * 1000
        return abs(shown_time - self._prepared_at) < _SAME_TIME

    def leave(self, order: Order) -> None:
        """Let the payments of an order expire that nobody will pay, so that no later move of the clock does so."""
        for trade in order.created:
            payment = self._payment(trade)
            if payment is not None and payment["state"] in UNPAID:
                with suppress(SandboxRefusedError):  # it has just been paid
                    self._call("POST", f"/payments/{trade}/state", {"state": "expired", "notify": False})

    def last_request(self) -> int:
        """The number of the account's newest request."""
        taken: int = self._call("GET", "/exchanges", query={"limit": 0})["taken"]
        return taken

    def requests_since(self, number: int) -> list[Json]:
        """The requests after one with this number, oldest first."""
        items: list[Json] = self._call("GET", "/exchanges", query={"limit": _NEWEST})["items"]
        return [one for one in reversed(items) if one["number"] > number]

    def order_since(self, number: int, named: str) -> Order | None:
        """The newest order that was created after a request; if there are several, one whose id is in a text."""
        requests = [one for one in self.requests_since(number) if one["trade_id"] and one["code"] == SUCCESS]
        payments = []
        for trade, method in dict.fromkeys((one["trade_id"], one["method"]) for one in requests):
            payment = self._payment(trade)
            if payment is not None and payment["method"] == method:  # others query or refund an older payment
                payments.append(payment)
        if not payments:
            return None
        chosen = [one for one in payments if one["order_id"] in named or one["trade_id"] in named] or payments
        newest = chosen[-1]
        trades = tuple(one["trade_id"] for one in payments if one["order_id"] == newest["order_id"])
        return Order(
            newest["order_id"], newest["trade_id"], newest["amount"], newest["currency"], newest["notify_url"],
            newest["redirect_url"], newest["description"], newest["demo"], trades, self._another_user,
        )  # fmt: skip

    @cached_property
    def _another_user(self) -> str:
        default = str(self._calls.call("GET", "/settings")["user"])
        return default if default != self.user else "999999"

    def refusal_since(self, number: int) -> str:
        """What was wrong with the newest request after one that the gateway refused; empty if there is none."""
        refused = [one for one in self.requests_since(number) if one["code"] != SUCCESS and not one["scenario"]]
        return f"{refused[-1]['code']} {refused[-1]['reason']}" if refused else ""

    def queried(self, order: Order, number: int) -> bool:
        """Whether the shop asked for an order after a request with this number."""
        ids = {order.order_id, *order.created}
        for one in self.requests_since(number):
            data = _data_of(one["request"])
            if "query" in one["method"].lower() and ids & {str(data.get("order_id")), str(data.get("trade_id"))}:
                return True
        return False

    def queue(self, scenario: str) -> None:
        """Play a scenario for the next payment that the shop creates."""
        self._call("POST", "/scenarios", {"scenario": scenario, "times": 1, "method": CREATING})

    def clear_queue(self) -> None:
        self._call("DELETE", "/scenarios")

    def move(self, order: Order, state: str, *, forced: bool = False) -> None:
        """Change the state of a payment at the gateway, without notifying the shop."""
        path = f"/payments/{order.trade_id}/state"
        self._call("POST", path, {"state": state, "force": forced, "notify": False})

    def refund(self, order: Order, amount: str, state: str) -> str:
        """Refund an amount of a payment at the gateway, without notifying the shop; returns the refund_id."""
        data = {
            "trade_id": order.trade_id, "refund_amount": amount, "refund_currency": order.currency,
            "refund_description": "examination",
        }  # fmt: skip
        request: Json = {
            "user": self.user, "sign": "", "method": "v3.CreateRefund", "time": str(SystemClock().now() // 1000),
            "data": data,
        }  # fmt: skip
        request["sign"] = self._call("POST", "/sign", {"request": request})["sign"]
        answer = self._calls.pay(request)
        if str(answer.get("code")) != SUCCESS:
            raise SandboxRefusedError(f"The refund was refused: {shown(json.dumps(answer, ensure_ascii=False))}")
        refund_id = str(answer["data"]["refund_id"])
        self._call("POST", f"/refunds/{refund_id}/state", {"state": state, "notify": False})
        return refund_id

    def notify(self, kind: str, identifier: str, wanted: Json) -> list[int]:
        """Send a notification of a payment or a refund; returns the numbers of it and its copies."""
        first: int = self._call("POST", f"/{kind}/{identifier}/notifications", wanted)["number"]
        return list(range(first, first + int(wanted.get("copies", 1))))

    def notifications_of(self, order: Order) -> list[Json]:
        found: list[Json] = self._call("GET", "/notifications", query={"timeline": order.trade_id})
        return found

    def resend(self, number: int) -> None:
        self._call("POST", f"/notifications/{number}/resend")

    def delivered(self, number: int, attempts: int = 1) -> Json:
        """A notification, when it has been sent this many times.

        Raises:
            SandboxRefusedError: it was not sent within two minutes.
        """
        began, pause = stopwatch(), _FIRST_PAUSE
        while stopwatch() - began < _LONGEST_DELIVERY:
            found: Json = self._call("GET", f"/notifications/{number}")
            if len(found["attempts"]) >= attempts:
                return found
            self.pause(pause)
            pause = min(_LONGEST_PAUSE, pause * 1.5)
        raise SandboxRefusedError(f"Notification {number} was not sent within {_LONGEST_DELIVERY} s.")

    def pause(self, seconds: float) -> None:
        """Wait for a moment.

        Raises:
            ExaminationStoppedError: the examination was stopped.
        """
        if self._stop.wait(seconds):
            raise ExaminationStoppedError

    def _payment(self, trade: str) -> Json | None:
        try:
            found: Json = self._call("GET", f"/payments/{trade}")["payment"]
        except SandboxRefusedError:
            return None
        return found

    def _call(self, verb: str, path: str, body: Json | None = None, query: Json | None = None) -> Any:  # noqa: ANN401
        return self._calls.call(verb, self._path + path, body, query)


def _data_of(request: str) -> Json:
    try:
        data = json.loads(request).get("data")
    except (ValueError, AttributeError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}

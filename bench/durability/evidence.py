"""What the sandbox and the merchant have in the end: by the API, the gateway's methods, and what has arrived."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import requests

from bench.durability.load import PAGE
from mockserver.api.accounts import AdvanceRecord, ClockTarget
from mockserver.api.records import AccountRecord, Page, PaymentRecord, PayoutRecord, instant_text
from mockserver.api.schemas import PaymentDetails, TimelineRecord
from mockserver.api.waiting import Met, Quiet, Wait
from mockserver.client import Balance, InvalidNotificationError, YabandPay, YabandPayError, verify_notification
from mockserver.domain.calendar import day_of
from mockserver.domain.limits import report_ready_at
from mockserver.domain.money import parse_amount
from mockserver.testing.api import Api, ApiRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from bench.durability.load import Shop
    from bench.merchant import Merchant

_T = TypeVar("_T")
_PAGE_SIZE = 500
_LOOKED_EVERY = 0.05


class Heard(msgspec.Struct):
    """A notification at the merchant: when it came, its body, and its data if it is signed with the account's key."""

    at: float
    body: str
    data: dict[str, str] | None

    @property
    def about(self) -> tuple[str, str, str]:
        """The trade or payout, the refund if it is about one, and the state."""
        data = self.data or {}
        timeline = data.get("trade_id") or data.get("payout_id") or ""
        return timeline, data.get("refund_id", ""), data.get("state", "")


class PaidOut(msgspec.Struct):
    """A payout and its history."""

    payout: PayoutRecord
    history: TimelineRecord


class AccountEvidence(msgspec.Struct):
    """All that there is of one account; amounts of `opening` are hundredths, `bills` are the reports of all days."""

    user: str
    opening: int
    payments: list[PaymentDetails]
    payouts: list[PaidOut]
    paid_rows: list[dict[str, str]]
    refunded_rows: list[dict[str, str]]
    balance: Balance
    bills: list[dict[str, Any]]
    heard: list[Heard]


def wait_until_settled(url: str, shops: list[Shop], timeout: float) -> bool:
    """Wait until nobody is about to pay, no refund and no payout is on its way, and every notification has arrived.

    False if that is not so after `timeout` seconds; the audit then names what is missing.
    """
    ends = time.monotonic() + timeout
    api = Api(url)
    while time.monotonic() < ends:
        if not any(_has_work(api, shop.user) for shop in shops) and all(_is_quiet(api, shop.user) for shop in shops):
            return True
        threading.Event().wait(_LOOKED_EVERY)
    return False


def _has_work(api: Api, user: str) -> bool:
    waiting = _pages(api, f"/accounts/{user}/payments", Page[PaymentRecord], state="processing")
    if any(not payment.order_id.startswith(PAGE) for payment in waiting):
        return True
    return any(
        api.call("GET", f"/accounts/{user}/{kind}", Page[Any], query={"state": state, "limit": 1}).total
        for kind, state in (
            ("refunds", "refund processing"), ("payouts", "awaiting approval"), ("payouts", "pending")
        )
    )  # fmt: skip


def _is_quiet(api: Api, user: str) -> bool:
    try:
        api.call("POST", f"/accounts/{user}/wait", Met, Wait(Quiet(), "1s"))
    except ApiRefusedError as refused:
        if refused.problem.status != requests.codes.request_timeout:
            raise
        return False
    return True


def collect(url: str, shops: list[Shop], merchant: Merchant) -> list[AccountEvidence]:
    """The evidence of all accounts. At the end it advances their clocks to the morning, for the daily totals."""
    keys = {shop.user: shop.secret_key for shop in shops}
    heard: dict[str, list[Heard]] = {shop.user: [] for shop in shops}
    for at, body in merchant.arrivals():
        user, notification = _read(at, body, keys)
        heard.setdefault(user, []).append(notification)
    api = Api(url)
    return [_of_account(api, shop, heard[shop.user]) for shop in shops]


def _read(at: float, body: str, keys: dict[str, str]) -> tuple[str, Heard]:
    user = str(json.loads(body)["data"].get("user", ""))
    try:
        data = verify_notification(body.encode(), keys.get(user, "")).data
    except InvalidNotificationError:
        return user, Heard(at, body, None)
    return user, Heard(at, body, {name: str(value) for name, value in data.items()})


def _of_account(api: Api, shop: Shop, heard: list[Heard]) -> AccountEvidence:
    path = f"/accounts/{shop.user}"
    payments = [
        api.call("GET", f"{path}/payments/{one.trade_id}", PaymentDetails)
        for one in _pages(api, f"{path}/payments", Page[PaymentRecord])
    ]
    payouts = [
        PaidOut(one, api.call("GET", f"{path}/timelines/{one.payout_id}", TimelineRecord))
        for one in _pages(api, f"{path}/payouts", Page[PayoutRecord])
    ]
    with requests.Session() as session:
        session.trust_env = False
        client = YabandPay(shop.user, shop.secret_key, api.url, session=session)
        since, until = 1, int(time.time()) + 1
        paid_rows, refunded_rows = list(client.export_payments(since, until)), list(client.export_refunds(since, until))
        balance = client.balance()
        days = sorted({day_of(int(row["time"]) * 1000) for row in (*paid_rows, *refunded_rows)})
        bills = _bills(api, client, days)
    return AccountEvidence(
        user=shop.user,
        opening=parse_amount(api.call("GET", path, AccountRecord).opening_balance),
        payments=payments,
        payouts=payouts,
        paid_rows=paid_rows,
        refunded_rows=refunded_rows,
        balance=balance,
        bills=bills,
        heard=heard,
    )


def _bills(api: Api, client: YabandPay, days: list[date]) -> list[dict[str, Any]]:
    """The clearing reports of the days, which there are from the next morning on; empty if the sandbox fails."""
    if not days:
        return []
    morning = ClockTarget(to=instant_text(report_ready_at(days[-1])))
    try:
        api.call("POST", f"/accounts/{client.user}/clock/advance", AdvanceRecord, morning)
        return [bill for day in days for bill in client.clearing_reports(day)]
    except (ApiRefusedError, YabandPayError):
        return []


def _pages(api: Api, path: str, gives: type[Page[_T]], **chosen: str) -> Iterator[_T]:
    page, total = 0, 1
    while page * _PAGE_SIZE < total:
        page += 1
        listed = api.call("GET", path, gives, query={**chosen, "page": page, "limit": _PAGE_SIZE})
        total = listed.total
        yield from listed.items

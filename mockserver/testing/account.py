"""A merchant's account that a test has to itself, and everything that a test does with it."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

import requests

from mockserver.api.accounts import AccountChanges, AdvanceRecord, Move, NewAccount, NewClock
from mockserver.api.journal import Journal, Requests, Verification, Verified
from mockserver.api.records import AccountRecord, ClockRecord, Page, PaymentRecord
from mockserver.api.resources import Push
from mockserver.api.schemas import NotificationRecord
from mockserver.api.tools import QueueEntry
from mockserver.api.waiting import InState, Met, Quiet, Wait
from mockserver.client import YabandPay
from mockserver.testing.api import ApiRefusedError
from mockserver.testing.failure_report import failure_report
from mockserver.testing.merchant import Merchant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.api.schemas import ExchangeRecord
    from mockserver.domain.payments.payment import State
    from mockserver.testing.api import Api
    from mockserver.testing.failure_report import Failures

_MOST = 1000


class ClockControl:
    """An account's own time: it runs as the machine's until it is moved or stopped."""

    def __init__(self, api: Api, path: str) -> None:
        self._api = api
        self._path = f"{path}/clock"

    @property
    def now(self) -> datetime:
        """The present instant there, in UTC."""
        return datetime.fromisoformat(self._api.call("GET", self._path, ClockRecord).now)

    def advance(self, by: str | timedelta) -> AdvanceRecord:
        """Move it forward, by a duration such as `24h` or `90s`, doing everything that falls due on the way.

        Payers pay, orders expire, notifications are sent and sent again; it comes back when that is done.
        """
        return self._api.call("POST", f"{self._path}/advance", AdvanceRecord, Move(by=_duration(by)))

    def advance_to(self, instant: datetime | str) -> AdvanceRecord:
        """Move it forward to an instant (ISO 8601 if it is text), as `advance` does."""
        to = instant if isinstance(instant, str) else instant.isoformat()
        return self._api.call("POST", f"{self._path}/advance", AdvanceRecord, Move(to=to))

    def freeze(self, at: datetime | str | None = None) -> None:
        """Have it stand still, now or at a later instant, so that nothing happens until it is moved."""
        self._run(NewClock("frozen", at.isoformat() if isinstance(at, datetime) else at))

    def scale(self, rate: float) -> None:
        """Have it run so many times as fast as the machine's."""
        self._run(NewClock("scaled", rate=rate))

    def _run(self, clock: NewClock) -> None:
        self._api.call("PUT", self._path, ClockRecord, clock)


class MerchantAccount:
    """An account of its own on a sandbox: what happens in it is seen by nobody else, and it is gone after the test.

    `url` is the base URL of the gateway, `user` and `secret_key` are what the application under test signs with.
    """

    def __init__(self, api: Api, record: AccountRecord, failures: Failures | None = None, known_as: str = "") -> None:
        """The account of a record; `known_as` is what the sandbox calls this machine, if it is on another."""
        self.url = api.url
        self.user = record.user
        self.secret_key = record.secret_key
        self.name = record.name
        self._api = api
        self._path = f"/accounts/{quote(record.user, safe='')}"
        self._began = record.clock.now
        self._failures = failures
        self._failures_before = failures.count if failures else 0
        self._known_as = known_as
        self._resources = ExitStack()
        self.clock = ClockControl(api, self._path)

    def __repr__(self) -> str:
        return f"MerchantAccount(user={self.user!r}, url={self.url!r})"

    @cached_property
    def client(self) -> YabandPay:
        """The reference client with this account's key."""
        session = self._resources.enter_context(requests.Session())
        session.trust_env = False  # a proxy of the environment does not know of a sandbox
        return YabandPay(self.user, self.secret_key, self.url, session=session)

    @cached_property
    def merchant(self) -> Merchant:
        """A merchant that records and verifies this account's notifications; listens from the first use on."""
        return self._resources.enter_context(Merchant(self.secret_key, known_as=self._known_as))

    def use(self, scenario: str, *, times: int | None = None, method: str = "*", reference: str = "*") -> None:
        """Have a scenario played: by every request from now on, or by the next `times` that match.

        In `method` and `reference` (what the merchant calls the thing, such as the order_id) `*` stands for any text.
        """
        if times is None and method == reference == "*":
            self._api.call("PATCH", self._path, AccountRecord, AccountChanges(scenario=scenario))
            return
        entry = QueueEntry(scenario, times or 1, method, reference)
        self._api.call("POST", f"{self._path}/scenarios", list[QueueEntry], entry)

    def wait_for(self, state: State, *, order_id: str = "", trade_id: str = "", timeout: str = "10s") -> PaymentRecord:
        """The payment of an order, once it is in a state; without an order_id or trade_id, the newest payment.

        Raises:
            NotAsExpectedError: it is not within the time; the message names the state, or the orders that there are.
        """
        wanted = InState(state, trade_id or None, order_id or None)
        met = self._api.expect(f"{self._path}/wait", Met, Wait(wanted, timeout))
        return cast("PaymentRecord", met.payment)

    def wait_for_requests(
        self, method: str | None = None, *, code: str | None = None, data: dict[str, str] | None = None, count: int = 1,
        timeout: str = "10s",
    ) -> list[ExchangeRecord]:  # fmt: skip
        """The requests that match, once there are so many; in `method` and in fields of `data` `*` stands for any text.

        Raises:
            NotAsExpectedError: they do not come within the time; the message names the nearest and what differs.
        """
        wanted = Requests(method, code, data=data or {}, count=count)
        return self._api.expect(f"{self._path}/wait", Met, Wait(wanted, timeout)).matched

    def wait_until_quiet(self, timeout: str = "10s") -> None:
        """Wait until no notification is under way or to be sent again.

        Raises:
            NotAsExpectedError: some still are.
        """
        self._api.expect(f"{self._path}/wait", Met, Wait(Quiet(), timeout))

    def expect_requests(  # noqa: PLR0913 - what to look for and how often, all named
        self, method: str | None = None, *, code: str | None = None, data: dict[str, str] | None = None,
        exactly: int | None = None, at_least: int | None = None, at_most: int | None = None,
    ) -> list[ExchangeRecord]:  # fmt: skip
        """The requests so far that match; at least one if no number is given, none with `exactly=0`.

        Raises:
            NotAsExpectedError: there are more or fewer; the message names the nearest and what differs.
        """
        wanted = Verification([Requests(method, code, data=data or {})], exactly, at_least, at_most)
        return self._api.expect(f"{self._path}/verify", Verified, wanted).matched

    def push(self, trade_id: str, state: State) -> PaymentRecord:
        """Move a payment into a state now, as the payer or the gateway would."""
        return self._api.call("POST", f"{self._path}/payments/{trade_id}/state", PaymentRecord, Push(state))

    @property
    def payments(self) -> list[PaymentRecord]:
        """The account's payments, oldest first, up to a thousand."""
        return self._api.call("GET", f"{self._path}/payments", Page[PaymentRecord], query={"limit": _MOST}).items

    @property
    def requests(self) -> list[ExchangeRecord]:
        """What the account asked and what was answered, oldest first, up to a thousand."""
        return self._api.call("GET", f"{self._path}/exchanges", Journal, query={"limit": _MOST}).items[::-1]

    @property
    def notifications(self) -> list[NotificationRecord]:
        """What the merchant was told, with each attempt and the answer to it, oldest first, up to a thousand."""
        path = f"{self._path}/notifications"
        return self._api.call("GET", path, list[NotificationRecord], query={"limit": _MOST})

    def report(self) -> str:
        """What happened in the account so far, as a text for a test that failed."""
        try:
            exchanges = {"requests": self.requests, **self._requests_of_others()}
            return failure_report(f"account {self.user} at {self.url}", exchanges, self.payments, self.notifications)
        except (requests.RequestException, ApiRefusedError) as failure:
            return f"The sandbox at {self.url} cannot say what happened: {failure}"

    def _requests_of_others(self) -> dict[str, list[ExchangeRecord]]:
        """What has been asked meanwhile with a user that there is not, or with the one that everybody begins with."""
        default = self._api.call("GET", "/settings", dict[str, str])["user"]
        journals = {
            "requests of users that the sandbox does not know": "/exchanges",
            f"requests of {default}, the sandbox's own account": f"/accounts/{quote(default, safe='')}/exchanges",
        }
        found = {title: self._api.call("GET", path, Journal).items[::-1] for title, path in journals.items()}
        return {title: [one for one in items if one.at >= self._began] for title, items in found.items()}

    def check(self) -> None:
        """Raise what went wrong in the sandbox's own threads, or in the merchant's answers, since the account was made.

        Raises:
            SandboxFailedError: the sandbox itself failed.
            Exception: what went wrong in the merchant's `respond`.
        """
        if "merchant" in self.__dict__:
            self.merchant.check()
        if self._failures is not None:
            before, self._failures_before = self._failures_before, self._failures.count
            self._failures.check(before)

    def close(self) -> None:
        """Drop the account with everything in it, and let go of the merchant."""
        try:
            self._resources.close()
        finally:
            self._api.call("DELETE", self._path, type(None))


@contextmanager
def open_account(
    api: Api, wanted: NewAccount, failures: Failures | None = None, known_as: str = ""
) -> Iterator[MerchantAccount]:
    """An account made as wanted, and dropped on leaving."""
    account = MerchantAccount(api, api.call("POST", "/accounts", AccountRecord, wanted), failures, known_as)
    try:
        yield account
        account.check()
    finally:
        account.close()


def _duration(by: str | timedelta) -> str:
    """A duration as the API reads it."""
    return by if isinstance(by, str) else f"{round(by / timedelta(milliseconds=1))}ms"

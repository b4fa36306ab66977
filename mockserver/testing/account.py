"""A merchant account for one test, and its clock."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from mockserver.api.accounts import AccountChanges, AdvanceRecord, ClockTarget, NewAccount, NewClock
from mockserver.api.demo_data import DemoData, DemoDataRecord
from mockserver.api.findings import FindingList
from mockserver.api.journal import Journal, Requests, Verification, Verified
from mockserver.api.records import AccountRecord, ClockRecord, ListedPaymentRecord, Page, PaymentRecord
from mockserver.api.resources import NewState
from mockserver.api.schemas import NotificationRecord
from mockserver.api.tools import QueueEntry
from mockserver.api.waiting import InState, Met, Quiet, Wait
from mockserver.client import YabandPay
from mockserver.domain.codes import SUCCESS
from mockserver.gateway.findings import unused_text
from mockserver.server.readiness import NotReadyError
from mockserver.testing.api import ApiRefusedError, NotAsExpectedError, duration
from mockserver.testing.merchant import Merchant
from mockserver.testing.strict import Expectations, FindingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mockserver.api.schemas import ExchangeRecord
    from mockserver.domain.payments.payment import State
    from mockserver.examine.report import Report
    from mockserver.examine.shop import Create, ReadState, StateKind
    from mockserver.testing.api import Api, Duration
    from mockserver.testing.failures import Failures

__tracebackhide__ = True  # pytest shows the line of the test instead
_MOST = 1000


class ClockControl:
    """The clock of an account, which shows the machine's time until it is changed."""

    def __init__(self, api: Api, path: str) -> None:
        self._api = api
        self._path = f"{path}/clock"

    @property
    def now(self) -> datetime:
        """The account's current time, in UTC."""
        return datetime.fromisoformat(self._api.call("GET", self._path, ClockRecord).now)

    def advance(self, by: Duration) -> AdvanceRecord:
        """Advance the clock by a duration such as `24h` or `90s`, and perform everything that falls due.

        Payers pay, orders expire, and notifications are sent and retried before this returns.
        """
        return self._api.call("POST", f"{self._path}/advance", AdvanceRecord, ClockTarget(by=duration(by)))

    def advance_to(self, instant: datetime | str) -> AdvanceRecord:
        """Advance the clock to an instant (ISO 8601 if it is a text), like `advance`."""
        to = instant if isinstance(instant, str) else instant.isoformat()
        return self._api.call("POST", f"{self._path}/advance", AdvanceRecord, ClockTarget(to=to))

    def freeze(self, at: datetime | str | None = None) -> None:
        """Stop the clock, now or at a later instant; nothing falls due until it is advanced."""
        self._run(NewClock("frozen", at.isoformat() if isinstance(at, datetime) else at))

    def scale(self, rate: float) -> None:
        """Run the clock `rate` times as fast as the machine's."""
        self._run(NewClock("scaled", rate=rate))

    def _run(self, clock: NewClock) -> None:
        self._api.call("PUT", self._path, ClockRecord, clock)


class MerchantAccount:
    """A separate account on a sandbox, isolated from all others, and deleted after the test.

    `url` is the base URL of the gateway; the application under test signs with `user` and `secret_key`.
    """

    def __init__(self, api: Api, record: AccountRecord, failures: Failures | None = None, known_as: str = "") -> None:
        """The account of a record; `known_as` is the name of this machine for a sandbox on another one."""
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
        self._strict: Expectations | None = None
        self._resources = ExitStack()
        self.clock = ClockControl(api, self._path)

    def __repr__(self) -> str:
        return f"MerchantAccount(user={self.user!r}, url={self.url!r})"

    @cached_property
    def client(self) -> YabandPay:
        """The reference client of this account."""
        return client_of(self.user, self.secret_key, self.url, self._resources)

    @cached_property
    def merchant(self) -> Merchant:
        """A merchant that verifies and records this account's notifications; it listens from its first use."""
        return self._resources.enter_context(Merchant(self.secret_key, known_as=self._known_as))

    def use(self, scenario: str, *, times: int | None = None, method: str = "*", reference: str = "*") -> None:
        """Select a scenario for all further requests, or for the next `times` that match.

        In `method` and `reference` (the merchant's reference, such as the order_id) `*` matches any text.

        Raises:
            ValueError: `times` is below 1.
            ApiRefusedError: there is no such scenario or method; the message has the nearest name.
        """
        if times is not None and times < 1:
            raise ValueError(f"times must be at least 1, not {times}; leave it out for all further requests")
        if times is None and method == reference == "*":
            self._api.call("PATCH", self._path, AccountRecord, AccountChanges(scenario=scenario))
            return
        entry = QueueEntry(scenario, 1 if times is None else times, method, reference)
        self._api.call("POST", f"{self._path}/scenarios", list[QueueEntry], entry)

    def wait_for(
        self, state: State, *, order_id: str = "", trade_id: str = "", timeout: Duration = "10s"
    ) -> PaymentRecord:
        """Wait until the payment of an order is in a state; without order_id and trade_id, the newest payment.

        With order_id, the wait ends early if the request for the order was rejected, unless a scenario rejected it:
        applications repeat such a request.

        Raises:
            NotAsExpectedError: it is not in time, or was rejected; the message has its state, the existing orders, or
                the reason.
        """
        wanted = InState(state, trade_id or None, order_id or None)
        return cast("PaymentRecord", self._wait(wanted, timeout).payment)

    def wait_for_requests(
        self, method: str | None = None, *, code: str | None = None, data: dict[str, str] | None = None, count: int = 1,
        timeout: Duration = "10s",
    ) -> list[ExchangeRecord]:  # fmt: skip
        """Wait for `count` requests that match; in `method` and in fields of `data` `*` matches any text.

        Raises:
            NotAsExpectedError: there were fewer in time; the message has the most similar ones and their differences.
        """
        wanted = Requests(method, code, data=data or {}, count=count)
        return self._expected(code, self._wait(wanted, timeout).matched)

    def wait_until_quiet(self, timeout: Duration = "10s") -> None:
        """Wait until no notification is in delivery or waits for a retry.

        Raises:
            NotAsExpectedError: some still are.
        """
        self._wait(Quiet(), timeout)

    def _wait(self, what: Requests | InState | Quiet, timeout: Duration) -> Met:
        return self._api.expect(f"{self._path}/wait", Met, Wait(what, duration(timeout)))

    def expect_requests(  # noqa: PLR0913 - all are named
        self, method: str | None = None, *, code: str | None = None, data: dict[str, str] | None = None,
        exactly: int | None = None, at_least: int | None = None, at_most: int | None = None,
    ) -> list[ExchangeRecord]:  # fmt: skip
        """Check the number of requests so far that match, by default at least one; `exactly=0` expects none.

        Raises:
            NotAsExpectedError: there are more or fewer; the message has the most similar ones and their differences.
        """
        wanted = Verification([Requests(method, code, data=data or {})], exactly, at_least, at_most)
        return self._expected(code, self._api.expect(f"{self._path}/verify", Verified, wanted).matched)

    def _expected(self, code: str | None, matched: list[ExchangeRecord]) -> list[ExchangeRecord]:
        """The matched requests; a test that names the code of refused ones has expected them."""
        if code is not None and self._strict is not None:
            self._strict.expect_refusals(matched)
        return matched

    @contextmanager
    def expect_refusal(self, code: str = "*") -> Iterator[None]:
        """Expect that requests in the block are refused, with a code such as `-3001`; strict mode then allows them.

        Raises:
            NotAsExpectedError: no request was refused with this code.
        """
        before = self._journal.taken
        yield
        refused = [one for one in self.requests if one.number > before and one.code != SUCCESS]
        refused = [one for one in refused if fnmatchcase(one.code, code)]
        if not refused:
            raise NotAsExpectedError(f"Expected a refusal with the code {code}, but no request was refused so.")
        if self._strict is not None:
            self._strict.expect_refusals(refused)

    @contextmanager
    def expect_hint(self, text: str = "*") -> Iterator[None]:
        """Expect that requests in the block have hints, which match a pattern; strict mode then allows these.

        Raises:
            NotAsExpectedError: no request had such a hint.
        """
        before = self._journal.taken
        yield
        since = [one for one in self.requests if one.number > before]
        found = [(one.path, hint) for one in since for hint in one.hints if fnmatchcase(hint, text)]
        if not found:
            raise NotAsExpectedError(f"Expected a hint like {text!r}, but no request had one.")
        if self._strict is not None:
            self._strict.expect_hints(found)

    def examine(  # noqa: PLR0913 - all but create are named
        self, create: Create | str, *, state: ReadState | str | None = None,
        words: Mapping[StateKind, Iterable[str]] | None = None, state_field: str = "", effects_field: str = "",
        checks: Iterable[str] = (), parallel: int = 8, patience: Duration = "10s", settle: Duration = "200ms",
    ) -> Report:  # fmt: skip
        """Examine the shop that uses this account: would it have lost money?

        `create` makes the shop create an order, and `state` returns what it believes of an order: a word such as `paid`
        or an object with a `state` and a number of `shipments`. Both are functions, or a URL or a command. `words` are
        the shop's own, such as `{"paid": ["completed"]}`. `checks` are names or groups of checks, all by default.

            report = yabandpay.examine(create=shop.create_order, state=shop.state_of)
            assert report.failures == []

        Raises:
            ShopError: the shop cannot be examined.
            SandboxRefusedError: the sandbox refuses what the examination needs.
            ValueError: there is no such check.
        """
        from mockserver.testing.examining import examine_shop  # noqa: PLC0415 - few tests examine

        return examine_shop(
            self._api, self.user, create, state=state, words=words or {}, fields=(state_field, effects_field),
            checks=checks, parallel=parallel, patience=patience, settle=settle,
        )  # fmt: skip

    def set_state(self, trade_id: str, state: State) -> PaymentRecord:
        """Change the state of a payment now, as the payer or the gateway would."""
        return self._api.call("POST", f"{self._path}/payments/{trade_id}/state", PaymentRecord, NewState(state))

    def demo_data(self, orders: int = 500, *, days: int = 7, seed: str = "") -> DemoDataRecord:
        """Fill the account with orders of its last days, and what became of them: see docs/guides/partners.md.

        Nothing is sent to the merchant. In a strict account, the refused requests among them are expected.

        Raises:
            ApiRefusedError: a number is out of its range; the message has the range.
        """
        filled = self._api.call("POST", f"{self._path}/demo-data", DemoDataRecord, DemoData(orders, days, seed))
        if self._strict is not None:
            self._strict.expect_refusals(one for one in self._journal.items if one.code != SUCCESS)
        return filled

    @property
    def payments(self) -> list[ListedPaymentRecord]:
        """The account's payments, oldest first, at most a thousand."""
        return self._api.call("GET", f"{self._path}/payments", Page[ListedPaymentRecord], query={"limit": _MOST}).items

    @property
    def _journal(self) -> Journal:
        return self._api.call("GET", f"{self._path}/exchanges", Journal, query={"limit": _MOST})

    @property
    def requests(self) -> list[ExchangeRecord]:
        """The account's requests and their answers, oldest first, at most a thousand."""
        return self._journal.items[::-1]

    @property
    def notifications(self) -> list[NotificationRecord]:
        """The account's notifications and their attempts, oldest first, at most a thousand."""
        path = f"{self._path}/notifications"
        return self._api.call("GET", path, list[NotificationRecord], query={"limit": _MOST})

    def report(self) -> str:
        """What happened in the account so far, for the report of a failed test."""
        try:
            story = self._api.text(f"{self._path}/story", {"since": self._began})
        except (NotReadyError, ApiRefusedError) as failure:
            return f"The sandbox at {self.url} did not report what happened: {failure}"
        return story.rstrip("\n")

    def _requests_of_others(self) -> dict[str, list[ExchangeRecord]]:
        """The requests since the account's creation of unknown users, and of the sandbox's own account."""
        default = self._api.call("GET", "/settings", dict[str, str])["user"]
        journals = {
            "requests of unknown users": "/exchanges",
            f"requests of {default}, the sandbox's own account": f"/accounts/{quote(default, safe='')}/exchanges",
        }
        found = {title: self._api.call("GET", path, Journal).items[::-1] for title, path in journals.items()}
        return {title: [one for one in items if one.at >= self._began] for title, items in found.items()}

    def be_strict(self, *, strict: bool = True) -> None:
        """Have `check`, and so the end of the test, fail because of findings; False switches that off.

        Findings are requests with hints, refused requests that neither a scenario nor the test expected, requests of
        unknown users, requests to unknown addresses, and queued scenarios that no request used.
        """
        self._strict = Expectations(len(self._unknown_addresses)) if strict else None

    @property
    def _unknown_addresses(self) -> list[str]:
        """The requests of this process's sandbox to addresses that it does not have; none of a shared sandbox."""
        if self._failures is None:
            return []
        items = self._api.call("GET", "/findings", FindingList).items
        return [f"{one.kind}: {one.text}" for one in items if one.kind == "not found"]

    @property
    def findings(self) -> list[str]:
        """What strict mode reports, a line for each finding; empty unless the account is strict."""
        if self._strict is None:
            return []
        journal = self._journal
        others = {} if self._failures is None else self._requests_of_others()
        queue = self._api.call("GET", f"{self._path}/scenarios", list[QueueEntry])
        return [
            *self._strict.findings(journal),
            *(line for title, found in others.items() for line in self._strict.about(found, f"{title}: ")),
            *self._unknown_addresses[self._strict.addresses_before :],
            *(f"unused scenario: {unused_text(one.scenario, one.times, one.method, one.reference)}" for one in queue),
        ]

    def check(self) -> None:
        """Raise the first error in the sandbox's threads, or in the merchant's `respond`, since the last check.

        Raises:
            FindingsError: the account is strict, and there are findings.
            SandboxFailedError: the sandbox had an internal error.
            Exception: the exception of `respond`.
        """
        if "merchant" in self.__dict__:
            self.merchant.check()
        if self._failures is not None:
            before, self._failures_before = self._failures_before, self._failures.count
            self._failures.check(before)
        if self._strict is not None:
            findings, self._strict = self.findings, None  # reported once
            if findings:
                raise FindingsError(findings)

    def close(self) -> None:
        """Delete the account and everything in it, and stop the merchant."""
        try:
            self._resources.close()
        finally:
            self._api.call("DELETE", self._path, type(None))


@contextmanager
def open_account(
    api: Api, wanted: NewAccount, failures: Failures | None = None, known_as: str = ""
) -> Iterator[MerchantAccount]:
    """Create an account, and delete it at the end of the block."""
    account = MerchantAccount(api, api.call("POST", "/accounts", AccountRecord, wanted), failures, known_as)
    try:
        yield account
        account.check()
    finally:
        account.close()


def client_of(user: str, secret_key: str, url: str, resources: ExitStack) -> YabandPay:
    """A client of an account; `resources` closes its connections."""
    from requests import Session  # noqa: PLC0415 - takes 80 ms to import, and an application brings a client of its own

    session = resources.enter_context(Session())
    session.trust_env = False  # proxies of the environment cannot reach a sandbox
    return YabandPay(user, secret_key, url, session=session)

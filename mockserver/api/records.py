"""The records of the API: times are ISO 8601, amounts are decimal texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from mockserver.domain.kinds import BY_PART
from mockserver.domain.money import amount_text
from mockserver.domain.notifications.notification import DeliveryOutcome, NotificationState
from mockserver.durations import moment
from mockserver.masking import HIDDEN

if TYPE_CHECKING:
    from mockserver.clock import AccountClock
    from mockserver.domain.accounts import Account
    from mockserver.domain.payments.payment import Payment

_R = TypeVar("_R")


def instant_text(instant: int) -> str:
    return moment(instant).isoformat(timespec="milliseconds")


Amount = Annotated[str, msgspec.Meta(extra={"convert": amount_text})]
"""A decimal text, converted from hundredths of a currency."""

Instant = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"}, extra={"convert": instant_text})]
"""ISO 8601 in UTC, converted from Unix milliseconds."""

Content = Annotated[str, msgspec.Meta(extra={"convert": partial(bytes.decode, encoding="utf-8", errors="replace")})]
"""Text, decoded from bytes."""

_S = TypeVar("_S", bound="Shown")


class Shown(msgspec.Struct):
    """The API's view of a stored record; each field has the value of the record's field of the same name.

    `sources` has another name, or a function of the record, for some fields.
    """

    sources: ClassVar[Mapping[str, str | Callable[[Any], Any]]] = {}

    @classmethod
    def of(cls: type[_S], record: Any) -> _S:  # noqa: ANN401 - a record with these fields
        return cls(*[read(record) for read in _readers(cls)])


@cache
def _readers(shown: type[Shown]) -> list[Callable[[Any], Any]]:
    hints = get_type_hints(shown, include_extras=True)
    return [_reader(shown.sources.get(name, name), _conversion(hints[name])) for name in shown.__struct_fields__]


def _reader(source: str | Callable[[Any], Any], convert: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    read = attrgetter(source) if isinstance(source, str) else source
    return read if convert is None else lambda record: convert(read(record))


def _conversion(hint: Any) -> Callable[[Any], Any] | None:  # noqa: ANN401 - a type
    """The function that converts a stored value to this type; None if none is needed."""
    for meta in getattr(hint, "__metadata__", ()):
        found: Callable[[Any], Any] = meta.extra["convert"]
        return found
    inner = [convert for one in get_args(hint) if (convert := _conversion(one)) is not None]
    if isinstance(hint, type) and issubclass(hint, Shown):
        return hint.of
    if not inner:
        return None
    if get_origin(hint) is list:
        return lambda values: [inner[0](value) for value in values]
    return lambda value: None if value is None else inner[0](value)


class ClockRecord(msgspec.Struct):
    """A clock: real, frozen, stepped by `step_ms` at each request, or scaled to `rate` times the real speed."""

    kind: str
    now: str
    rate: float
    step_ms: int

    @classmethod
    def of(cls, clock: AccountClock) -> ClockRecord:
        setting = clock.setting
        return cls(setting.kind, instant_text(clock.now()), setting.rate, setting.step)


class KeepsSecret(msgspec.Struct):
    """A type with a secret key, which its repr leaves out."""

    def __repr__(self) -> str:
        names = [name for name in self.__struct_fields__ if name != "secret_key"]
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"


class AccountRecord(KeepsSecret):
    """A merchant account. Only the answer that creates it shows the secret key."""

    user: str
    secret_key: str
    name: str
    role: str
    scenario: str
    seed: str
    opening_balance: str
    clock: ClockRecord

    @classmethod
    def of(cls, account: Account, clock: AccountClock, *, secret: bool = False) -> AccountRecord:
        return cls(
            user=account.user,
            secret_key=account.secret_key if secret else HIDDEN,
            name=account.name,
            role=account.role,
            scenario=account.scenario,
            seed=account.seed,
            opening_balance=amount_text(account.opening_balance),
            clock=ClockRecord.of(clock),
        )


class PaymentRecord(Shown):
    """A payment; amounts are in its currency."""

    sources = {
        "tip_amount": "tip", "authorized_amount": "authorized", "refunded_amount": "refunded.amount",
    }  # fmt: skip

    trade_id: str
    order_id: str
    method: str
    pay_method: str
    sub_pay_method: str
    amount: Amount
    tip_amount: Amount
    authorized_amount: Amount
    refunded_amount: Amount
    currency: str
    description: str
    demo: str
    state: str
    scenario: str
    created_at: Instant
    expires_at: Instant
    paid_at: Instant | None
    redirect_url: str
    notify_url: str


class DeliveryRecord(Shown):
    """What became of the last notification of an order. `next_attempt_at` is null if no attempt follows another.

    The state is `pending` until it is `accepted` by the shop or `given up`. One that a scenario keeps back is `held` or
    `dropped`, and `refused` is one that the sandbox does not send to its address.
    """

    state: NotificationState
    attempts: int
    next_attempt_at: Instant | None


class ListedPaymentRecord(PaymentRecord):
    """A payment in a list, with the delivery of its last notification; null without one."""

    delivery: DeliveryRecord | None

    @classmethod
    def listed(cls, payment: Payment, delivery: DeliveryOutcome | None) -> ListedPaymentRecord:
        """A payment and what became of its last notification."""
        fields = msgspec.structs.asdict(PaymentRecord.of(payment))
        return cls(**fields, delivery=None if delivery is None else DeliveryRecord.of(delivery))


class RefundRecord(Shown):
    """A refund."""

    sources = {"settlement_amount": "settlement"}

    refund_id: str
    trade_id: str
    m_refund_id: str
    amount: Amount
    currency: str
    settlement_amount: Amount
    description: str
    state: str
    scenario: str
    created_at: Instant
    waiting_since: Instant | None
    notify_url: str


class PayoutRecord(Shown):
    """A payout."""

    payout_id: str
    amount: Amount
    currency: str
    reference: str
    state: str
    scenario: str
    created_at: Instant
    notify_url: str


class ShareRecord(Shown):
    """What one receiver gets or returns."""

    merchant_mid: str
    split_detail_id: str
    refund_split_detail_id: str
    amount: Amount
    result: str


class SplitRecord(Shown):
    """A split or the return of a split; `transfer_id` is its own id."""

    transfer_id: str
    type: str
    split_id: str
    trade_id: str
    reference_id: str
    currency: str
    shares: list[ShareRecord]
    state: str
    scenario: str
    created_at: Instant
    notify_url: str


SHOWN: dict[str, type[Shown]] = {
    "payment": PaymentRecord, "refund": RefundRecord, "payout": PayoutRecord, "split": SplitRecord,
}  # fmt: skip
"""What the API shows of an object, by the name of its kind; a kind declared elsewhere adds its own."""


class PlannedRecord(Shown):
    """A planned transition; `at` is None while it waits for queries, for a signal or for another transition."""

    state: str
    at: Instant | None
    queries: int
    on_signal: bool


class ScenarioRecord(Shown):
    """A scenario, its triggers, and the kinds of objects whose steps it has, such as payment and refund."""

    sources = {"plays": lambda scenario: [BY_PART[part].name for part in scenario.parts]}

    name: str
    summary: str
    order_id: str
    amount: Amount | None
    code: str
    plays: list[str]


class Page(msgspec.Struct, Generic[_R], omit_defaults=True):
    """A page of a list; `total` counts the items of all pages. A search counts those on its page.

    A search that may find more goes on with `next` as `before`; it is absent at the end.
    """

    total: int
    items: list[_R]
    next: str = ""

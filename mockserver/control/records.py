"""Records as the sandbox's own API shows them: times as ISO 8601, amounts as decimal text."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec

from mockserver.control.paths import exchange_path
from mockserver.payments.money import amount_text
from mockserver.store.contract import CLOCK_TIMELINE

if TYPE_CHECKING:
    from mockserver.clock import AccountClock
    from mockserver.notify.plan import Attempt, Notification
    from mockserver.payments.payment import Payment
    from mockserver.payments.payout import Payout
    from mockserver.payments.refund import Refund
    from mockserver.payments.split import Share, Split
    from mockserver.scenarios.scenario import Scenario
    from mockserver.store.contract import Account, Event, Exchange, UnitOfWork

HIDDEN = "***"


def instant_text(instant: int) -> str:
    """An instant as ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(instant / 1000, timezone.utc).isoformat(timespec="milliseconds")


def _instant_or_none(instant: int | None) -> str | None:
    return None if instant is None else instant_text(instant)


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


class ClockRecord(msgspec.Struct):
    """A clock: real, frozen, stepped by `step_ms` at each request, or scaled to `rate` times the real speed."""

    kind: str
    now: str
    rate: float
    step_ms: int

    @classmethod
    def of(cls, clock: AccountClock) -> ClockRecord:
        """What a clock shows."""
        setting = clock.setting
        return cls(setting.kind, instant_text(clock.now()), setting.rate, setting.step)


class AccountRecord(msgspec.Struct):
    """A merchant's account. The secret key is shown once, to whoever made the account."""

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
        """An account, with its secret key or without."""
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


class ExchangeRecord(msgspec.Struct):
    """A request to the gateway and its answer; `reason` is empty where it was accepted."""

    number: int
    at: str
    user: str
    method: str
    code: str
    trade_id: str
    scenario: str
    reason: str
    string_to_sign: str
    request: str
    answer: str
    duration_us: int
    path: str

    @classmethod
    def of(cls, exchange: Exchange) -> ExchangeRecord:
        """An exchange."""
        return cls(
            number=exchange.number,
            at=instant_text(exchange.at),
            user=exchange.user,
            method=exchange.method,
            code=exchange.code,
            trade_id=exchange.trade_id,
            scenario=exchange.scenario,
            reason=exchange.reason,
            string_to_sign=exchange.string_to_sign,
            request=_text(exchange.request),
            answer=_text(exchange.answer),
            duration_us=exchange.duration,
            path=exchange_path(exchange),
        )


class EventRecord(msgspec.Struct):
    """One step on a timeline; `reference` is the number of the exchange or of the notification that it is about."""

    timeline: str
    at: str
    kind: str
    text: str
    reference: int | None

    @classmethod
    def of(cls, event: Event) -> EventRecord:
        """An event."""
        return cls(event.timeline, instant_text(event.at), event.kind, event.text, event.reference or None)


class AttemptRecord(msgspec.Struct):
    """One try to deliver a notification."""

    number: int
    at: str
    url: str
    sent: str
    status: int | None
    answer: str
    error: str
    duration_ms: int
    accepted: bool

    @classmethod
    def of(cls, attempt: Attempt) -> AttemptRecord:
        """An attempt."""
        return cls(
            number=attempt.number,
            at=instant_text(attempt.at),
            url=attempt.url,
            sent=_text(attempt.sent),
            status=attempt.status,
            answer=_text(attempt.answer),
            error=attempt.error,
            duration_ms=attempt.duration,
            accepted=attempt.accepted,
        )


class NotificationRecord(msgspec.Struct):
    """A notification with the tries to deliver it."""

    number: int
    timeline: str
    type: str
    state_told: str
    created_at: str
    url: str
    body: str
    state: str
    attempts: list[AttemptRecord]

    @classmethod
    def of(cls, notification: Notification, unit: UnitOfWork) -> NotificationRecord:
        """A notification."""
        return cls(
            number=notification.number,
            timeline=notification.timeline,
            type=notification.type,
            state_told=notification.told,
            created_at=instant_text(notification.created_at),
            url=notification.url,
            body=_text(notification.body),
            state=notification.state,
            attempts=[AttemptRecord.of(attempt) for attempt in unit.attempts(notification.number)],
        )


class PaymentRecord(msgspec.Struct):
    """A payment; amounts are in its currency."""

    trade_id: str
    order_id: str
    method: str
    pay_method: str
    sub_pay_method: str
    amount: str
    tip_amount: str
    authorized_amount: str
    refunded_amount: str
    currency: str
    description: str
    demo: str
    state: str
    scenario: str
    created_at: str
    expires_at: str
    paid_at: str | None
    redirect_url: str
    notify_url: str

    @classmethod
    def of(cls, payment: Payment) -> PaymentRecord:
        """A payment."""
        return cls(
            trade_id=payment.trade_id,
            order_id=payment.order_id,
            method=payment.method,
            pay_method=payment.pay_method,
            sub_pay_method=payment.sub_pay_method,
            amount=amount_text(payment.amount),
            tip_amount=amount_text(payment.tip),
            authorized_amount=amount_text(payment.authorized),
            refunded_amount=amount_text(payment.refunded.amount),
            currency=payment.currency,
            description=payment.description,
            demo=payment.demo,
            state=payment.state,
            scenario=payment.scenario,
            created_at=instant_text(payment.created_at),
            expires_at=instant_text(payment.expires_at),
            paid_at=_instant_or_none(payment.paid_at),
            redirect_url=payment.redirect_url,
            notify_url=payment.notify_url,
        )


class RefundRecord(msgspec.Struct):
    """A refund."""

    refund_id: str
    trade_id: str
    m_refund_id: str
    amount: str
    currency: str
    settlement_amount: str
    description: str
    state: str
    scenario: str
    created_at: str
    waiting_since: str | None
    notify_url: str

    @classmethod
    def of(cls, refund: Refund) -> RefundRecord:
        """A refund."""
        return cls(
            refund_id=refund.refund_id,
            trade_id=refund.trade_id,
            m_refund_id=refund.m_refund_id,
            amount=amount_text(refund.amount),
            currency=refund.currency,
            settlement_amount=amount_text(refund.settlement),
            description=refund.description,
            state=refund.state,
            scenario=refund.scenario,
            created_at=instant_text(refund.created_at),
            waiting_since=_instant_or_none(refund.waiting_since),
            notify_url=refund.notify_url,
        )


class PayoutRecord(msgspec.Struct):
    """A payout."""

    payout_id: str
    amount: str
    currency: str
    reference: str
    state: str
    scenario: str
    created_at: str
    notify_url: str

    @classmethod
    def of(cls, payout: Payout) -> PayoutRecord:
        """A payout."""
        return cls(
            payout_id=payout.payout_id,
            amount=amount_text(payout.amount),
            currency=payout.currency,
            reference=payout.reference,
            state=payout.state,
            scenario=payout.scenario,
            created_at=instant_text(payout.created_at),
            notify_url=payout.notify_url,
        )


class ShareRecord(msgspec.Struct):
    """What one receiver gets, or gives back."""

    merchant_mid: str
    split_detail_id: str
    refund_split_detail_id: str
    amount: str
    result: str

    @classmethod
    def of(cls, share: Share) -> ShareRecord:
        """A share."""
        return cls(
            merchant_mid=share.merchant_mid,
            split_detail_id=share.split_detail_id,
            refund_split_detail_id=share.refund_split_detail_id,
            amount=amount_text(share.amount),
            result=share.result,
        )


class SplitRecord(msgspec.Struct):
    """A split, or a return of one; `transfer_id` is its own id."""

    transfer_id: str
    type: str
    split_id: str
    trade_id: str
    reference_id: str
    currency: str
    shares: list[ShareRecord]
    state: str
    scenario: str
    created_at: str
    notify_url: str

    @classmethod
    def of(cls, split: Split) -> SplitRecord:
        """A split."""
        return cls(
            transfer_id=split.transfer_id,
            type=split.type,
            split_id=split.split_id,
            trade_id=split.trade_id,
            reference_id=split.reference_id,
            currency=split.currency,
            shares=[ShareRecord.of(share) for share in split.shares],
            state=split.state,
            scenario=split.scenario,
            created_at=instant_text(split.created_at),
            notify_url=split.notify_url,
        )


def timeline_of(timeline: str, unit: UnitOfWork) -> list[EventRecord]:
    """Everything that happened on a timeline, in its order.

    That is each request with its signature check and its scenario, each change of state, notification and attempt,
    and each change of the clock since it began.
    """
    events = unit.events(timeline)
    if not events:
        return []
    clock = [event for event in unit.events(CLOCK_TIMELINE) if event.at >= events[0].at]
    told = []
    for event in sorted([*events, *clock], key=lambda event: event.at):
        told.append(EventRecord.of(event))
        exchange = unit.exchange(event.reference) if event.kind == "request" else None
        if exchange is not None:
            at, number = instant_text(event.at), event.reference
            told.append(EventRecord(timeline, at, "signature", "accepted", number))
            if exchange.scenario:
                told.append(EventRecord(timeline, at, "scenario", exchange.scenario, number))
    return told


class LifeRecord(msgspec.Struct):
    """The life of a trade or a payout: its timeline, and everything that was told of it."""

    timeline: list[EventRecord]
    notifications: list[NotificationRecord]

    @classmethod
    def of(cls, timeline: str, unit: UnitOfWork) -> LifeRecord:
        """What is known of a timeline."""
        told = [NotificationRecord.of(notification, unit) for notification in unit.notifications(timeline)]
        return cls(timeline_of(timeline, unit), told)


class PaymentLife(msgspec.Struct):
    """A payment with its refunds and its life."""

    payment: PaymentRecord
    refunds: list[RefundRecord]
    timeline: list[EventRecord]
    notifications: list[NotificationRecord]


class ScenarioRecord(msgspec.Struct):
    """A scenario and what asks for it."""

    name: str
    summary: str
    order_id: str
    amount: str | None
    code: str

    @classmethod
    def of(cls, scenario: Scenario) -> ScenarioRecord:
        """A scenario."""
        amount = None if scenario.amount is None else amount_text(scenario.amount)
        return cls(scenario.name, scenario.summary, scenario.order_id, amount, scenario.code)


class Page(msgspec.Struct):
    """A page of a list, and how many there are on all pages."""

    total: int
    items: list[Any]

"""Records as the sandbox's own API shows them: times as ISO 8601, amounts as decimal text."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from mockserver.domain.money import amount_text
from mockserver.masking import HIDDEN

if TYPE_CHECKING:
    from mockserver.clock import AccountClock
    from mockserver.domain.accounts import Account
    from mockserver.domain.payments.payment import Payment
    from mockserver.domain.payouts import Payout
    from mockserver.domain.refunds import Refund
    from mockserver.domain.splits import Share, Split
    from mockserver.scenarios.scenario import Scenario

_R = TypeVar("_R")


def instant_text(instant: int) -> str:
    """An instant as ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(instant / 1000, timezone.utc).isoformat(timespec="milliseconds")


def _instant_or_none(instant: int | None) -> str | None:
    return None if instant is None else instant_text(instant)


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


class KeepsSecret(msgspec.Struct):
    """What has a secret key in it, which is kept out of every text made of it."""

    def __repr__(self) -> str:
        """All fields but the key."""
        names = [name for name in self.__struct_fields__ if name != "secret_key"]
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"


class AccountRecord(KeepsSecret):
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


class Page(msgspec.Struct, Generic[_R]):
    """A page of a list, and how many there are on all pages."""

    total: int
    items: list[_R]

"""Sandboxes on SQLite, killed amid payments; and the audit, which notices each thing that could have gone wrong."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import pytest

from bench.durability.audit import RULES, audit
from bench.durability.load import LoadClient, names_a_rule
from bench.durability.run import Plan, Report, run
from bench.durability.sandboxes import Interruption
from mockserver.client import InternalGatewayError
from mockserver.domain.money import amount_text, parse_amount
from mockserver.identity import new_seed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.durability.evidence import AccountEvidence, PaidOut
    from bench.durability.log import Sent
    from mockserver.api.records import RefundRecord
    from mockserver.api.schemas import EventRecord, PaymentDetails

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A sandbox that was killed three times."""
    folder = tmp_path_factory.mktemp("killed")
    return run(Plan(f"sqlite:///{folder / 'sandbox.db'}", new_seed(), kills=3, requests=300), folder)


def test_a_sandbox_that_is_killed_loses_nothing_and_does_nothing_twice(killed: Report) -> None:
    assert not killed.violations, str(killed)
    assert len(killed.interruptions) == 3
    answered = {sent.kind for sent in killed.sent if sent.outcome == "answered"}
    assert answered == {"create", "pay", "refund", "capture", "cancel", "payout", "query"}


def test_the_report_counts_what_was_done(killed: Report) -> None:
    text = str(killed)
    assert "| kills | 3 |" in text
    assert "\n0 violations" in text
    created = sum(sent.kind == "create" and sent.outcome == "answered" for sent in killed.sent)
    assert f"| create | {created} | 0 | 0 |" in text


# The audit -------------------------------------------------------------------------------------------------------------


class Falsified:
    """The report of a good run, in which a test falsifies something, and what the audit then says."""

    def __init__(self, report: Report) -> None:
        self.sent, self.interruptions = list(report.sent), list(report.interruptions)
        self.evidence = deepcopy(report.evidence)

    def violations(self) -> set[tuple[str, str]]:
        return {(rule, subject) for rule, subject, _ in audit(self.sent, self.evidence, self.interruptions)}

    def account(self, fits: Callable[[AccountEvidence], object] = lambda account: account.payments) -> AccountEvidence:
        return next(account for account in self.evidence if fits(account))

    def payment(self, fits: Callable[[PaymentDetails], object]) -> PaymentDetails:
        return next(one for account in self.evidence for one in account.payments if fits(one))

    def paid(self) -> PaymentDetails:
        return self.payment(lambda one: one.payment.state == "paid" and one.payment.currency == "EUR")

    def captured(self) -> PaymentDetails:
        return self.payment(lambda one: events(one, "v3.Capture"))

    def refund(self) -> tuple[PaymentDetails, RefundRecord]:
        details = self.payment(lambda one: any(refund.state == "refunded" for refund in one.refunds))
        return details, next(refund for refund in details.refunds if refund.state == "refunded")

    def payout(self) -> PaidOut:
        return next(one for account in self.evidence for one in account.payouts if one.payout.state == "completed")

    def change(self, fits: Callable[[Sent], object], **changes: object) -> Sent:
        """Change the first request that fits; gives it as it was."""
        number, sent = next((number, sent) for number, sent in enumerate(self.sent) if fits(sent))
        self.sent[number] = sent._replace(**changes)  # type: ignore[arg-type]
        return sent


def events(details: PaymentDetails, text: str) -> list[EventRecord]:
    return [event for event in details.timeline if event.text == text]


@pytest.fixture
def false(killed: Report) -> Falsified:
    return Falsified(killed)


def answered(kind: str) -> Callable[[Sent], bool]:
    return lambda sent: sent.kind == kind and sent.outcome == "answered"


def test_an_answered_payment_that_has_gone_is_noticed(false: Falsified) -> None:
    account = false.account()
    gone = account.payments.pop(0)
    assert ("answered, and gone", gone.payment.trade_id) in false.violations()


def test_an_answered_refund_and_payout_that_have_gone_are_noticed(false: Falsified) -> None:
    details, refund = false.refund()
    details.refunds.remove(refund)
    payout = false.payout()
    false.account(lambda account: payout in account.payouts).payouts.remove(payout)
    gone = {("answered, and gone", refund.refund_id), ("answered, and gone", payout.payout.payout_id)}
    assert gone <= false.violations()


@pytest.mark.parametrize(("field", "value"), [("order_id", "wallet-other"), ("amount", "0.01"), ("currency", "CHF")])
def test_a_payment_that_was_answered_otherwise_is_noticed(false: Falsified, field: str, value: str) -> None:
    payment = false.paid().payment
    setattr(payment, field, value)
    assert ("answered otherwise", payment.trade_id) in false.violations()


@pytest.mark.parametrize("kind", ["create", "refund", "payout"])
def test_an_id_that_was_answered_twice_is_noticed(false: Falsified, kind: str) -> None:
    first = next(sent for sent in false.sent if answered(kind)(sent))
    false.change(
        lambda sent: answered(kind)(sent) and sent.user == first.user and sent != first, identifier=first.identifier
    )
    assert ("one id, one object", first.identifier) in false.violations()


def test_a_number_of_two_payments_is_noticed(false: Falsified) -> None:
    rows = false.account(lambda account: len(account.paid_rows) > 1).paid_rows
    rows[1]["transaction_id"] = rows[0]["transaction_id"]
    assert ("one id, one object", rows[0]["transaction_id"]) in false.violations()


def test_a_payout_that_was_done_twice_is_noticed(false: Falsified) -> None:
    payout = false.payout()
    second = deepcopy(payout)
    second.payout.payout_id = "another"
    false.account(lambda account: payout in account.payouts).payouts.append(second)
    assert ("done once", payout.payout.reference) in false.violations()


def test_what_nobody_has_sent_is_noticed(false: Falsified) -> None:
    sent = next(sent for sent in false.sent if answered("create")(sent))
    false.sent.remove(sent)
    assert ("nothing from nowhere", sent.identifier) in false.violations()


def test_what_was_refused_and_is_there_is_noticed(false: Falsified) -> None:
    sent = false.change(answered("refund"), outcome="refused", detail="-1000")
    assert ("refused, and done", sent.identifier) in false.violations()


@pytest.mark.parametrize("text", ["processing", "authorized", "declined", "unheard of"])
def test_a_way_that_a_payment_cannot_take_is_noticed(false: Falsified, text: str) -> None:
    details = false.paid()
    later = deepcopy(events(details, "processing")[0])
    later.text = details.payment.state = text
    details.timeline.append(later)
    assert ("legal states", details.payment.trade_id) in false.violations()


def test_a_state_that_the_timeline_does_not_know_is_noticed(false: Falsified) -> None:
    _, refund = false.refund()
    refund.state, payout = "refund failed", false.payout().payout
    payout.state = "declined"
    assert {("legal states", refund.refund_id), ("legal states", payout.payout_id)} <= false.violations()


def test_a_history_without_its_first_state_is_noticed(false: Falsified) -> None:
    details = false.paid()
    details.timeline.remove(events(details, "processing")[0])
    assert ("legal states", details.payment.trade_id) in false.violations()


def test_a_payment_that_was_paid_twice_is_noticed(false: Falsified) -> None:
    details = false.paid()
    details.timeline += events(details, "paid")
    assert ("paid once", details.payment.trade_id) in false.violations()


def test_two_answered_captures_are_noticed(false: Falsified) -> None:
    sent = next(sent for sent in false.sent if answered("capture")(sent))
    false.sent.append(sent)
    assert ("captured once", sent.trade_id) in false.violations()


def test_two_recorded_captures_are_noticed(false: Falsified) -> None:
    details = false.captured()
    details.timeline += events(details, "v3.Capture")
    assert ("captured once", details.payment.trade_id) in false.violations()


def test_a_capture_without_a_trace_is_noticed(false: Falsified) -> None:
    sent = next(sent for sent in false.sent if answered("capture")(sent))
    details = false.payment(lambda one: one.payment.trade_id == sent.trade_id)
    details.timeline = [event for event in details.timeline if event.text != "v3.Capture"]
    found = {("answered, and gone", sent.trade_id), ("captured once", sent.trade_id)}
    assert found <= false.violations()


def test_a_capture_of_another_amount_is_noticed(false: Falsified) -> None:
    sent = false.change(answered("capture"), amount=1)
    assert ("answered otherwise", sent.trade_id) in false.violations()


@pytest.mark.parametrize("kind", ["request", "signature", "notification"])
def test_half_a_history_is_noticed(false: Falsified, kind: str) -> None:
    details = false.paid()
    details.timeline.remove(next(event for event in details.timeline if event.kind == kind))
    assert ("nothing half", details.payment.trade_id) in false.violations()


def test_a_refund_without_its_request_is_noticed(false: Falsified) -> None:
    details, _ = false.refund()
    details.timeline.remove(events(details, "v3.CreateRefund")[0])
    assert ("nothing half", details.payment.trade_id) in false.violations()


def test_a_notification_that_is_still_pending_is_noticed(false: Falsified) -> None:
    details = false.paid()
    details.notifications[0].state = "pending"
    assert ("heard in the end", details.payment.trade_id) in false.violations()


def test_a_query_that_is_refused_is_noticed(false: Falsified) -> None:
    sent = false.change(answered("query"), outcome="refused", detail="-1000 There is no trade with this trade_id.")
    assert ("refused wrongly", sent.trade_id) in false.violations()


def test_a_failure_without_a_fault_of_the_database_is_noticed(false: Falsified) -> None:
    sent = false.change(answered("query"), outcome="failed", detail="-1000", at=1000.0)
    assert ("failed without a reason", sent.trade_id) in false.violations()
    false.interruptions.append(Interruption("database", 999, 999.5))
    assert ("failed without a reason", sent.trade_id) not in false.violations()


def test_a_payment_that_was_never_paid_is_noticed(false: Falsified) -> None:
    details = false.payment(lambda one: one.payment.order_id.startswith("wallet") and one.payment.state == "paid")
    details.payment.state = "processing"
    assert ("done in the end", details.payment.trade_id) in false.violations()


def test_a_payment_on_the_page_that_was_answered_and_is_not_paid_is_noticed(false: Falsified) -> None:
    sent = next(sent for sent in false.sent if answered("pay")(sent))
    details = false.payment(lambda one: one.payment.trade_id == sent.trade_id)
    details.timeline = [event for event in details.timeline if event.text != "paid"]
    assert ("answered, and gone", sent.trade_id) in false.violations()


def test_a_refund_or_payout_that_does_not_end_is_noticed(false: Falsified) -> None:
    _, refund = false.refund()
    payout = false.payout().payout
    refund.state, payout.state = "refund processing", "pending"
    assert {("done in the end", refund.refund_id), ("done in the end", payout.payout_id)} <= false.violations()


def test_a_refund_that_waits_for_money_that_is_there_is_noticed(false: Falsified) -> None:
    _, refund = false.refund()
    refund.state, refund.settlement_amount = "refund pending", "0.00"
    for account in false.evidence:
        account.balance = account.balance._replace(usable="1000.00")
    assert ("done in the end", refund.refund_id) in false.violations()


def test_refunds_above_the_amount_are_noticed(false: Falsified) -> None:
    details, refund = false.refund()
    refund.amount = amount_text(parse_amount(details.payment.amount) + 1)
    found = {("refunded once", details.payment.trade_id), ("refunds add up", details.payment.trade_id)}
    assert found <= false.violations()


@pytest.mark.parametrize(("rows", "name"), [("paid_rows", "trade_id"), ("refunded_rows", "refund_id")])
def test_money_that_moves_twice_or_never_or_otherwise_is_noticed(false: Falsified, rows: str, name: str) -> None:
    moved = getattr(false.account(lambda account: len(getattr(account, rows)) > 3), rows)
    moved.append(moved[0])
    gone = moved.pop(1)
    moved[1]["amount"] = "0.01"
    moved[2]["settlement_amount"] = "0.02"
    wrong = {("money moves once", row[name]) for row in (moved[0], gone, moved[1], moved[2])}
    assert wrong <= false.violations()


@pytest.mark.parametrize("name", ["available", "reserve", "usable", "deposit"])
def test_a_balance_that_is_a_cent_off_is_noticed(false: Falsified, name: str) -> None:
    account = false.account()
    more = amount_text(parse_amount(getattr(account.balance, name)) + 1)
    account.balance = account.balance._replace(**{name: more})
    assert ("balance adds up", account.user) in false.violations()


@pytest.mark.parametrize(
    "name", ["number_of_payment", "payment_amount", "number_of_refund", "refund_amount", "merchant_cost"]
)
def test_a_daily_total_that_is_off_is_noticed(false: Falsified, name: str) -> None:
    account = false.account(lambda account: account.bills)
    account.bills[0][name] = account.bills[0][name] + 1 if name.startswith("number") else "0.01"
    assert ("daily totals add up", account.user) in false.violations()


def test_a_change_that_the_merchant_has_not_heard_of_is_noticed(false: Falsified) -> None:
    details, refund = false.refund()
    account = false.account(lambda account: details in account.payments)
    account.heard = [one for one in account.heard if one.about != (refund.trade_id, refund.refund_id, "refunded")]
    assert ("heard in the end", refund.refund_id) in false.violations()


def test_a_notification_with_another_signature_is_noticed(false: Falsified) -> None:
    account = false.account()
    account.heard[0].data = None
    assert ("signed", account.user) in false.violations()


@pytest.mark.parametrize(("field", "value"), [("state", "declined"), ("amount", "0.01"), ("trade_id", "no-trade")])
def test_a_notification_of_what_did_not_happen_is_noticed(false: Falsified, field: str, value: str) -> None:
    details = false.paid()
    account = false.account(lambda account: details in account.payments)
    heard = next(one for one in account.heard if one.about == (details.payment.trade_id, "", "paid"))
    heard.data = {**(heard.data or {}), field: value}
    assert ("heard, and not true", heard.about[0]) in false.violations()


def test_a_notification_is_repeated_only_around_a_kill(false: Falsified) -> None:
    details = false.paid()
    account = false.account(lambda account: details in account.payments)
    first = deepcopy(next(one for one in account.heard if one.about == (details.payment.trade_id, "", "paid")))
    account.heard = [one for one in account.heard if one.about != first.about] + [first, deepcopy(first)]
    account.heard[-1].at = first.at + 60
    false.interruptions = []
    assert ("repeated without a kill", details.payment.trade_id) in false.violations()
    false.interruptions = [Interruption("sandbox", first.at + 0.2, first.at + 0.5)]
    assert ("repeated without a kill", details.payment.trade_id) not in false.violations()


def test_every_rule_has_noticed_something_here(killed: Report) -> None:
    """Each rule has something to judge in the run that the tests falsify."""
    assert len(RULES) == 14
    assert all(account.payments and account.payouts and account.heard and account.bills for account in killed.evidence)


def test_a_client_that_fails_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_weight(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(LoadClient, "_create", no_weight)
    with pytest.raises(ZeroDivisionError):
        run(Plan(f"sqlite:///{tmp_path / 'sandbox.db'}", "seed", kills=1, requests=100), tmp_path)


@pytest.mark.parametrize(
    ("message", "reason", "is_rule"),
    [
        ("refund_amount must be at most EUR 1.00.", "", True),
        ("Trade trade-1 is processing.", "Trade ****-1 is processing.", True),
        ("Internal error", "The sandbox had an internal error. Its log has the details.", False),
        ("Internal error", "The database is away.", False),
        ("Internal error", "The sandbox cannot use its database at present: it has no refund_amount.", False),
    ],
)
def test_a_refusal_is_told_from_a_failure(message: str, reason: str, is_rule: bool) -> None:  # noqa: FBT001 - a case
    request = {"data": {"trade_id": "trade-1", "refund_amount": "2.00"}}
    assert names_a_rule(InternalGatewayError("-1000", message, request, reason)) == is_rule

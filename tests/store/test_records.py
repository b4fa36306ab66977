"""Every kind of record as text and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mockserver.domain.accounts import AnswersPlayed, LastExamination, Queued, ScenarioQueue, UsedReference
from mockserver.domain.cards import CardToken, CardUse
from mockserver.domain.ledger import Balance, DailyTotal, Movement
from mockserver.domain.notifications.notification import NotificationFaults
from mockserver.domain.payments.payment import Behind, Divided, Payment, Refunded
from mockserver.domain.payouts import Payout
from mockserver.domain.refunds import Refund
from mockserver.domain.splits import Split
from mockserver.domain.states import PlannedTransition
from mockserver.store.records import RECORD_KINDS
from tests.domain.samples import NOW, payment, payout, refund, returned, split

if TYPE_CHECKING:
    from mockserver.store.records import RecordKind

FAULTS = NotificationFaults(delay=5, fields=(("amount", "1"), ("state", "2")), replay_after=7)
PLAN = (
    PlannedTransition(NOW, "paid", 5, 2, on_signal=True, notification_faults=FAULTS),
    PlannedTransition(None, "verify"),
)
CARD = CardUse("Visa", "1111", "approved", three_d_secure=True, three_d_secure_id="3", token="tok")
MOVEMENT = Movement("t1", 1, NOW, "payment", "t1", 1, "o1", "分账 🍵", 10, "EUR", 10, 1, "standing")

RECORDS: list[Any] = [
    payment(plan=PLAN, card=CARD, refunded=Refunded(1, 2, 3), divided=Divided(1, 2, closed=True),
            notification_faults=FAULTS, behind=Behind("pending", NOW), paid_at=NOW),
    payment(), refund(plan=PLAN, waiting_since=NOW, notification_faults=FAULTS), payout(plan=PLAN), split(plan=PLAN),
    returned(), Balance("EUR", 1, 2, 3, 4), DailyTotal("d w", "d", "w", 1, 2, 3, 4, 5), MOVEMENT,
    CardToken("tok", "Visa", "1111", "approved", "t1"), AnswersPlayed("twice o1", 2), UsedReference("order", "1", "t1"),
    ScenarioQueue((Queued("own", 1), Queued("once", 2, "m", "r"))), LastExamination("{}", NOW),
]  # fmt: skip


def kind_of(record: Any) -> RecordKind:
    return RECORD_KINDS[type(record)]


def test_a_record_is_the_same_after_it_was_a_text() -> None:
    for record in RECORDS:
        restored = kind_of(record).record(kind_of(record).text(record))
        assert restored == record
        assert repr(restored) == repr(record)


def test_every_kind_is_among_them() -> None:
    assert {type(record) for record in RECORDS} == set(RECORD_KINDS)


def test_a_text_is_compact_and_readable() -> None:
    text = kind_of(MOVEMENT).text(MOVEMENT)
    assert text.startswith('["t1",1,')
    assert "分账 🍵" in text


@pytest.mark.parametrize(
    ("shape", "name", "identifier", "group", "dated"),
    [
        (Payment, "payments", "t1", "o1", NOW),
        (Refund, "refunds", "r1", "t1", NOW),
        (Payout, "payouts", "p1", None, NOW),
        (Split, "splits", "s1", "s1", NOW),
        (Movement, "movements", "t1", None, NOW),
    ],
)
def test_a_record_is_known_by_its_id_and_found_by_its_group_and_instant(
    shape: type[Any], name: str, identifier: str, group: str | None, dated: int
) -> None:
    record = next(record for record in reversed(RECORDS[:-4]) if type(record) is shape and record != returned())
    kind = RECORD_KINDS[shape]
    assert (kind.name, kind.shape, kind.identifier(record)) == (name, shape, identifier)
    assert (kind.group and kind.group(record), kind.dated and kind.dated(record)) == (group, dated)


def test_totals_are_found_by_their_day_and_other_records_by_nothing() -> None:
    names = {kind.name: (kind.group is not None, kind.dated is not None) for kind in RECORD_KINDS.values()}
    assert names["daily_totals"] == (True, False)
    for name in ("balances", "card_tokens", "scenario_queues", "examinations", "answers_played", "used_references"):
        assert names[name] == (False, False), name
    total = DailyTotal("d w", "d", "w")
    group = kind_of(total).group
    assert group is not None
    assert (kind_of(total).identifier(total), group(total)) == ("d w", "d")
    used = UsedReference("order", "1")
    assert kind_of(used).identifier(used) == "order 1"

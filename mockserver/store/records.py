"""What stores keep of an account: each kind of record, how it is known, and how its text is read back."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.domain.accounts import UsedReference
from mockserver.domain.cards import CardToken, CardUse
from mockserver.domain.ledger import Balance, DailyTotal, Movement
from mockserver.domain.notifications.faults import restored
from mockserver.domain.payments.payment import Behind, Divided, Payment, Refunded
from mockserver.domain.payouts import Payout
from mockserver.domain.refunds import Refund
from mockserver.domain.scenario_queue import AnswersPlayed, Queued, ScenarioQueue
from mockserver.domain.splits import Share, Split
from mockserver.domain.states import PlannedTransition

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class RecordKind(NamedTuple):
    """One kind of record.

    `identifier` gives what a record is known by, `group` the order_id, trade, split or
    day that it belongs to, if any. Records that are
    `dated` have a number, an instant and a state, and can be listed by them.
    """

    name: str
    shape: type[Any]
    identifier: Callable[[Any], str]
    group: Callable[[Any], str] | None = None
    dated: Callable[[Any], int] | None = None
    nested: Mapping[str, Callable[[Any], Any]] = MappingProxyType({})

    def text(self, record: NamedTuple) -> str:
        """A record as JSON."""
        return json.dumps(record, ensure_ascii=False, separators=(",", ":"))

    def record(self, text: str) -> Any:  # noqa: ANN401 - a record of `shape`
        """The record of a JSON text."""
        values = dict(zip(self.shape._fields, json.loads(text), strict=True))
        for name, restore in self.nested.items():
            values[name] = restore(values[name])
        return self.shape(**values)


def _each(shape: type[Any]) -> Callable[[Any], Any]:
    return lambda values: tuple(shape(*value) for value in values)


def _one(shape: type[Any]) -> Callable[[Any], Any]:
    return lambda values: None if values is None else shape(*values)


def _created_at(record: Payment | Refund | Payout | Split) -> int:
    return record.created_at


def _moves(values: list[list[Any]]) -> tuple[PlannedTransition, ...]:
    return tuple(PlannedTransition(*value[:-1])._replace(notification_faults=restored(value[-1])) for value in values)


_STORY = {"plan": _moves, "notification_faults": restored}
_KINDS = (
    RecordKind("payments", Payment, lambda payment: payment.trade_id, lambda payment: payment.order_id, _created_at,
               nested={**_STORY, "card": _one(CardUse), "refunded": _one(Refunded), "divided": _one(Divided),
                       "behind": _one(Behind)}),
    RecordKind("refunds", Refund, lambda refund: refund.refund_id, lambda refund: refund.trade_id, _created_at, _STORY),
    RecordKind("payouts", Payout, lambda payout: payout.payout_id, dated=_created_at, nested=_STORY),
    RecordKind("splits", Split, lambda split: split.transfer_id, lambda split: split.split_id, _created_at,
               {**_STORY, "shares": _each(Share)}),
    RecordKind("movements", Movement, lambda movement: movement.movement_id, dated=lambda movement: movement.at),
    RecordKind("daily_totals", DailyTotal, lambda total: total.total_id, lambda total: total.day),
    RecordKind("balances", Balance, lambda balance: balance.currency),
    RecordKind("card_tokens", CardToken, lambda token: token.token),
    RecordKind("scenario_queues", ScenarioQueue, lambda queue: queue.name, nested={"entries": _each(Queued)}),
    RecordKind("answers_played", AnswersPlayed, lambda played: played.known_as),
    RecordKind("used_references", UsedReference, lambda used: f"{used.purpose} {used.text}"),
)  # fmt: skip
KINDS: Mapping[type[Any], RecordKind] = MappingProxyType({kind.shape: kind for kind in _KINDS})
"""Every kind of record by its class."""

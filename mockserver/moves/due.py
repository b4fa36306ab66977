"""The moves that fall due, by the kind of what moves."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from mockserver.moves import payments, payouts, refunds, splits

if TYPE_CHECKING:
    from mockserver.store.contract import Account, Task, UnitOfWork

_MOVERS = MappingProxyType(
    {
        "payment": payments.do_next_move,
        "refund": refunds.do_next_move,
        "payout": payouts.do_next_move,
        "split": splits.do_next_move,
    }
)


def do_next_move(unit: UnitOfWork, account: Account, task: Task) -> None:
    """Do the move that a task is about; a task about nothing is passed over."""
    _MOVERS[task.kind](unit, account, task.about)

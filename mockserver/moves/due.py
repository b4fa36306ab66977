"""The moves that fall due, by the kind of what moves."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from mockserver.moves import payments, payouts, refunds, splits

if TYPE_CHECKING:
    from mockserver.store.contract import Account, UnitOfWork

_MOVERS = MappingProxyType(
    {
        "payment": payments.do_next_move,
        "refund": refunds.do_next_move,
        "payout": payouts.do_next_move,
        "split": splits.do_next_move,
    }
)


def do_due_moves(unit: UnitOfWork, account: Account, now: int, limit: int | None = None) -> int:
    """Do the moves that are due, in the order of their instants, with those that they cause; gives their number.

    A task about nothing is passed over.
    """
    done = 0
    while (limit is None or done < limit) and (task := unit.take_move(now)) is not None:
        _MOVERS[task.kind](unit, account, task.about)
        done += 1
    return done

"""A split of a paid order among receivers, what is returned of it, and their state table (protocol.md 5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from mockserver.evidence import Fact
from mockserver.payments.states import PlannedMove, StateTable

if TYPE_CHECKING:
    from mockserver.payments.telling import Telling

SplitState = Literal["Processing", "Success", "Failed", "Cancelled"]
SplitType = Literal["Split", "Return"]

SPLIT_STATES: StateTable[SplitState] = StateTable(
    "split",
    ("Processing",),
    {
        "Processing": frozenset({"Success", "Failed", "Cancelled"}),
        "Success": frozenset(),
        "Failed": frozenset(),
        "Cancelled": frozenset(),
    },
)

USUAL_SPLIT: tuple[SplitState, ...] = ("Success",)
"""What happens to a split that no scenario speaks of, a pay delay later."""


class Share(NamedTuple):
    """What one receiver gets by a split, or gives back by a return; `amount` in hundredths.

    `split_detail_id` names the share of the split; `refund_split_detail_id` is empty in a split.
    """

    merchant_mid: str
    merchant_name: str
    detail_reference_id: str
    split_detail_id: str
    refund_split_detail_id: str
    amount: int
    role: str
    description: str
    result: SplitState


class Split(NamedTuple):
    """One split of an order, or one return of a split.

    `transfer_id` is the split's own id, or in a return the id of the return; `split_id` is the split's in both.
    """

    transfer_id: str
    number: int
    type: SplitType
    split_id: str
    trade_id: str
    user: str
    reference_id: str
    reference: str
    split_solution_id: str
    split_completed: bool
    currency: str
    shares: tuple[Share, ...]
    notify_url: str
    scenario: str
    created_at: int
    state: SplitState
    plan: tuple[PlannedMove, ...]
    telling: Telling | None = None

    @property
    def amount(self) -> int:
        """Hundredths that all receivers get together."""
        return sum(share.amount for share in self.shares)


EVIDENCE = (
    Fact(
        "split states",
        "Processing leads to Success, Failed or Cancelled; each receiver has its own result.",
        "documented",
        "5.4",
    ),
    Fact("split states", "The receivers' results follow the state of the split.", "assumed", "5.4"),
)

"""The checks of an examination, in the order of the report. Each is one entry; nothing else lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.examine.checks.answers import ANSWERS
from mockserver.examine.checks.forgeries import FORGERIES, MISMATCHES
from mockserver.examine.checks.forms import FORMS, RETURNS
from mockserver.examine.checks.payments import PAYMENTS, REPETITIONS
from mockserver.examine.checks.refunds import REFUNDS

if TYPE_CHECKING:
    from mockserver.examine.steps import Check

CHECKS: tuple[Check, ...] = (
    *PAYMENTS, *REPETITIONS, *FORGERIES, *MISMATCHES, *REFUNDS, *FORMS, *RETURNS, *ANSWERS,
)  # fmt: skip
"""All checks. The first one is carried out alone, as it shows whether the shop can be examined at all."""

__all__ = ["ANSWERS", "CHECKS"]

"""Merchants with two mistakes, each of which must be found beside the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.examine.shops.answers import HtmlShop
from tests.examine.shops.bodies import EmptyBodyShop
from tests.examine.shops.matching import BelievesAmountShop
from tests.examine.shops.repetition import ShipsAgainShop
from tests.examine.shops.signatures import NoSignatureShop
from tests.examine.shops.states import ForgetsAfterExpiryShop, OlderProcessingShop, PartIsWholeShop, VerifyIsPaidShop
from tests.examine.shops.visits import TrustsReturnShop

if TYPE_CHECKING:
    from tests.examine.shops.merchant import Shop


class ForgedAgainShop(NoSignatureShop, ShipsAgainShop):
    """Never looks at the signature, and ships at every repetition."""

    costs = f"{NoSignatureShop.costs}; {ShipsAgainShop.costs}"


class CheapAndLateShop(BelievesAmountShop, ForgetsAfterExpiryShop):
    """Never compares the amount, and forgets money after the expiry."""

    costs = f"{BelievesAmountShop.costs}; {ForgetsAfterExpiryShop.costs}"


class PartAndOlderShop(PartIsWholeShop, OlderProcessingShop):
    """Takes a partial refund for a whole one, and lets an older processing undo paid."""

    costs = f"{PartIsWholeShop.costs}; {OlderProcessingShop.costs}"


class EmptyAndVerifyShop(EmptyBodyShop, VerifyIsPaidShop):
    """Crashes at an empty body, and takes verify for paid."""

    costs = f"{EmptyBodyShop.costs}; {VerifyIsPaidShop.costs}"
    verdict = VerifyIsPaidShop.verdict


class ReturnAndHtmlShop(TrustsReturnShop, HtmlShop):
    """Believes the payer's browser, and answers ok inside HTML."""

    costs = f"{TrustsReturnShop.costs}; {HtmlShop.costs}"
    verdict = TrustsReturnShop.verdict


SHOPS: tuple[type[Shop], ...] = (
    ForgedAgainShop, CheapAndLateShop, PartAndOlderShop, EmptyAndVerifyShop, ReturnAndHtmlShop,
)  # fmt: skip

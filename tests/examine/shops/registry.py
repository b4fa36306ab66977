"""All shops: the right ones, those with one mistake, and those with two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.examine.shops import answers, bodies, doubles, matching, repetition, right, signatures, states, visits
from tests.examine.shops.command import CommandShop

if TYPE_CHECKING:
    from tests.examine.shops.merchant import Shop

RIGHT: tuple[type[Shop], ...] = (*right.RIGHT, CommandShop)
WRONG: tuple[type[Shop], ...] = tuple(
    shop for subject in (signatures, matching, repetition, states, bodies, visits, answers) for shop in subject.SHOPS
)
DOUBLE = doubles.SHOPS
BY_NAME = {shop.__name__: shop for shop in (*RIGHT, *WRONG, *DOUBLE)}

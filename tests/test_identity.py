from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from mockserver import identity

if TYPE_CHECKING:
    from collections.abc import Callable

SHAPES = [
    (identity.trade_id, r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    (identity.yb_transaction_id, r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    (identity.out_trade_no, r"[0-9]{20}"),
    (identity.wallet_transaction_id, r"4200[0-9]{24}"),
    (identity.mini_program_transaction_id, r"28166[0-9]{8}[0-9A-Za-z]{23}"),
]


@pytest.mark.parametrize(("make", "shape"), SHAPES)
def test_ids_have_the_published_shapes_and_differ(make: Callable[[str, int], str], shape: str) -> None:
    ids = [make("seed", number) for number in range(2000)]
    assert all(re.fullmatch(shape, made) for made in ids)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("make", [make for make, _ in SHAPES])
def test_one_seed_gives_the_same_ids_and_another_others(make: Callable[[str, int], str]) -> None:
    assert make("seed", 1) == make("seed", 1) != make("other", 1)


def test_a_trade_and_its_transaction_have_different_ids() -> None:
    assert identity.trade_id("seed", 1) != identity.yb_transaction_id("seed", 1)


def test_names_come_from_the_seed() -> None:
    assert identity.store_names("a") == identity.store_names("a") != identity.store_names("b")
    assert all(identity.store_names("a"))


def test_new_seeds_differ() -> None:
    assert identity.new_seed() != identity.new_seed()

"""Lists of dated records in a database, with blocks that are small enough to use all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.domain.payments.payment import Payment
from mockserver.domain.unit_of_work import Choice, Clues
from mockserver.store.sql import changes, lists
from mockserver.store.sql.opening import open_sql_store
from tests.store.samples import ANNA, payment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mockserver.store.contract import Store

STATES = ("paid", "processing", "expired")
SHAPES = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    for module in (changes, lists):
        monkeypatch.setattr(module, "BLOCK", 3)
        monkeypatch.setattr(module, "SUPERBLOCK", 9)
    monkeypatch.setattr(lists, "_PER_SUPERBLOCK", 3)
    made = open_sql_store(f"sqlite:///{tmp_path / 'sandbox.db'}", 3)
    yield made
    made.close()


def fill(store: Store, dates: Sequence[int], states: Sequence[int]) -> list[Payment]:
    """An account with a payment for each date, in one of the states at random."""
    store.drop_account("anna")
    store.open_account(ANNA)
    made = [
        payment(f"t{place}", number=place + 1, created_at=at, state=STATES[states[place % len(states)]])
        for place, at in enumerate(dates)
    ]
    with store.unit("anna") as unit:
        for one in made:
            unit.put(one._replace(state="pending"))
    with store.unit("anna") as unit:
        for one in made:
            unit.put(one)
    return sorted(made, key=lambda one: (one.created_at, one.number))


def chosen(made: Sequence[Payment], choice: Choice) -> list[Payment]:
    end = (choice.until, choice.before) if choice.before else (choice.until + 1, 0)
    return [
        one for one in made
        if (choice.since, choice.after) < (one.created_at, one.number) < end and choice.state in {None, one.state}
    ]  # fmt: skip


def assert_lists(store: Store, made: Sequence[Payment], choices: Sequence[Choice]) -> None:
    with store.read("anna") as view:
        for choice in choices:
            expected = chosen(made, choice)
            assert view.count(Payment, choice) == len(expected)
            assert view.page(Payment, choice) == expected[choice.skip : choice.skip + choice.limit]
            assert list(view.newest(Payment, choice, Clues(), 5).records) == expected[::-1][: min(choice.limit, 5)]


CHOICES = st.builds(
    Choice, st.integers(0, 12), st.integers(0, 14), st.sampled_from([None, *STATES]), st.integers(0, 40),
    st.integers(1, 9), st.integers(0, 45), st.integers(0, 45),
)  # fmt: skip


@SHAPES
@given(
    st.lists(st.integers(0, 2), max_size=60),
    st.lists(st.integers(0, 2), min_size=1, max_size=7),
    st.lists(CHOICES, min_size=5),
)
def test_lists_are_those_of_the_records(
    store: Store, steps: list[int], states: list[int], choices: list[Choice]
) -> None:
    dates = [sum(steps[: place + 1]) // 3 for place in range(len(steps))]
    assert_lists(store, fill(store, dates, states), choices)


@SHAPES
@given(
    st.lists(st.integers(0, 12), max_size=30),
    st.lists(st.integers(0, 2), min_size=1, max_size=7),
    st.lists(CHOICES, min_size=5),
)
def test_records_that_come_out_of_order_are_listed_in_order(
    store: Store, dates: list[int], states: list[int], choices: list[Choice]
) -> None:
    assert_lists(store, fill(store, dates, states), choices)


def test_every_page_of_many_is_found(store: Store) -> None:
    made = fill(store, [place // 4 for place in range(200)], [0, 1, 1, 2, 0])
    with store.read("anna") as view:
        for state in (None, *STATES):
            for since in (0, 7, 20):
                choice = Choice(since, 49, state, 0, 7)
                expected = chosen(made, choice)
                for skip in range(0, 210, 7):
                    assert view.page(Payment, choice._replace(skip=skip)) == expected[skip : skip + 7]

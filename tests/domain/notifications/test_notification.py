from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.domain.notifications.notification import Attempt, next_attempt
from mockserver.settings import Settings

PLAN = (15_000, 30_000, 60_000)


def attempt(at: int = 0, status: int | None = 200, answer: bytes = b"no") -> Attempt:
    return Attempt(1, 1, at, "https://shop.example", b"{}", status, answer, "", 3)


def test_the_first_attempt_is_made_at_once() -> None:
    assert next_attempt([], PLAN, 1000) == 1000


def test_later_attempts_follow_the_plan_from_the_first() -> None:
    assert next_attempt([attempt(1000)], PLAN, 1003) == 16_000
    assert next_attempt([attempt(1000), attempt(16_000)], PLAN, 16_003) == 31_000


def test_an_instant_that_has_passed_is_kept_at_once() -> None:
    assert next_attempt([attempt(1000)], PLAN, 20_000) == 20_000


def test_the_plan_comes_to_an_end() -> None:
    assert next_attempt([attempt()] * 4, PLAN, 0) is None
    assert next_attempt([attempt()], (), 0) is None


def test_an_accepted_notification_is_not_sent_again() -> None:
    assert next_attempt([attempt(answer=b"ok")], PLAN, 0) is None


@pytest.mark.parametrize(
    ("status", "answer", "accepted"),
    [(200, b"ok", True), (200, b" ok\r\n", True), (204, b"ok", True), (299, b"ok", True), (200, b"OK", False),
     (200, b"bad", False), (200, b"", False), (200, b"ok!", False), (200, b'"ok"', False), (199, b"ok", False),
     (302, b"ok", False), (500, b"ok", False), (None, b"ok", False)],
)  # fmt: skip
def test_only_a_2xx_answer_of_ok_accepts(status: int | None, answer: bytes, *, accepted: bool) -> None:
    assert attempt(status=status, answer=answer).accepted is accepted


def test_the_default_plan_is_the_one_of_the_decisions() -> None:
    seconds = [milliseconds // 1000 for milliseconds in Settings().retry_plan]
    assert seconds == [15, 30, 60, 300, 1800, 3600, 7200, 21_600, 54_000]


@given(st.lists(st.integers(1, 10**6), max_size=8).map(sorted), st.integers(0, 10**6))
def test_a_dead_merchant_is_tried_once_more_than_the_plan_has_entries(plan: list[int], start: int) -> None:
    attempts: list[Attempt] = []
    now: int | None = start
    while (now := next_attempt(attempts, plan, now if now is not None else 0)) is not None:
        assert now >= start
        attempts.append(attempt(at=now, status=None))
    assert len(attempts) == len(plan) + 1
    assert [tried.at - start for tried in attempts] == [0, *plan]

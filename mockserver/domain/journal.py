"""The journal: every request to the gateway with its answer."""

from __future__ import annotations

from typing import NamedTuple


class Exchange(NamedTuple):
    """One request to the gateway and its answer, as the journal keeps them.

    `trade_id` and `scenario` are empty when there was none; `reason` is empty for an accepted
    request that nothing was done to; `duration` is in microseconds. `explanation` is what was found out about a
    refusal, as JSON.
    """

    number: int
    at: int
    user: str
    method: str
    code: str
    trade_id: str
    scenario: str
    reason: str
    string_to_sign: str
    request: bytes
    answer: bytes
    duration: int
    explanation: str = ""

"""What is known of a request while it is answered: whatever comes of it, the journal gets that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.clock import stopwatch
from mockserver.payments.cards import masked
from mockserver.store.contract import NOBODY, Account, Exchange

if TYPE_CHECKING:
    from mockserver.gateway.request import Request
    from mockserver.phpvalues import Value

_LONGEST_JOURNALLED = 16 * 1024
_LONGEST_METHOD = 100
_SHORTEST_SECRET = 8  # a shorter one may stand in any text
_HIDDEN = "***"


class Hearing:
    """One request, and what has been found out about it so far."""

    __slots__ = (
        "account", "envelope", "explanation", "has_ticked", "method", "request", "scenario", "started",
        "string_to_sign", "trade_id",
    )  # fmt: skip

    def __init__(self, request: Request) -> None:
        """Nothing is known but the request."""
        self.request = request
        self.started = stopwatch()
        self.account: Account | None = None
        self.envelope: dict[str, Value] = {}
        self.method = ""
        self.scenario = ""
        self.string_to_sign = ""
        self.trade_id = ""
        self.explanation = ""
        self.has_ticked = False

    @property
    def owner(self) -> str:
        """The user whose journal keeps the request."""
        return NOBODY if self.account is None else self.account.user

    def exchange(self, number: int, at: int, code: str, reason: str, answer: bytes) -> Exchange:
        """The journal's entry; card numbers and the secret key are masked in it."""
        body = self.request.body
        plain = body.decode("utf-8", "replace")
        request, text = body, self.string_to_sign
        if (shown := self._masked(plain)) is not plain:
            request, text = shown.encode("utf-8", "replace"), self._masked(text)
            reason, answer = masked(reason), self._masked(answer.decode("utf-8", "replace")).encode("utf-8", "replace")
        return Exchange(
            number=number,
            at=at,
            user=self.owner,
            method=self.method[:_LONGEST_METHOD],
            code=code,
            trade_id=self.trade_id,
            scenario=self.scenario,
            reason=reason,
            string_to_sign=text[:_LONGEST_JOURNALLED],
            request=request[:_LONGEST_JOURNALLED],
            answer=answer,
            duration=round((stopwatch() - self.started) * 1_000_000),
            explanation=self.explanation and self._masked(self.explanation),
        )

    def _masked(self, text: str) -> str:
        """A text without card numbers, and without the account's key, which merchants send by mistake."""
        shown = masked(text)
        secret = "" if self.account is None else self.account.secret_key
        if len(secret) >= _SHORTEST_SECRET and secret in shown:
            return shown.replace(secret, _HIDDEN)
        return shown

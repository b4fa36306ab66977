"""The state of a request while it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.clock import stopwatch
from mockserver.domain.accounts import ANONYMOUS, Account
from mockserver.domain.codes import SUCCESS
from mockserver.domain.timeline import Exchange
from mockserver.gateway.journal import (
    LONGEST_JOURNALLED,
    LONGEST_NAME,
    Contents,
    ContentsMask,
    UnmaskedExchange,
    microseconds,
)

if TYPE_CHECKING:
    from mockserver.domain.timeline import JournalEntry
    from mockserver.gateway.request import Request
    from mockserver.masking import Secrets
    from mockserver.signing.php import Value


class RequestContext:
    """One request, and what is known about it so far."""

    __slots__ = (
        "account", "envelope", "explanation", "has_ticked", "method", "request", "scenario", "secrets", "started",
        "string_to_sign", "trade_id",
    )  # fmt: skip

    def __init__(self, request: Request, secrets: Secrets) -> None:
        self.request = request
        self.secrets = secrets
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
        """The user whose journal stores the request."""
        return ANONYMOUS if self.account is None else self.account.user

    def mask(self, text: str) -> str:
        account = self.account
        return self.secrets.text(text, "" if account is None else account.secret_key, everyone=account is None)

    def journal_entry(self, number: int, at: int, code: str, reason: str, answer: bytes) -> JournalEntry:
        """The journal's entry for the answered request; one of an accepted request is masked when it is read."""
        account, request = self.account, self.request.body
        is_short = len(request) <= LONGEST_JOURNALLED and len(answer) <= LONGEST_JOURNALLED
        if code == SUCCESS and not reason and is_short and account is not None:
            return UnmaskedExchange(self, account, number, at, answer)
        # A header of the answer shows the reason, and long contents must not wait in memory.
        summary = Exchange(
            number, at, self.owner, self.method, code, self.trade_id[:LONGEST_NAME], self.scenario[:LONGEST_NAME],
            "", "", b"", b"", microseconds(stopwatch() - self.started), self.explanation,
        )  # fmt: skip
        mask = ContentsMask(self.secrets, "" if account is None else account.secret_key, everyone=account is None)
        return mask.exchange(summary, Contents(self.method, reason, self.string_to_sign, request, answer))

"""The state of a request while it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.clock import stopwatch
from mockserver.domain.accounts import ANONYMOUS, Account
from mockserver.domain.timeline import Exchange
from mockserver.gateway.journal import LONGEST_JOURNALLED, Contents, ContentsMask, UnmaskedExchange

if TYPE_CHECKING:
    from mockserver.domain.timeline import JournalEntry
    from mockserver.gateway.request import Request
    from mockserver.masking import Secrets
    from mockserver.signing.php import Value

_LONGEST_NAME = 200


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
        account, duration = self.account, round((stopwatch() - self.started) * 1_000_000)
        summary = Exchange(
            number, at, ANONYMOUS if account is None else account.user, self.method, code,
            self.trade_id[:_LONGEST_NAME], self.scenario[:_LONGEST_NAME], "", "", b"", b"", duration, self.explanation,
        )  # fmt: skip
        contents = Contents(self.method, reason, self.string_to_sign, self.request.body, answer)
        if account is None:
            return ContentsMask(self.secrets, everyone=True).exchange(summary, contents)
        if reason or len(contents.request) > LONGEST_JOURNALLED or len(answer) > LONGEST_JOURNALLED:
            # A header of the answer shows the reason, and long contents must not wait in memory.
            return ContentsMask(self.secrets, account.secret_key).exchange(summary, contents)
        return UnmaskedExchange(summary, contents, self.secrets, account.secret_key)

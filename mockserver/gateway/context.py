"""The state of a request while it is answered, and what the journal keeps of an accepted one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.clock import stopwatch
from mockserver.domain.accounts import ANONYMOUS, Account
from mockserver.domain.codes import SUCCESS
from mockserver.domain.timeline import Exchange, may_mention, order_id_in
from mockserver.gateway.journal import LONGEST_JOURNALLED, LONGEST_NAME, Contents, ContentsMask

if TYPE_CHECKING:
    from mockserver.domain.timeline import JournalEntry
    from mockserver.gateway.request import Request
    from mockserver.masking import Moment, Secrets
    from mockserver.signing.php import Value


class RequestContext:
    """One request, and what is known about it so far."""

    __slots__ = (
        "account", "envelope", "explanation", "has_ticked", "hint", "method", "request", "scenario", "secrets",
        "started", "string_to_sign", "trade_id",
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
        self.hint = ""
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
        if code == SUCCESS and not reason and not self.hint and is_short and account is not None:
            return UnmaskedExchange(self, account, number, at, answer)
        # Headers of the answer show the reason and the hint, and long contents must not wait in memory.
        summary = Exchange(
            number, at, self.owner, self.method, code, self.trade_id[:LONGEST_NAME], self.scenario[:LONGEST_NAME],
            "", "", b"", b"", _microseconds(stopwatch() - self.started), self.explanation,
        )  # fmt: skip
        mask = ContentsMask(self.secrets, "" if account is None else account.secret_key, everyone=account is None)
        return mask.exchange(summary, Contents(self.method, reason, self.string_to_sign, request, answer, self.hint))


class UnmaskedExchange:
    """An accepted exchange whose contents are as they came; it is made when somebody reads it, and masked then.

    Masking takes time, and few exchanges of accepted requests are ever read. Keys that were removed in the meantime are
    masked too.
    """

    __slots__ = (
        "_answer", "_duration", "_exchange", "_key", "_moment", "_request", "_secrets", "_string_to_sign",
        "at", "method", "number", "scenario", "trade_id", "user",
    )  # fmt: skip
    code = SUCCESS
    reason = ""
    hint = ""

    def __init__(self, context: RequestContext, account: Account, number: int, at: int, answer: bytes) -> None:
        self.number = number
        self.at = at
        self.user = account.user
        self.method = context.method
        self.trade_id = context.trade_id
        self.scenario = context.scenario
        self._string_to_sign = context.string_to_sign
        self._request = context.request.body
        self._answer = answer
        self._duration = stopwatch() - context.started
        self._secrets = context.secrets
        self._key = account.secret_key
        self._moment: Moment | None = context.secrets.moment()
        self._exchange: Exchange | None = None

    @property
    def order_id(self) -> str:
        request, exchange = self._request, self._exchange
        return order_id_in(request) if exchange is None else exchange.order_id

    def may_mention(self, text: str) -> bool:
        request, exchange = self._request, self._exchange
        if exchange is not None:
            return exchange.may_mention(text)
        return text in self.trade_id or may_mention(request, text)

    def masked(self) -> Exchange:
        contents = Contents(self.method, "", self._string_to_sign, self._request, self._answer)
        moment = self._moment
        if self._exchange is None:  # asked after reading the others, as another thread may be masking it too
            summary = Exchange(
                self.number, self.at, self.user, self.method, self.code, self.trade_id[:LONGEST_NAME],
                self.scenario[:LONGEST_NAME], "", "", b"", b"", _microseconds(self._duration),
            )  # fmt: skip
            self._exchange = ContentsMask(self._secrets, self._key, since=moment).exchange(summary, contents)
            self._moment, self._string_to_sign, self._request, self._answer = None, "", b"", b""
        return self._exchange


def _microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)

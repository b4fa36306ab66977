"""The state of a request while it is answered, and the exchange that the journal stores of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mockserver.clock import stopwatch
from mockserver.domain.accounts import ANONYMOUS, Account
from mockserver.domain.timeline import Exchange
from mockserver.masking import speaks_of_cards

if TYPE_CHECKING:
    from mockserver.gateway.request import Request
    from mockserver.masking import Secrets
    from mockserver.signing.php import Value

LONGEST_JOURNALLED = 16 * 1024
"""The limits of a stored request and answer, in bytes each, and of the string to sign, in characters.

Together with the explanation, an exchange has less than 160 KiB.
"""

LONGEST_REASON = 2000
_LONGEST_METHOD = 100
_LONGEST_NAME = 200


class _Parts(NamedTuple):
    """The parts of an exchange that may have a secret."""

    method: str
    reason: str
    string_to_sign: str
    request: bytes
    answer: bytes


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

    @property
    def _own_key(self) -> str:
        return "" if self.account is None else self.account.secret_key

    def exchange(self, number: int, at: int, code: str, reason: str, answer: bytes) -> Exchange:
        """The journal's entry, with masked card numbers and secret keys, and with limited lengths."""
        parts = _Parts(self.method, reason, self.string_to_sign, self.request.body, answer)
        if not self._are_harmless(parts):
            parts = self._masked(parts)
        return Exchange(
            number=number,
            at=at,
            user=self.owner,
            method=parts.method[:_LONGEST_METHOD],
            code=code,
            trade_id=self.trade_id[:_LONGEST_NAME],
            scenario=self.scenario[:_LONGEST_NAME],
            reason=shortened(parts.reason, LONGEST_REASON),
            string_to_sign=parts.string_to_sign[:LONGEST_JOURNALLED],
            request=_beginning(parts.request),
            answer=_beginning(parts.answer),
            duration=round((stopwatch() - self.started) * 1_000_000),
            explanation=self.explanation,
        )

    def _are_harmless(self, parts: _Parts) -> bool:
        """Whether there is certainly nothing to mask. Fast, as it runs for each accepted request; see `Secrets`."""
        if self.account is None or len(parts.request) > LONGEST_JOURNALLED:
            return False
        key, secrets = self.account.secret_key, self.secrets
        other = parts.answer[: LONGEST_JOURNALLED + secrets.margin]
        if parts.reason:
            other += b"\n" + parts.reason.encode("utf-8", "surrogatepass")
        return secrets.are_absent(parts.request, other, key)

    def _masked(self, parts: _Parts) -> _Parts:
        about_cards = speaks_of_cards(parts.request)
        return _Parts(
            self._text(parts.method, about_cards=about_cards),
            self._text(parts.reason, about_cards=about_cards),
            self._text(parts.string_to_sign, about_cards=about_cards),
            self._content(parts.request, about_cards=about_cards),
            self._content(parts.answer, about_cards=about_cards),
        )

    def mask(self, text: str) -> str:
        return self.secrets.text(text, self._own_key, everyone=self.account is None)

    def _text(self, text: str, *, about_cards: bool) -> str:
        beginning = text[: LONGEST_JOURNALLED + self.secrets.margin + 1].encode("utf-8", "surrogatepass")
        return self._content(beginning, about_cards=about_cards).decode("utf-8", "ignore")

    def _content(self, content: bytes, *, about_cards: bool) -> bytes:
        """The masked beginning of a content, within the limit. A secret that the limit would cut is left out."""
        margin = self.secrets.margin
        beginning = content[: LONGEST_JOURNALLED + margin]
        everyone = self.account is None
        shown = self.secrets.content(beginning, self._own_key, everyone=everyone, about_cards=about_cards)
        return shown if len(beginning) == len(content) else _beginning(shown, max(0, len(shown) - margin))


def _beginning(content: bytes, end: int = LONGEST_JOURNALLED) -> bytes:
    """At most `end` bytes, without an incomplete character at the end."""
    if len(content) <= end:
        return content
    least = max(0, end - 3)
    while end > least and content[end] & 0xC0 == 0x80:  # noqa: PLR2004 - inside a character of UTF-8
        end -= 1
    return content[:end]


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"

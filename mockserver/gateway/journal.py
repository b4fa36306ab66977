"""What the journal keeps of a request: an exchange, with secrets masked and with limited lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mockserver.masking import speaks_of_cards

if TYPE_CHECKING:
    from mockserver.domain.timeline import Exchange
    from mockserver.masking import Moment, Secrets

LONGEST_JOURNALLED = 16 * 1024
"""The limits of a stored request and answer, in bytes each, and of the string to sign, in characters.

Together with the explanation, an exchange has less than 160 KiB.
"""

LONGEST_NAME = 200
LONGEST_REASON = 2000
_LONGEST_METHOD = 100


class Contents(NamedTuple):
    """The parts of an exchange that may have a secret."""

    method: str
    reason: str
    string_to_sign: str
    request: bytes
    answer: bytes
    hint: str = ""


class ContentsMask(NamedTuple):
    """Masks the contents of one exchange; `key` is that of its account, `everyone` is for an unknown user."""

    secrets: Secrets
    key: str = ""
    everyone: bool = False
    since: Moment | None = None

    def exchange(self, summary: Exchange, contents: Contents) -> Exchange:
        """The exchange with its contents, masked and shortened."""
        if not self._are_harmless(contents):
            contents = self._masked(contents)
        return summary._replace(
            method=contents.method[:_LONGEST_METHOD],
            reason=shortened(contents.reason, LONGEST_REASON),
            string_to_sign=contents.string_to_sign[:LONGEST_JOURNALLED],
            request=_beginning(contents.request),
            answer=_beginning(contents.answer),
            hint=shortened(contents.hint, LONGEST_REASON),
        )

    def _are_harmless(self, contents: Contents) -> bool:
        """Whether there is certainly nothing to mask. Fast, as it holds for nearly all; see `Secrets`."""
        if self.everyone or len(contents.request) > LONGEST_JOURNALLED:
            return False
        other = contents.answer[: LONGEST_JOURNALLED + self.secrets.margin]
        if contents.reason or contents.hint:
            other += f"\n{contents.reason}\n{contents.hint}".encode("utf-8", "surrogatepass")
        return self.secrets.are_absent(contents.request, other, self.key, self.since)

    def _masked(self, contents: Contents) -> Contents:
        about_cards = speaks_of_cards(contents.request)
        return Contents(
            self._text(contents.method, about_cards=about_cards),
            self._text(contents.reason, about_cards=about_cards),
            self._text(contents.string_to_sign, about_cards=about_cards),
            self._content(contents.request, about_cards=about_cards),
            self._content(contents.answer, about_cards=about_cards),
            self._text(contents.hint, about_cards=about_cards),
        )

    def _text(self, text: str, *, about_cards: bool) -> str:
        beginning = text[: LONGEST_JOURNALLED + self.secrets.margin + 1].encode("utf-8", "surrogatepass")
        return self._content(beginning, about_cards=about_cards).decode("utf-8", "ignore")

    def _content(self, content: bytes, *, about_cards: bool) -> bytes:
        """The masked beginning of a content, within the limit. A secret that the limit would cut is left out."""
        margin = self.secrets.margin
        beginning = content[: LONGEST_JOURNALLED + margin]
        shown = self.secrets.content(
            beginning, self.key, everyone=self.everyone, about_cards=about_cards, since=self.since
        )
        return shown if len(beginning) == len(content) else _beginning(shown, max(0, len(shown) - margin))


def _beginning(content: bytes, end: int = LONGEST_JOURNALLED) -> bytes:
    """At most `end` bytes, without an incomplete character at the end."""
    if len(content) <= end:
        return content
    least = max(0, end - 3)
    while end > least and content[end] & 0xC0 == 0x80:  # noqa: PLR2004 - inside a character of UTF-8
        end -= 1
    return content[:end]


def may_be_cut(content: bytes) -> bool:
    """Whether a content of the journal is so long that it may be only the beginning of what was sent."""
    return len(content) > LONGEST_JOURNALLED - 4


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"

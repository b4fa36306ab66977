"""What is sent and answered, and what an answer shows. No I/O."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from mockserver.masking import HIDDEN, Secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHOWN = 600
_SHORTEST_ANYWHERE = 6  # characters
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SIGN = re.compile(r"[0-9a-fA-F]{64}")
_TIME = re.compile(r"(?<![\d.])\d{10}(?:\d{3})?(?![\d.])")
_ADDRESS = re.compile(r"https?://[^\s\"'<>\\]+")


class Unclear(Exception):
    """An answer does not show which behaviour the gateway has; the message says why."""


class RawRequest(NamedTuple):
    """A request as it goes over the wire; `path` begins with a slash."""

    body: bytes
    http_method: str = "POST"
    path: str = "/Payments"
    content_type: str = "application/json"


@dataclass(frozen=True)
class RawAnswer:
    """An HTTP response; if there was none, `problem` says why, and `was_sent` whether there was a request."""

    status: int = 0
    content_type: str = ""
    body: bytes = b""
    problem: str = ""
    was_sent: bool = True

    @cached_property
    def envelope(self) -> dict[str, Any] | None:
        """The gateway's envelope, or None if the answer has none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        is_envelope = isinstance(found, dict) and isinstance(found.get("code"), (str, int)) and "status" in found
        return found if is_envelope else None

    @property
    def code(self) -> str:
        """The code as text; without an envelope, what came instead."""
        if self.envelope is None:
            return f"HTTP {self.status} without the gateway's envelope"
        return str(self.envelope["code"])

    @property
    def data(self) -> dict[str, Any]:
        """The data of an accepted request.

        Raises:
            Unclear: the request was not accepted.
        """
        data = None if self.envelope is None else self.envelope.get("data")
        if self.code != "200" or not isinstance(data, dict):
            raise Unclear(f"the request was not accepted: {self.code}")
        return data

    @property
    def message(self) -> str:
        return "" if self.envelope is None else str(self.envelope.get("message", ""))


class Subject(NamedTuple):
    """On whose behalf requests are sent, and about which orders. `run` is a random text, part of all new order ids."""

    user: str
    secret_key: str
    run: str
    trade_ids: tuple[str, ...] = ()
    order_ids: tuple[str, ...] = ()

    @property
    def unknown_trade_id(self) -> str:
        """A trade_id that no order has."""
        digits = (self.run * 2)[:32]
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def __repr__(self) -> str:
        """Without the secret key."""
        return f"Subject({self.run!r})"


class Mask:
    """Hides in a text what belongs to one merchant or one run: keys, users, orders, addresses, times."""

    def __init__(self, subject: Subject) -> None:
        self._secrets = Secrets(keys=lambda: {subject.user: subject.secret_key})
        self._key = subject.secret_key
        known = {
            **dict.fromkeys(subject.trade_ids, "[trade_id]"),
            **dict.fromkeys(subject.order_ids, "[order_id]"),
            subject.user: "[user]",
            subject.secret_key: "[secret]",
        }
        self._labels = {form: label for text, label in known.items() for form in _forms(text)}
        longest_first = sorted(self._labels, key=len, reverse=True)
        self._known = re.compile("|".join(map(_pattern, longest_first)))
        self._run = re.compile(rf"(?:cmp)?{re.escape(subject.run)}[\w-]*")

    def text(self, text: str) -> str:
        """The text with all of it replaced by words in brackets."""
        text = self._secrets.text(text, self._key, everyone=True).replace(HIDDEN, "[secret]")
        text = self._known.sub(lambda found: self._labels[found[0]], text)
        text = self._run.sub("[id]", _SIGN.sub("[sign]", _UUID.sub("[id]", text)))
        return _TIME.sub("[time]", text)

    def shown(self, answer: RawAnswer) -> str:
        """An answer in one line, masked before it is shortened."""
        if answer.problem:
            return one_line(self.text(answer.problem if answer.was_sent else f"not sent: {answer.problem}"))
        body = _ADDRESS.sub("[address]", self.text(answer.body.decode("utf-8", "replace")))
        line = one_line(body)
        kind = "" if answer.envelope is not None else f" {one_line(self.text(answer.content_type))[:60]}".rstrip()
        return f"HTTP {answer.status}{kind} {line[:_SHOWN]}{'…' if len(line) > _SHOWN else ''}".rstrip()


def one_line(text: str) -> str:
    """A text with spaces in place of what cannot be shown: control characters and halves of surrogate pairs."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def _forms(text: str) -> tuple[str, ...]:
    """A text as it stands, in JSON and in a URL."""
    return text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], quote(text, safe="")


def _pattern(form: str) -> str:
    """A short text is only masked as a word, as it may be in others by chance."""
    return re.escape(form) if len(form) >= _SHORTEST_ANYWHERE else rf"(?<![^\W_]){re.escape(form)}(?![^\W_])"


class Answers:
    """The answers of one gateway by the names of their requests."""

    def __init__(self, found: Mapping[str, RawAnswer], mask: Mask) -> None:
        self.found = found
        self.mask = mask

    def __getitem__(self, name: str) -> RawAnswer:
        """The answer to a request.

        Raises:
            Unclear: there is none.
        """
        answer = self.found.get(name)
        if answer is None:
            raise Unclear("the request was not sent")
        if answer.problem:
            raise Unclear(answer.problem)
        return answer

    def text_of(self, name: str) -> str:
        """The message of an answer, masked, in one line."""
        return one_line(self.mask.text(self[name].message))

    def is_like(self, name: str, other: str) -> bool:
        """Whether two requests were answered alike, with code and message."""
        return (self[name].code, self.text_of(name)) == (self[other].code, self.text_of(other))

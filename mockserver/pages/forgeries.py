"""What is wrong with a notification, in words and in its body, and what it means that a shop accepted it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit

from mockserver.app import EXAMPLE_MERCHANT_PATH
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mockserver.domain.notifications.notification import Attempt, Notification
    from mockserver.pages.language import Say

_OF_SIGN = frozenset({"wrong signature", "true as signature", "signature of another account"})
_FIELDS = re.compile(r"(wrong|tampered) ((?:\w+)(?: and \w+)*)")
OF_FIELDS = {"wrong": message("wrong {fields}"), "tampered": message("tampered {fields}")}
_FORGED = message("Your shop accepted a forged notification: {defect}.")
_MISMATCHED = message("Your shop accepted a notification with a {defect}.")
DEFECTS = (
    message("wrong signature"), message("signature of another account"), message("missing signature"),
    message("true as signature"), message("unsigned fields beside the data"), message("not JSON"),
)  # fmt: skip
"""The defects of a notification that the API offers, marked for translation."""


class BodyLine(NamedTuple):
    """A line of a formatted body, and whether it is forged or differs from the order."""

    text: str
    is_forged: bool = False


def defect_in_words(defect: str, say: Say) -> str:
    """A defect, such as `wrong signature` or `tampered amount and currency`, in a language."""
    found = _FIELDS.fullmatch(defect)
    if found is None or defect in DEFECTS:
        return say(defect)
    return say(OF_FIELDS[found[1]], fields=say(" and ").join(found[2].split(" and ")))


def accepted_defect(notification: Notification, attempts: Iterable[Attempt], say: Say) -> str:
    """A sentence that says that the shop accepted what it should not have; empty if it did not.

    The sandbox's own example merchant is nobody's shop.
    """
    defect = notification.defect
    if not any(one.accepted and not _is_example(one.url) for one in attempts):
        return ""
    if notification.is_forged:
        return say(_FORGED, defect=defect_in_words(defect, say))
    return say(_MISMATCHED, defect=defect_in_words(defect, say)) if defect.startswith("wrong ") else ""


def _is_example(url: str) -> bool:
    return f"{urlsplit(url).path}/".startswith(f"{EXAMPLE_MERCHANT_PATH}/")


def body_lines(body: str, defect: str, most: int) -> list[BodyLine]:
    """A notification's body with line breaks, up to `most` characters, in which the forged lines are marked."""
    content = _content(body)
    if content is None:
        return [BodyLine(text) for text in body[:most].splitlines()]
    lines, names = json.dumps(content, ensure_ascii=False, indent=2)[:most].splitlines(), _forged_names(defect)
    is_outside = defect == "unsigned fields beside the data"
    return [
        BodyLine(
            text, _name_in(text) in names or (is_outside and _depth(text) == 1 and _name_in(text) not in _ENVELOPE)
        )
        for text in lines
    ]


_ENVELOPE = frozenset({"", "sign", "data"})


def _content(body: str) -> object:
    """The JSON of a body, also of one in the form field resultData; None if it has none."""
    for text in (body, next(iter(parse_qs(body).get("resultData", [])), "")):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    return None


def _forged_names(defect: str) -> frozenset[str]:
    if defect in _OF_SIGN:
        return frozenset({"sign"})
    found = _FIELDS.fullmatch(defect)
    return frozenset(found[2].split(" and ")) if found else frozenset()


def _name_in(line: str) -> str:
    """The name of the member that a line of formatted JSON begins with; empty if there is none."""
    found = re.match(r'\s*"(\w+)": ', line)
    return found[1] if found else ""


def _depth(line: str) -> int:
    return (len(line) - len(line.lstrip(" "))) // 2

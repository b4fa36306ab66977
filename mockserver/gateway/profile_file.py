"""Reads profiles from YAML files; each mistake is reported with file, line, field, what was expected, nearest word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockserver.durations import parse_duration
from mockserver.gateway.errors import KINDS
from mockserver.gateway.profile import FAILURE_DATA, Failure, Profile
from mockserver.scenarios.yaml_files import (
    FileProblem,
    Member,
    Object,
    Parsed,
    Text,
    Whole,
    Word,
    YamlFileError,
    read_yaml,
)
from mockserver.texts import shown

if TYPE_CHECKING:
    from pathlib import Path

    from mockserver.scenarios.yaml_files import Node

VERSION = "1"
_LARGEST_FILE = 256 * 1024
_LONGEST_CODE = 20
OPTIONAL_FIELDS = ("timeout", "os_type")
"""The fields of data that the sandbox takes as optional, and a gateway may require."""


def _code(text: str) -> str:
    if text == "200" or not text.isprintable() or not text.isascii() or len(text) > _LONGEST_CODE:
        raise ValueError(f"expected the code of a failure such as -1000, not {shown(text)}")
    return text


def _skew(text: str) -> int:
    return 0 if text == "none" else parse_duration(text)


_STATUS = Whole(200, 599)
_TYPE = Word(("text", "number"))
_KIND = Object(
    {
        "code": Member(Parsed(_code, r"^[!-~]{1,20}$", "-1000", numbers=True), "`code` of the answer"),
        "message": Member(Text(500), "`message` of the answer"),
        "http_status": Member(_STATUS, "HTTP status of the answer"),
    },
    make=lambda values: Failure(**values),
    least=1,
)
_KINDS = Object({kind: Member(_KIND, meaning) for kind, meaning in KINDS.items()}, least=1)
_FAILURES = Object(
    {
        "http_status": Member(_STATUS, "HTTP status of all failures; the setting error_http_status takes precedence"),
        "code": Member(_TYPE, "whether `code` is a JSON text or a number"),
        "data": Member(
            Word(tuple(FAILURE_DATA)),
            '`data`: [], {}, null (write "null", with quotes), an empty text, or no such field',
        ),
        "kinds": Member(_KINDS, "what differs for a kind of failure"),
    }
)
_SUCCESS = Object({"code": Member(_TYPE, "whether `code` is a JSON text or a number")})
_ORDERS = Object(
    {
        "duplicates": Member(
            Word(("accept", "return", "refuse")),
            "a repeated order_id, as the setting duplicate_orders, which takes precedence",
        ),
        "amount": Member(Word(("as sent", "two decimals")), "`amount` in the answers of methods that create a payment"),
        **{name: Member(Word(("optional", "required")), f"whether `{name}` must be sent") for name in OPTIONAL_FIELDS},
        "notify_url": Member(Word(("http", "https")), "https: only https addresses are accepted"),
        "wallet_names": Member(Word(("any case", "exact")), "exact: sub_pay_method is compared with its case"),
        "booleans": Member(Word(("accept", "refuse")), "a JSON boolean in a free text such as demo"),
    }
)
_TIME = Object(
    {
        "max_clock_skew": Member(
            Parsed(_skew, r"^(none|\d+(\.\d+)?(ms|s|m|h|d))$", "5m"),
            "how far `time` may be from the gateway's clock; none for no limit; the setting takes precedence",
        )
    }
)
PROFILE = Object(
    {
        "version": Member(Word((VERSION,)), "the version of this format", required=True),
        "failures": Member(_FAILURES, "answers to refused requests"),
        "success": Member(_SUCCESS, "answers to accepted requests"),
        "orders": Member(_ORDERS, "methods that create a payment"),
        "time": Member(_TIME, "`time` of requests"),
    }
)


class ProfileError(ValueError):
    """A profile has mistakes; the message has a line for each."""


def read_profile(file: Path) -> Profile:
    """The profile in a file.

    Raises:
        ProfileError: the file cannot be read, or has mistakes.
    """
    problems: list[FileProblem] = []

    def report(node: Node, field: str, sentence: str) -> None:
        problems.append(FileProblem.at(file, node, field, sentence))

    try:
        values = PROFILE.read(read_yaml(file, _LARGEST_FILE), "", report)
    except YamlFileError as error:
        raise ProfileError(str(FileProblem(str(file), error.line, "", str(error)))) from None
    if problems:
        raise ProfileError("\n".join(map(str, problems)))
    return _profile_of(values)


def _profile_of(values: dict[str, dict[str, Any]]) -> Profile:
    failures, orders = values.get("failures", {}), values.get("orders", {})
    given: dict[str, Any] = {
        "http_status": failures.get("http_status"),
        "failures": failures.get("kinds"),
        "failure_data": failures.get("data"),
        "failure_code": failures.get("code"),
        "success_code": values.get("success", {}).get("code"),
        "duplicate_orders": orders.get("duplicates"),
        "max_clock_skew": values.get("time", {}).get("max_clock_skew"),
        "amount": orders.get("amount"),
        "required": frozenset(name for name in OPTIONAL_FIELDS if orders.get(name) == "required"),
        "notify_url": orders.get("notify_url"),
        "wallet_names": orders.get("wallet_names"),
        "booleans": orders.get("booleans"),
    }
    return Profile(**{name: value for name, value in given.items() if value is not None})

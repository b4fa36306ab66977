"""What pages show of a signature that does not match: both strings aligned, the right sign, and lines that sign so."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from mockserver.domain.accounts import ANONYMOUS
from mockserver.explain.budget import Budget
from mockserver.explain.lines import lines_for
from mockserver.explain.signature import LONGEST_SHOWN, SignedRequest, explain_wholly
from mockserver.explain.xray import compare
from mockserver.gateway.field_errors import declared_fields
from mockserver.pages.sending import request_content, without_sign
from mockserver.signing.php import NotJsonError, parse
from mockserver.signing.signature import both_strings_to_sign, sign, signed_parameters
from mockserver.threads import breathe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from mockserver.api.schemas import ExplanationRecord
    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.timeline import Exchange
    from mockserver.explain.lines import Lines
    from mockserver.explain.signature import Explanation
    from mockserver.explain.xray import Xray
    from mockserver.signing.php import Value

_MOST_KEYS = 500


class StringDifference(NamedTuple):
    """Two strings to sign, cut where they differ: what is equal, and of each the first other character and the rest."""

    equal: str
    expected: tuple[str, str]
    sent: tuple[str, str]


class SignatureFindings(NamedTuple):
    """`xray` is None where the client's string is unknown, and `right_sign` empty where it cannot be computed."""

    difference: StringDifference | None
    xray: Xray | None
    right_sign: str
    lines: dict[str, tuple[Lines, ...]]


def string_difference(explanation: Explanation | ExplanationRecord) -> StringDifference | None:
    """Where the two strings of an explanation differ; None where that is not known."""
    if explanation.first_difference is None or not explanation.client_string:
        return None
    at = explanation.first_difference - explanation.shown_from
    equal = explanation.sandbox_string.encode()[:at].decode("utf-8", "ignore")
    place = len(equal)
    expected, sent = (
        (text[place : place + 1], text[place + 1 :]) for text in (explanation.sandbox_string, explanation.client_string)
    )
    return StringDifference(f"…{equal}" if explanation.shown_from else equal, expected, sent)


def envelope_in(body: bytes) -> dict[str, Value]:
    """The JSON object of a body; empty if it is none, or has been cut."""
    try:
        content = parse(body)
    except NotJsonError:
        return {}
    return content if isinstance(content, dict) else {}


def absent_fields(envelope: Mapping[str, Value]) -> tuple[str, ...]:
    """The optional fields of its method that a request does not have."""
    data = envelope.get("data")
    return tuple(field.name for field in declared_fields(envelope) if isinstance(data, dict) and field.name not in data)


def unsigned_request(exchange: Exchange) -> dict[str, Any]:
    """The request of an exchange without its sign; empty if it was cut or masked, or is no request."""
    return without_sign(request_content(exchange) or {})


def findings_of(app: Application, exchange: Exchange, record: ExplanationRecord) -> SignatureFindings | None:
    """What is shown of a refused request whose sign does not match; None for one refused for another reason."""
    if not record.sandbox_string:
        return None
    account = app.store.account(exchange.user)
    strings, right_sign = (record.sandbox_string, record.client_string), ""
    if account is not None and account.secret_key and unsigned_request(exchange):
        envelope = envelope_in(exchange.request)
        if is_cut(record) and record.client_string:
            strings = _whole_strings(envelope, account, app.store.secret_keys())
        right_sign = _right_sign(envelope, account.secret_key, strings[0])
    parameters = signed_parameters(envelope_in(exchange.request))
    xray = compare(parameters, strings, str) if strings[1] else None
    return SignatureFindings(string_difference(record), xray, right_sign, marked_lines(record.mistakes, xray))


def other_keys(keys: Mapping[str, str], user: str) -> dict[str, str]:
    """The keys of other accounts that are tried, by their users."""
    return dict(islice(((one, key) for one, key in keys.items() if one not in {user, ANONYMOUS}), _MOST_KEYS))


def marked_lines(mistakes: Sequence[str], xray: Xray | None) -> dict[str, tuple[Lines, ...]]:
    """The lines that sign rightly; marked are those that known mistakes are about, or what differs in the strings."""
    return lines_for(mistakes, () if mistakes or xray is None else xray.steps)


def is_cut(record: ExplanationRecord) -> bool:
    """Whether the journal keeps only a part of the strings."""
    longest = max(len(record.sandbox_string.encode()), len(record.client_string.encode()))
    return record.shown_from > 0 or longest > LONGEST_SHOWN - 4


def _whole_strings(envelope: dict[str, Value], account: Account, keys: Mapping[str, str]) -> tuple[str, str]:
    """Both strings without a cut: the known mistake is found again, as the journal keeps only their parts."""
    others, text = other_keys(keys, account.user), str(envelope.get("sign"))
    signed = SignedRequest(envelope, text, account.secret_key, others, absent_fields(envelope))
    found = explain_wholly(signed, Budget(pause=breathe))
    return found.sandbox_string, found.client_string


def _right_sign(envelope: Mapping[str, Value], secret_key: str, expected: str) -> str:
    """The sign of the string that is shown as the expected one."""
    strings = both_strings_to_sign(signed_parameters(envelope))
    return sign(expected if expected in strings else strings[0], secret_key)

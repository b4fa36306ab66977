"""What a request itself shows beside the reason of its refusal: names sent twice, rounded numbers, a sign elsewhere."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

from mockserver.gateway.errors import quoted
from mockserver.gateway.request import PATH
from mockserver.signing.php import NotJsonError, Number, parse
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mockserver.gateway.request import Request
    from mockserver.signing.php import Value

_LOOKED_AT = 64 * 1024
_MOST_NAMED = 3
_EXACT = 2**53
_EXPONENT_FORM = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{2,3}")
_SIGN_HEADER = re.compile(rb"(?:.*[-_])?(?:sign|signature|hmac|digest)(?:[-_].*)?|authorization")
_ENVELOPE = ("user", "sign", "method", "time", "data")


class Note(NamedTuple):
    """A fact about a request, and what to do; `is_cause` says whether it explains a sign that does not match."""

    sentence: str
    cure: str
    is_cause: bool = True


def slashes_note(path: str) -> Note | None:
    """The note on a path that is the gateway's with more slashes."""
    if path == PATH:
        return None
    sentence = message("The request came to {path} instead of {right}.")
    cure = message("Remove the slash at the end of your client's base URL.")
    return Note(sentence.format(path=quoted(path), right=PATH), cure, is_cause=False)


def request_notes(request: Request) -> list[Note]:
    """What a refused request shows beside the reason of its refusal."""
    path = slashes_note(request.path)
    notes = [] if path is None else [path]
    if len(request.body) > _LOOKED_AT:
        return notes
    try:
        envelope = parse(request.body)
    except NotJsonError:
        return notes
    if not isinstance(envelope, dict):
        return notes
    return [*_sent_twice(request.body), *_rounded(envelope), *_elsewhere(request, envelope), *notes]


def _sent_twice(body: bytes) -> Iterator[Note]:
    twice: dict[str, None] = {}

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice.update(dict.fromkeys(name for name, count in Counter(name for name, _ in pairs).items() if count > 1))
        return found

    json.loads(body, object_pairs_hook=members, parse_int=str, parse_float=str)
    if twice:
        sentence = message("The body has {fields} twice or more: the gateway reads the last one.")
        yield Note(sentence.format(fields=_named(list(twice))), message("Send each name once."))


def _named(names: list[str]) -> str:
    return ", ".join(map(quoted, names[:_MOST_NAMED])) + (", …" if len(names) > _MOST_NAMED else "")


def _rounded(envelope: Mapping[str, Value]) -> Iterator[Note]:
    data = envelope.get("data")
    values = {**envelope, **(data if isinstance(data, dict) else {})}
    rounded = [(name, value) for name, value in values.items() if _has_lost_digits(name, value)]
    for name, value in rounded[:_MOST_NAMED]:
        if isinstance(value, Number):
            sentence = (
                message("{field} is the number {number}, above 2^53: JavaScript rounds such numbers.")
                + " "
                + message("The gateway reads {text}.")
            )
            values = {"number": quoted(value.source)[1:-1], "text": quoted(value)}
        else:
            sentence = message("{field} is {text}, a number in exponent form, whose last digits are lost.")
            values = {"text": quoted(value)}
        yield Note(
            sentence.format(field=quoted(name)[1:-1], **values),
            message("Send ids as JSON strings, from where they begin."),
        )


def _has_lost_digits(name: str, value: Value) -> bool:
    if isinstance(value, Number):
        return len(value.source) > 3 and abs(float(value.source)) > _EXACT  # noqa: PLR2004 - 1e9 has three
    return isinstance(value, str) and name.endswith(("_id", "_code")) and _EXPONENT_FORM.fullmatch(value) is not None


def _elsewhere(request: Request, envelope: Mapping[str, Value]) -> Iterator[Note]:
    """A sign in a header, and parameters in the URL, if the body lacks them or has another sign."""
    own = envelope.get("sign")
    for header, value in request.headers:
        if _SIGN_HEADER.fullmatch(header) and (not own or (header != b"authorization" and value != str(own).encode())):
            sentence = message("A sign is in the header {header}: the gateway reads only the sign in the body.")
            name = header.decode("latin-1").title()
            yield Note(sentence.format(header=quoted(name)[1:-1]), message("Send it as sign in the JSON object."))
    in_url = [name for name, _ in parse_qsl(request.query[:1000].decode("latin-1"), keep_blank_values=True)]
    strayed = [
        name for name in dict.fromkeys(in_url) if name == "signature" or (name in _ENVELOPE and not envelope.get(name))
    ]
    if "sign" in in_url and "sign" not in strayed:
        strayed.append("sign")
    if strayed:
        sentence = message("The URL has {fields}: the gateway reads only the body.")
        yield Note(sentence.format(fields=_named(strayed)), message("Send all parameters in the JSON object."))

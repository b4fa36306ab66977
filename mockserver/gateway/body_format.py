"""Recognizes what a body is that is not a JSON object, and says what to send instead. Imported with the first refusal.

No sentence quotes the body, as it may have secrets in a form in which they are not recognized.
"""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, unquote_plus

from mockserver.signing.php import NotJsonError, parse
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_LOOKED_AT = 64 * 1024
_SEND_JSON = message("Send the request as a JSON object in UTF-8.")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-][A-Za-z0-9+/_\s-]*={0,2}\s*")
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_IN_UTF_16 = (
    message("The body is in UTF-16."),
    message("Send UTF-8: PowerShell and Windows programs often write UTF-16; name the encoding utf8NoBOM there."),
)


class BodyFormat(NamedTuple):
    """What a body is, and what to send instead: a sentence each, with the `values` in them."""

    sentence: str
    cure: str = _SEND_JSON
    values: Mapping[str, str] = MappingProxyType({})

    def __str__(self) -> str:
        sentence = self.sentence.format_map(self.values) if self.values else self.sentence
        return f"{sentence} {self.cure}"


class Sent(NamedTuple):
    """A body that is not a JSON object, with its headers (names in lower case) and the query of its URL."""

    body: bytes
    headers: Sequence[tuple[bytes, bytes]] = ()
    query: bytes = b""

    def header(self, wanted: bytes) -> str:
        return next((value.decode("latin-1").strip().lower() for name, value in self.headers if name == wanted), "")

    @property
    def beginning(self) -> bytes:
        return self.body[:_LOOKED_AT]


def describe_body(sent: Sent) -> str:
    """What a body is that is no JSON object, and what to send instead."""
    for recognize in (_empty, _compressed, _in_other_encoding, _multipart, _not_utf8):
        found = recognize(sent)
        if found is not None:
            return str(found)
    text = sent.beginning.decode("utf-8", "ignore").strip()
    try:
        value = parse(sent.body)
    except NotJsonError as error:
        return str(_known_text(text, sent) or _broken_json(text, sent.body, error))
    return str(_other_value(value))


def _empty(sent: Sent) -> BodyFormat | None:
    if sent.beginning.strip():
        return None
    if sent.query:
        return BodyFormat(
            message("The body is empty, and the parameters are in the URL."),
            message("Send them as a JSON object in the body."),
        )
    if sent.body:
        return BodyFormat(message("The body has only white space."))
    return BodyFormat(
        message("The body is empty."),
        message("Send a JSON object as the body: a wrong option of the client, or a redirect, may have dropped it."),
    )


def _compressed(sent: Sent) -> BodyFormat | None:
    named = sent.header(b"content-encoding")
    name = named if named and named != "identity" else _compression(sent.beginning)
    if not name:
        return None
    return BodyFormat(
        message("The body is compressed with {name}."),
        message("Send the JSON uncompressed, without Content-Encoding."),
        {"name": re.sub(r"[^a-z0-9, -]", "?", name[:20])},
    )


def _compression(body: bytes) -> str:
    """The name of the compression that a body shows by its first bytes; empty if it shows none."""
    if body.startswith(_GZIP):
        return "gzip"
    if body.startswith(_ZSTD):
        return "zstd"
    if body[:1] == b"\x78" and _inflates(body, zlib.MAX_WBITS):
        return "deflate"
    return "deflate" if not body[:1].isascii() and _inflates(body, -zlib.MAX_WBITS) else ""


def _inflates(body: bytes, window: int) -> bool:
    with suppress(zlib.error):
        return zlib.decompressobj(window).decompress(body, 16).lstrip()[:1] == b"{"
    return False


def _in_other_encoding(sent: Sent) -> BodyFormat | None:
    body = sent.beginning
    zeros = [place for place in range(4) if body[place : place + 1] == b"\0"]
    if body.startswith((BOM_UTF32_BE, BOM_UTF32_LE)) or zeros in ([0, 1, 2], [1, 2, 3]):
        return BodyFormat(message("The body is in UTF-32."))
    if body.startswith((BOM_UTF16_BE, BOM_UTF16_LE)) or zeros in ([0, 2], [1, 3], [0], [1]):
        return BodyFormat(*_IN_UTF_16)
    if body.startswith(BOM_UTF8):
        return BodyFormat(
            message("It begins with a byte order mark (the UTF-8 BOM)."),
            message("Send the JSON without it: save the file as UTF-8 without BOM."),
        )
    return None


def _multipart(sent: Sent) -> BodyFormat | None:
    is_multipart = sent.body.startswith(b"--") and b"form-data" in sent.beginning[:1000].lower()
    if not is_multipart and not sent.header(b"content-type").startswith("multipart/"):
        return None
    return BodyFormat(
        message("The body is a multipart form."),
        message("Send a JSON object: in PHP, give CURLOPT_POSTFIELDS json_encode($request), not an array."),
    )


def _not_utf8(sent: Sent) -> BodyFormat | None:
    try:
        sent.body.decode("utf-8")
    except UnicodeDecodeError as error:
        values = {"place": str(error.start), "charset": ""}
    else:
        return None
    declared = re.search(r"charset=[\"']?([\w.:-]{1,30})", sent.header(b"content-type"))
    if b"\0" in sent.beginning:
        return BodyFormat(message("The body is binary: byte {place} is not UTF-8."), values=values)
    if declared is not None and declared[1] not in {"utf-8", "utf8"}:
        return BodyFormat(
            message("The body is in {charset}, as its Content-Type says: byte {place} is not UTF-8."),
            message("Encode the JSON in UTF-8 before you sign and send it."),
            {**values, "charset": declared[1]},
        )
    return BodyFormat(
        message("Byte {place} of the body is not UTF-8: the text is probably in {charset}."),
        message("Encode the JSON in UTF-8 before you sign and send it."),
        {**values, "charset": _likely_charset(sent.beginning)},
    )


def _likely_charset(body: bytes) -> str:
    """GBK has two bytes for each Chinese character, ISO-8859-1 has one for each letter with an accent."""
    runs = re.findall(rb"[\x80-\xff]+", body)
    if all(len(run) % 2 == 0 for run in runs):
        with suppress(UnicodeDecodeError):
            body.decode("gbk")
            return "GBK"
    return "ISO-8859-1 (Latin-1)"


def _other_value(value: Any) -> BodyFormat:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        cure = message("Send the object itself, without [ and ] around it.") if len(value) == 1 else _SEND_JSON
        return BodyFormat(message("It is a JSON array, not an object."), cure)
    if type(value) is not str:
        return BodyFormat(message("It is a JSON number, true, false or null, not an object."))
    if _begins_json(value):
        return BodyFormat(
            message("The JSON was encoded twice: the body is a JSON text that holds JSON."),
            message("Encode the request once: the client encodes it again if you give it a text and ask for JSON."),
        )
    return _known_text(value.strip(), Sent(b"")) or BodyFormat(message("It is a JSON text, not an object."))


def _begins_json(text: str) -> bool:
    return text.lstrip()[:1] in {"{", "["}


def _is_base64_of_json(text: str) -> bool:
    if len(text) < 8 or not _BASE64.fullmatch(text[:_LOOKED_AT]):  # noqa: PLR2004 - shorter texts say nothing
        return False
    plain = re.sub(r"\s", "", text[:400]).translate({ord("-"): "+", ord("_"): "/"}).rstrip("=")
    with suppress(ValueError):
        return b64decode(plain[: len(plain) // 4 * 4]).lstrip()[:1] == b"{"
    return False


def _is_form(text: str, sent: Sent) -> bool:
    is_declared = sent.header(b"content-type").startswith("application/x-www-form-urlencoded")
    looks_so = re.match(r"[\w.%+\[\]-]{1,200}=[^\s{]*", text) is not None
    return looks_so and (is_declared or "&" in text or "%" in text or re.fullmatch(r"[^\s\"]*", text) is not None)


def _form(text: str) -> BodyFormat:
    fields = text.split("&", 2)
    if len(fields) == 1 and _begins_json(unquote_plus(fields[0].partition("=")[2])):
        return BodyFormat(
            message("The body is a form with the JSON in one field."),
            message("Send the JSON alone as the body, with Content-Type: application/json."),
        )
    return BodyFormat(
        message("The body is a form (application/x-www-form-urlencoded), not JSON."),
        message("Send a JSON object with data as an inner object, and Content-Type: application/json."),
    )


_JSON_WITH = message("Send the text that a JSON library writes, such as json_encode or JSON.stringify.")
_SHELL = message(
    "The shell or the client changed the text: send it from a file, such as curl --data-binary @order.json."
)
_TEXTS: tuple[tuple[str, str, str], ...] = (
    (r"(?s)\[object \w+\]", message("The body is [object Object]: JavaScript's text of an object."),
     message("Send JSON.stringify(request).")),
    (r"(?:undefined|null|None|nil|NULL|Array|Object)\Z", message("The body is an empty or unwritten value."),
     _JSON_WITH),
    (r"[aO]:\d+:[{\"]", message("The body is PHP's serialize()."), message("Send json_encode($request).")),
    (r"(?:Array|array)\s*\(|\[\s*['\"]\w+['\"]\s*=>", message("The body is PHP's text of an array."),
     message("Send json_encode($request).")),
    (r"(?:POST|GET|PUT) \S+ HTTP/", message("The body is a whole HTTP request."), _SEND_JSON),
    (r"[0-9A-Fa-f]{1,8}(?:;[^\r\n]*)?\r?\n\s*[{\"]", message("The body has chunk sizes in it."),
     message("Let the client write Transfer-Encoding: chunked, or send Content-Length and the JSON alone.")),
    (r"(?i)<!doctype html|<html", message("The body is HTML."), _SEND_JSON),
    (r"<\?xml|<[A-Za-z][^>]*>", message("The body is XML."), _SEND_JSON),
    (r"\w+\s*\(\s*\{", message("The body is JSONP or code around JSON."), _SEND_JSON),
    (r"@\S+\Z", message("The body is the name of a file, not its content."),
     message("Use curl --data-binary @order.json; --data-raw does not read files.")),
    (r"\{\{|\$\{|\$\w+\Z|<%|%\w+%\Z", message("The body is a template whose variable was not filled in."), _SEND_JSON),
    (r"'\s*\{", message("The JSON has single quotes around it."), _SHELL),
    (r"\{\s*\\+\"", message("The quotes of the JSON are escaped with backslashes."), _SHELL),
    (r"\{\s*[\"']?\w+[\"']?\s*=>", message("The body is Ruby's text of a hash."), message("Send request.to_json.")),
    (r"\{\s*['\u2018\u2019]", message("The texts have single quotes, as Python's text of a dict has."),
     message("JSON has double quotes: send json.dumps(request).")),
    (r"\{\s*[“”„«「]", message("The texts have typographic quotes."), message("JSON has straight double quotes.")),
    (r"\{\s*\w+\s*=", message("The body is Java's text of a map."), message("Send the text of Jackson or Gson.")),
    (r"\{\s*[A-Za-z_]\w*\s*:", message("The names have no quotes."), _JSON_WITH),
    (r"---\s|[A-Za-z_]\w*:\s", message("The body is YAML or plain text."), _SEND_JSON),
)  # fmt: skip


def _known_text(text: str, sent: Sent) -> BodyFormat | None:
    """What a text is that no JSON parser reads, by how it begins."""
    if re.match(r"%(?:25)*(?:7[Bb]|5[Bb]|22)", text):
        once = unquote(text[:400])
        if once.startswith("%"):
            return BodyFormat(message("The JSON is percent-encoded, more than once."), message("Send it as it is."))
        return BodyFormat(message("The JSON is percent-encoded, as urlencode makes it."), message("Send it as it is."))
    if _is_base64_of_json(text):
        return BodyFormat(message("The JSON is encoded in base64."), message("Send it as it is."))
    for pattern, sentence, cure in _TEXTS:
        if re.match(pattern, text):
            return BodyFormat(sentence, cure)
    return _form(text) if _is_form(text, sent) else None


def _broken_json(text: str, body: bytes, error: NotJsonError) -> BodyFormat:
    """What is wrong with a JSON text, from where the parser stopped."""
    cause = error.__cause__
    if not isinstance(cause, json.JSONDecodeError):
        if str(error).split(" ")[0] in {"NaN", "Infinity", "-Infinity"}:
            return BodyFormat(
                message("A number is {name}, which JSON has no text for."),
                message("Send a number, or leave the field out."), {"name": str(error).split(" ")[0]},
            )  # fmt: skip
        return BodyFormat(message("It cannot be read: {error}."), values={"error": str(error)})
    rest, values = cause.doc[cause.pos :].lstrip(), {"error": str(error), "size": str(len(body))}
    before = cause.doc[: cause.pos].rstrip()[-1:]
    is_cut = not rest or cause.msg.startswith("Unterminated string")
    if not _begins_json(text):
        return BodyFormat(message("It is not JSON, but other text: {error}."), values=values)
    known: Iterable[tuple[Callable[[], bool], str, str]] = (
        (lambda: is_cut and not body.isascii(), message("The JSON breaks off after byte {size}: {error}."),
         message("Count Content-Length in bytes, not in characters: a character may have several.")),
        (lambda: is_cut, message("The JSON breaks off after byte {size}: {error}."),
         message("Send it whole, with its own length as Content-Length.")),
        (lambda: cause.msg == "Extra data", message("There is more text after the JSON object: {error}."),
         message("Send one object, and nothing after it.")),
        (lambda: rest.startswith(("//", "/*", "#")), message("The JSON has a comment: {error}."),
         message("Remove it: JSON has no comments.")),
        (lambda: before == "," or rest[:1] in {"}", "]"} or "trailing comma" in cause.msg,
         message("The JSON has a comma too many, or a value is missing: {error}."),
         message("Remove the comma before } or ].")),
        (lambda: rest.startswith("'"), message("The texts have single quotes, as Python's text of a dict has."),
         message("JSON has double quotes: send json.dumps(request).")),
        (lambda: re.match(r"True|False|None|undefined", rest) is not None,
         message("The JSON has a word of a language, such as True or None: {error}."), _JSON_WITH),
        (lambda: before == "0" and rest[:1].isdigit(), message("A number begins with 0: {error}."),
         message("Send such a number as a text, in double quotes.")),
        (lambda: cause.msg.startswith("Invalid control"), message("A text has a line break: {error}."),
         message(r"Write it as an escape such as \n.")),
    )  # fmt: skip
    for holds, sentence, cure in known:
        if holds():
            return BodyFormat(sentence, cure, values)
    return BodyFormat(message("It cannot be read: {error}."), _JSON_WITH, values)

"""The gateway's signature: string to sign, sign, verify (protocol.md 1.4 to 1.6).

No I/O and no state. The gateway, its notifications and the reference client use it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from mockserver.evidence import Fact
from mockserver.signing.php import Value, is_empty, parse, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

EmptyValues = Literal["kept", "dropped"]
_BLOCK = 64  # bytes that SHA-256 hashes at once


class Verdict(NamedTuple):
    """The result of verifying a signature; true if it is correct.

    `empty_values` is the treatment of empty values that the signature matches, or None; `string_to_sign` is the signed
    string, or the expected one for a wrong signature.
    """

    empty_values: EmptyValues | None
    string_to_sign: str

    def __bool__(self) -> bool:
        return self.empty_values is not None


def signed_parameters(envelope: Mapping[str, Value]) -> dict[str, Value]:
    """The signed parameters of a request: user, method, time and all keys of data.

    A key of `data` with the name of an envelope field replaces it, as PHP's `array_merge` does.
    """
    parameters = {}
    for name in ("user", "method", "time"):
        if name in envelope:
            parameters[name] = envelope[name]
    data = envelope.get("data")
    if isinstance(data, dict):
        parameters.update(data)
        parameters.pop("sign", None)
        parameters.pop("data", None)
    return parameters


def string_to_sign(parameters: Mapping[str, Value], empty_values: EmptyValues = "kept") -> str:
    """Join `key=value` with `&`: keys are sorted by byte, values are PHP's texts, unescaped."""
    if empty_values == "dropped":
        parameters = {key: value for key, value in parameters.items() if not is_empty(value)}
    texts = [
        f"{key}={value if isinstance(value := parameters[key], str) else text_of(value)}" for key in sorted(parameters)
    ]
    return "&".join(texts)


def sign(text: str, secret_key: str) -> str:
    """HMAC-SHA256 of a string to sign, as 64 lower-case hexadecimal digits."""
    inner, outer = _keyed_hashes(secret_key)
    inner, outer = inner.copy(), outer.copy()
    inner.update(text.encode())
    outer.update(inner.digest())
    return outer.hexdigest()


@lru_cache(maxsize=32)
def _keyed_hashes(secret_key: str) -> tuple[hashlib._Hash, hashlib._Hash]:
    """The two hashes of HMAC after their key (RFC 2104), to be copied: half the time of `hmac.digest` for each sign."""
    key = secret_key.encode()
    if len(key) > _BLOCK:
        key = hashlib.sha256(key).digest()
    key = key.ljust(_BLOCK, b"\0")
    return hashlib.sha256(key.translate(hmac.trans_36)), hashlib.sha256(key.translate(hmac.trans_5C))


def signed_request(unsigned: Mapping[str, Any], secret_key: str) -> bytes:
    """The body of a request with its sign; send exactly these bytes."""
    envelope = parse(json.dumps(unsigned, ensure_ascii=False).encode())
    signature = sign(string_to_sign(signed_parameters(envelope)), secret_key)
    return json.dumps({**unsigned, "sign": signature}, ensure_ascii=False).encode()


def verify(parameters: Mapping[str, Value], signature: str, secret_key: str) -> Verdict:
    """Compare a signature, in constant time, with both accepted treatments of empty values."""
    text = string_to_sign(parameters)
    if is_sign(text, signature, secret_key):
        return Verdict("kept", text)
    for shorter in both_strings_to_sign(parameters, text)[1:]:
        if is_sign(shorter, signature, secret_key):
            return Verdict("dropped", shorter)
    return Verdict(None, text)


def both_strings_to_sign(parameters: Mapping[str, Value], kept: str | None = None) -> list[str]:
    """The strings for both accepted treatments of empty values; only one if no value is empty."""
    text = string_to_sign(parameters) if kept is None else kept
    return [text, string_to_sign(parameters, "dropped")] if any(map(is_empty, parameters.values())) else [text]


def is_sign(text: str, signature: str, secret_key: str) -> bool:
    return hmac.compare_digest(sign(text, secret_key).encode(), signature.encode("utf-8", "replace"))


EVIDENCE = (
    Fact("signature", "HMAC-SHA256 over the byte-sorted key=value pairs, lower-case hex.", "documented", "1.4"),
    Fact("signature", "A request signed with its empty values kept as `key=` is accepted.", "client", "1.5, C1"),
    Fact("signature", "A request signed with its PHP-empty values dropped is accepted.", "client", "1.5, C6"),
    Fact("signature", "A key of `data` named like an envelope field replaces it.", "client", "6, C1 array_merge"),
    Fact(
        "signature",
        "Unknown keys of the envelope are not signed; unknown keys of `data` are.",
        "assumed",
        "1.4 names user, method, time and the keys of data",
    ),
)

"""The mistakes with which the shop of demo data has requests refused; each is one that real shops make."""

from __future__ import annotations

import hashlib
import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from mockserver.signing.php import parse
from mockserver.signing.signature import sign, signed_parameters, signed_request, string_to_sign

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _with_sign(unsigned: Mapping[str, Any], sign_of: Callable[[dict[str, Any]], str]) -> bytes:
    parameters = signed_parameters(parse(json.dumps(unsigned, ensure_ascii=False).encode()))
    return json.dumps({**unsigned, "sign": sign_of(parameters)}, ensure_ascii=False).encode()


def _url_encoded(parameters: Mapping[str, Any]) -> str:
    return "&".join(f"{name}={quote_plus(str(parameters[name]))}" for name in sorted(parameters))


def _in_request_order(parameters: Mapping[str, Any]) -> str:
    return "&".join(f"{name}={value}" for name, value in parameters.items())


_WRONG_SIGNS: Mapping[str, Callable[[dict[str, Any], str], str]] = MappingProxyType(
    {
        "key with a line break": lambda sent, key: sign(string_to_sign(sent), f"{key}\n"),
        "URL-encoded values": lambda sent, key: sign(_url_encoded(sent), key),
        "parameters not sorted": lambda sent, key: sign(_in_request_order(sent), key),
        "MD5 with the key at the end": lambda sent, key: hashlib.md5(
            f"{string_to_sign(sent)}&key={key}".encode(), usedforsecurity=False
        ).hexdigest(),
        "a parameter left out": lambda sent, key: sign(
            string_to_sign({name: value for name, value in sent.items() if name != "demo"}), key
        ),
        "sign in upper case": lambda sent, key: sign(string_to_sign(sent), key).upper(),
    }
)
_WRONG_FIELDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "amount with a comma": {"amount": "24,99"},
        "no description": {"description": ""},
        "unknown wallet": {"sub_pay_method": "Alipay+", "pay_method": "wallet"},
        "currency in words": {"currency": "Euro"},
    }
)
MISTAKES = (*_WRONG_SIGNS, *_WRONG_FIELDS)


def mistaken_request(mistake: str, unsigned: Mapping[str, Any], secret_key: str) -> bytes:
    """The body of a request with a mistake of `MISTAKES`."""
    signs = _WRONG_SIGNS.get(mistake)
    if signs is not None:
        return _with_sign(unsigned, lambda parameters: signs(parameters, secret_key))
    return signed_request({**unsigned, "data": {**unsigned["data"], **_WRONG_FIELDS[mistake]}}, secret_key)

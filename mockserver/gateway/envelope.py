"""The shapes of the gateway's answers (protocol.md 1.3)."""

from __future__ import annotations

import json
from typing import Any

from mockserver.domain.codes import SUCCESS
from mockserver.evidence import Fact

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def success(data: dict[str, Any]) -> bytes:
    """The answer to an accepted request."""
    return _encode({"status": True, "code": SUCCESS, "data": data, "message": ""}).encode()


def report(data: dict[str, Any]) -> bytes:
    """The answer to a request for clearing reports, whose code is a number and whose message stands before data."""
    return _encode({"status": True, "code": int(SUCCESS), "message": "", "data": data}).encode()


def failure(code: str, message: str) -> bytes:
    """The answer to a refused request; `data` is an empty array, as PHP writes an empty one."""
    return _encode({"status": False, "code": code, "data": [], "message": message}).encode()


EVIDENCE = (
    Fact("answer", '{"status": true, "code": "200", "data": {…}, "message": ""}', "documented", "SEED, 1.3"),
    Fact(
        "answer",
        'A failure has "status": false, its code as text, an empty array as data.',
        "assumed",
        "1.3, 2: status is documented, the shape of data UNSEEN",
    ),
    Fact("answer", "Errors come with HTTP status 200.", "assumed", "1.1 UNSEEN; no client looks at the status"),
)

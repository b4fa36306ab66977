"""The gateway's documented codes and messages (protocol.md 2)."""

from __future__ import annotations

from types import MappingProxyType

SUCCESS = "200"
INTERNAL_ERROR = "-1000"
MISSING_FIELD = "-3001"
SIGNATURE_ERROR = "-403"
UNSUPPORTED_PAY_METHOD = "-4011"

REFUSAL_MESSAGES = MappingProxyType(
    {
        INTERNAL_ERROR: "Internal error",
        MISSING_FIELD: "Required field is missing",
        SIGNATURE_ERROR: "The signature Error",
        UNSUPPORTED_PAY_METHOD: "Not support the payment method",
    }
)
"""The message of each refusal code."""

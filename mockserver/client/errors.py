"""The errors of the client. All derive from `YabandPayError`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockserver.domain.codes import INTERNAL_ERROR, MISSING_FIELD, SIGNATURE_ERROR, UNSUPPORTED_PAY_METHOD

if TYPE_CHECKING:
    from collections.abc import Mapping


class YabandPayError(Exception):
    """The base class of all errors of the client."""


class NoAnswerError(YabandPayError):
    """There was no answer: connection refused, reset or timed out. The payment may exist nevertheless."""


class UnexpectedAnswerError(YabandPayError):
    """The answer is not the gateway's envelope. The payment may exist nevertheless."""


class RefusedError(YabandPayError):
    """The gateway refused the request.

    `code` and `message` are the gateway's; `request` is the request without its signature; `reason` is the sandbox's
    explanation, and empty with the real gateway.
    """

    def __init__(self, code: str, message: str, request: Mapping[str, Any], reason: str = "") -> None:
        super().__init__(f"{code} {message}" + (f" ({reason})" if reason else ""))
        self.code = code
        self.message = message
        self.request = request
        self.reason = reason


class InternalGatewayError(RefusedError):
    """-1000: the gateway failed, or a value breaks one of its rules."""


class MissingFieldError(RefusedError):
    """-3001: a required field is missing."""


class SignatureError(RefusedError):
    """-403: the signature does not match, or the user is unknown."""


class UnsupportedPayMethodError(RefusedError):
    """-4011: the payment method is not supported."""


class InvalidNotificationError(YabandPayError):
    """A notification is malformed or its signature is wrong: answer `bad`, and ignore it."""


REFUSALS = {
    INTERNAL_ERROR: InternalGatewayError,
    MISSING_FIELD: MissingFieldError,
    SIGNATURE_ERROR: SignatureError,
    UNSUPPORTED_PAY_METHOD: UnsupportedPayMethodError,
}
"""The error class of each code."""

"""What can go wrong between a merchant and the gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockserver.domain.codes import INTERNAL_ERROR, MISSING_FIELD, SIGNATURE_ERROR, UNSUPPORTED_PAY_METHOD

if TYPE_CHECKING:
    from collections.abc import Mapping


class YabandPayError(Exception):
    """Anything that went wrong between the merchant and the gateway."""


class NoAnswerError(YabandPayError):
    """No answer came: connection refused, reset, or timed out. The payment may exist all the same."""


class UnexpectedAnswerError(YabandPayError):
    """An answer came that is not the gateway's envelope. The payment may exist all the same."""


class RefusedError(YabandPayError):
    """The gateway refused the request.

    `code` and `message` are the gateway's; `request` is what was sent, without its signature;
    `reason` is the sandbox's explanation, empty with the real gateway.
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
    """A notification is malformed or its signature is wrong: answer `bad` and do nothing."""


REFUSALS = {
    INTERNAL_ERROR: InternalGatewayError,
    MISSING_FIELD: MissingFieldError,
    SIGNATURE_ERROR: SignatureError,
    UNSUPPORTED_PAY_METHOD: UnsupportedPayMethodError,
}
"""The error of each code."""

"""Calls the gateway: signs and sends requests, reads the envelope of the answer, and raises its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from mockserver import identity
from mockserver.clock import Clock, SystemClock
from mockserver.domain.codes import INTERNAL_ERROR, MISSING_FIELD, SIGNATURE_ERROR, SUCCESS, UNSUPPORTED_PAY_METHOD
from mockserver.signing.signature import signed_request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    import requests

__tracebackhide__ = True  # pytest shows the line of the test instead


class YabandPayError(Exception):
    """The base class of all errors of the client."""


class NoAnswerError(YabandPayError):
    """There was no answer: connection refused, reset or timed out. The payment may still exist."""


class UnexpectedAnswerError(YabandPayError):
    """The answer is not the gateway's envelope. The payment may still exist."""


class RefusedError(YabandPayError):
    """The gateway rejected the request.

    `code` and `message` are the gateway's; `request` is the request without its signature; `reason` is the sandbox's
    explanation, and empty with the real gateway.
    """

    def __init__(self, code: str, message: str, request: Mapping[str, Any], reason: str = "") -> None:
        more = reason.removeprefix(message).strip()
        super().__init__(f"{code} {message}" + (f" ({more})" if more else ""))
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
"""The error of each code."""


GATEWAY_URL = "https://mapi.yabandpay.com"
DEFAULT_TIMEOUT = (3.05, 15.0)
_R = TypeVar("_R", bound=tuple[Any, ...])


class Caller:
    """Calls the gateway's methods for one account."""

    def __init__(  # noqa: PLR0913 - most are optional and named
        self,
        user: str,
        secret_key: str,
        base_url: str = GATEWAY_URL,
        *,
        timeout: float | tuple[float, float] = DEFAULT_TIMEOUT,
        session: requests.Session | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Call the gateway at `base_url`; `timeout` is in seconds, for the connection and for the answer."""
        self.user = user
        self.url = f"{base_url.rstrip('/')}/Payments"
        self._secret_key = secret_key
        self._timeout = timeout
        self._session = session
        self._clock = clock or SystemClock()

    def __repr__(self) -> str:
        return f"YabandPay(user={self.user!r}, url={self.url!r})"

    def call(self, method: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Call any method; returns the `data` of its answer.

        Raises:
            RefusedError: the gateway rejected the request; each code has a subclass.
            NoAnswerError: there was no answer.
            UnexpectedAnswerError: the answer is not the gateway's.
        """
        unsigned = self._unsigned(method, data)
        return _data_of(unsigned, self._post(signed_request(unsigned, self._secret_key)))

    def export(self, method: str, data: Mapping[str, Any]) -> str:
        """Call a method that answers with a CSV file; returns its text.

        Raises:
            YabandPayError: as `call`.
        """
        unsigned = self._unsigned(method, data)
        response = self._post(signed_request(unsigned, self._secret_key))
        if not response.headers.get("Content-Type", "").startswith("text/csv"):
            _data_of(unsigned, response)
            raise UnexpectedAnswerError(f"The answer to {method} is not a CSV file.")
        return response.content.decode("utf-8", "replace")

    def _unsigned(self, method: str, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"user": self.user, "method": method, "time": self._clock.now() // 1000, "data": dict(data)}

    def _post(self, body: bytes) -> requests.Response:
        import requests  # noqa: PLC0415 - takes 80 ms to import, and verifying does not need it

        if self._session is None:
            self._session = requests.Session()
        try:
            return self._session.post(
                self.url, data=body, headers={"Content-Type": "application/json"}, timeout=self._timeout
            )
        except requests.RequestException as error:
            raise NoAnswerError(f"No answer from {self.url}: {error}") from error


def _data_of(unsigned: Mapping[str, Any], response: requests.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or "status" not in answer:
        raise UnexpectedAnswerError(
            f"HTTP {response.status_code} without the gateway's envelope: {response.text[:200]!r}"
        )
    if answer["status"] is True and str(answer.get("code")) == SUCCESS and isinstance(answer.get("data"), dict):
        return dict(answer["data"])
    code = str(answer.get("code"))
    reason = response.headers.get("X-Sandbox-Reason", "")
    raise REFUSALS.get(code, RefusedError)(code, str(answer.get("message")), unsigned, reason)


def amount_text(amount: str | Decimal | int) -> str:
    """An amount as text.

    Raises:
        TypeError: the amount is a float.
    """
    if isinstance(amount, float):
        raise TypeError("Pass the amount as str, int or Decimal, such as '24.99'. A float is not exact.")
    return str(amount)


def read_as(shape: type[_R], source: Mapping[str, Any], **known: Any) -> _R:  # noqa: ANN401
    """A result of this type; fields that the gateway did not send are empty."""
    names: tuple[str, ...] = getattr(shape, "_fields", ())
    values = {name: source.get(name) for name in names}
    made: _R = shape(**{name: "" if value is None else value for name, value in values.items()} | known)
    return made


def without_empties(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields without None and empty texts."""
    return {name: value for name, value in fields.items() if value not in (None, "")}


def nonce() -> str:
    """A random text for nonce_string."""
    return identity.new_seed()

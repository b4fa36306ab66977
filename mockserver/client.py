"""The reference client: signs, calls the gateway, and verifies notifications on the merchant's side.

    client = YabandPay("016683", "sandbox-secret-key", base_url="http://127.0.0.1:8765")
    payment = client.create_alipay_mini_payment(
        order_id="2024-1", amount="24.99", currency="EUR", description="Tea",
        notify_url="https://shop.example/notify",
    )
    order = client.query_order(payment.trade_id)

The same code calls the real gateway when `base_url` is left out. requests is imported on the first call.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.clock import Clock, SystemClock
from mockserver.codes import (
    INTERNAL_ERROR,
    MISSING_FIELD,
    SIGNATURE_ERROR,
    SUCCESS,
    UNSUPPORTED_PAY_METHOD,
)
from mockserver.notify.plan import ACKNOWLEDGEMENT
from mockserver.phpvalues import NotJsonError, parse
from mockserver.signing import sign, signed_parameters, string_to_sign, verify

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    import requests

GATEWAY_URL = "https://mapi.yabandpay.com"
DEFAULT_TIMEOUT = (3.05, 15.0)
OK = ACKNOWLEDGEMENT.decode()
BAD = "bad"


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
        """Keep the evidence; the text shows code, message and reason."""
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


_REFUSALS = {
    INTERNAL_ERROR: InternalGatewayError,
    MISSING_FIELD: MissingFieldError,
    SIGNATURE_ERROR: SignatureError,
    UNSUPPORTED_PAY_METHOD: UnsupportedPayMethodError,
}


class CreatedPayment(NamedTuple):
    """A payment that the gateway has accepted. `parameters` go to the wallet; amounts are decimal text."""

    order_id: str
    trade_id: str
    amount: str
    currency: str
    parameters: dict[str, Any]
    state: str


class Order(NamedTuple):
    """An order as the gateway knows it. `fields` holds everything it told."""

    trade_id: str
    order_id: str
    amount: str
    currency: str
    state: str
    transaction_id: str
    fields: dict[str, Any]


class Notification(NamedTuple):
    """A verified notification. `data` holds every signed field; `demo` is empty when none was sent."""

    type: str
    trade_id: str
    order_id: str
    state: str
    demo: str
    data: dict[str, Any]


class YabandPay:
    """A merchant's account at the gateway."""

    def __init__(  # noqa: PLR0913 - all but the account are optional and named
        self,
        user: str,
        secret_key: str,
        base_url: str = GATEWAY_URL,
        *,
        timeout: float | tuple[float, float] = DEFAULT_TIMEOUT,
        session: requests.Session | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Call the gateway at `base_url`; `timeout` is in seconds, for connecting and for answering."""
        self.user = user
        self.url = f"{base_url.rstrip('/')}/Payments"
        self._secret_key = secret_key
        self._timeout = timeout
        self._session = session
        self._clock = clock or SystemClock()

    def __repr__(self) -> str:
        """Shows the account and the address, never the key."""
        return f"YabandPay(user={self.user!r}, url={self.url!r})"

    def create_alipay_mini_payment(
        self,
        *,
        order_id: str,
        amount: str | Decimal | int,
        currency: str,
        description: str,
        notify_url: str,
        **optional: str | int,
    ) -> CreatedPayment:
        """Create a payment for an Alipay mini program; `demo`, `timeout`, `redirect_url` are optional.

        Raises:
            RefusedError: the gateway refused it; a subclass for each code.
            NoAnswerError: no answer came. Query before creating again.
            UnexpectedAnswerError: the answer is not the gateway's.
        """
        data = self.call(
            "v3.CreatePaymentsAlipayMiniPay",
            {
                "pay_method": "online",
                "sub_pay_method": "Alipay",
                "order_id": order_id,
                "amount": _amount(amount),
                "currency": currency,
                "description": description,
                "notify_url": notify_url,
                **optional,
            },
        )
        return CreatedPayment(**_pick(CreatedPayment, data))

    def query_order(self, trade_id: str) -> Order:
        """Look an order up.

        Raises:
            RefusedError: the gateway refused; InternalGatewayError when there is no such order.
            NoAnswerError: no answer came.
            UnexpectedAnswerError: the answer is not the gateway's.
        """
        data = self.call("v3.QueryOrder", {"trade_id": trade_id})
        info = data.get("transaction_info")
        if not isinstance(info, dict):
            raise UnexpectedAnswerError("The answer to v3.QueryOrder has no transaction_info.")
        return Order(**_pick(Order, info, fields=info))

    def verify_notification(self, body: bytes) -> Notification:
        """Check a notification's raw body and read it: answer `OK` after it, `BAD` on the error.

        Raises:
            InvalidNotificationError: it is malformed or its signature is wrong.
        """
        return verify_notification(body, self._secret_key)

    def call(self, method: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Call any method and give the `data` of its answer.

        Raises:
            RefusedError: the gateway refused; a subclass for each code.
            NoAnswerError: no answer came.
            UnexpectedAnswerError: the answer is not the gateway's.
        """
        unsigned = {"user": self.user, "method": method, "time": self._clock.now() // 1000, "data": dict(data)}
        body = signed_request(unsigned, self._secret_key)
        response = self._post(body)
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
        refusal = _REFUSALS.get(code, RefusedError)
        raise refusal(code, str(answer.get("message")), unsigned, response.headers.get("X-Sandbox-Reason", ""))

    def _post(self, body: bytes) -> requests.Response:
        import requests  # noqa: PLC0415 - costs 80 ms, which verifying a notification should not pay

        if self._session is None:
            self._session = requests.Session()
        try:
            return self._session.post(
                self.url, data=body, headers={"Content-Type": "application/json"}, timeout=self._timeout
            )
        except requests.RequestException as error:
            raise NoAnswerError(f"No answer from {self.url}: {error}") from error


def signed_request(unsigned: Mapping[str, Any], secret_key: str) -> bytes:
    """The bytes of a request with its sign: the JSON that is sent is the JSON that was signed."""
    envelope = parse(json.dumps(unsigned, ensure_ascii=False).encode())
    signature = sign(string_to_sign(signed_parameters(envelope)), secret_key)
    return json.dumps({**unsigned, "sign": signature}, ensure_ascii=False).encode()


def verify_notification(body: bytes, secret_key: str) -> Notification:
    """Check a notification's raw body and read it.

    Raises:
        InvalidNotificationError: it is malformed or its signature is wrong.
    """
    try:
        received = parse(body)
    except NotJsonError as error:
        raise InvalidNotificationError(f"The notification is no JSON: {error}.") from error
    data = received.get("data") if isinstance(received, dict) else None
    signature = received.get("sign") if isinstance(received, dict) else None
    if not isinstance(data, dict) or not data or not isinstance(signature, str):
        raise InvalidNotificationError("The notification has no sign and data.")
    if not verify(data, signature, secret_key):
        raise InvalidNotificationError("The notification's signature does not match its data.")
    return Notification(**_pick(Notification, data, data=data))


def _amount(amount: str | Decimal | int) -> str:
    if isinstance(amount, float):
        raise TypeError("give the amount as text or Decimal, such as '24.99': a float is not exact")
    return str(amount)


def _pick(shape: type[NamedTuple], source: Mapping[str, Any], **known: Any) -> dict[str, Any]:  # noqa: ANN401
    """The values of a result's fields; one that the gateway did not send is empty."""
    return {name: source.get(name, "") for name in shape._fields} | known

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
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

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
    from typing_extensions import Unpack

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


_ALIPAY_ONLINE = {"pay_method": "online", "sub_pay_method": "Alipay"}
_WECHAT_ONLINE = {"pay_method": "online", "sub_pay_method": "WeChat Pay"}
_REFUSALS = {
    INTERNAL_ERROR: InternalGatewayError,
    MISSING_FIELD: MissingFieldError,
    SIGNATURE_ERROR: SignatureError,
    UNSUPPORTED_PAY_METHOD: UnsupportedPayMethodError,
}


class _Order(TypedDict):
    order_id: str
    amount: str | Decimal | int
    currency: str
    description: str


class ShopOrder(_Order, total=False):
    """What a cashier asks for: order_id, amount (text or Decimal), currency, description, and these if wanted."""

    notify_url: str
    demo: str
    tip_amount: str


class _NotifiedOrder(_Order):
    notify_url: str


class OnlineOrder(_NotifiedOrder, total=False):
    """What an online shop asks for: as a cashier, with notify_url, and these if wanted; timeout is in minutes."""

    demo: str
    timeout: str | int
    redirect_url: str


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


class OrderPage(NamedTuple):
    """A page of orders, and how many there are on all pages."""

    total: int
    orders: list[Order]


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

    def create_alipay_mini_payment(self, **fields: Unpack[OnlineOrder]) -> CreatedPayment:
        """Create a payment in an Alipay mini program; hand `parameters` to `my.tradePay`.

        Raises:
            RefusedError: the gateway refused it; a subclass for each code.
            NoAnswerError: no answer came. Query before creating again.
            UnexpectedAnswerError: the answer is not the gateway's.
            TypeError: the amount is a float.
        """
        return self._create("v3.CreatePaymentsAlipayMiniPay", {**_ALIPAY_ONLINE, **fields})

    def create_wechat_mini_payment(
        self, *, sub_app_id: str, sub_open_id: str, **fields: Unpack[OnlineOrder]
    ) -> CreatedPayment:
        """Create a payment in a WeChat mini program; hand `parameters` to `wx.requestPayment`.

        Raises:
            YabandPayError, TypeError: as `create_alipay_mini_payment`.
        """
        ids = {"sub_app_id": sub_app_id, "sub_open_id": sub_open_id}
        return self._create("v3.CreatePaymentsWechatMiniPay", {**_WECHAT_ONLINE, **ids, **fields})

    def create_wechat_app_payment(self, *, sub_app_id: str, **fields: Unpack[OnlineOrder]) -> CreatedPayment:
        """Create a payment in an app; hand `parameters` to WeChat's SDK.

        Raises:
            YabandPayError, TypeError: as `create_alipay_mini_payment`.
        """
        return self._create("v3.CreatePaymentsWechatAPPPay", {**_WECHAT_ONLINE, "sub_app_id": sub_app_id, **fields})

    def pay_by_barcode(self, *, auth_code: str, **fields: Unpack[ShopOrder]) -> CreatedPayment:
        """Charge the payer whose code the cashier has scanned; the gateway finds the wallet. No `parameters` come back.

        Raises:
            YabandPayError, TypeError: as `create_alipay_mini_payment`.
        """
        return self._create("v3.BarcodePayment", {"pay_method": "offline", "auth_code": auth_code, **fields})

    def wallet_of(self, auth_code: str) -> str:
        """The wallet that a payer's code belongs to: `WeChat Pay` or `Alipay`.

        Raises:
            YabandPayError: as `query_order`.
        """
        return str(self.call("v3.GetSubPay", {"auth_code": auth_code}).get("sub_pay_method", ""))

    def cancel_payment(self, trade_id: str) -> Order:
        """Cancel a payment as a whole, until 00:30 Central European Time of the day after its creation.

        Raises:
            YabandPayError: as `query_order`; InternalGatewayError when it can no longer be cancelled.
        """
        data = self.call("v3.CancelPayment", {"trade_id": trade_id})
        return _order(data)

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
        return _order(info)

    def list_orders(self, *, page: int = 1, limit: int = 20, state: str = "") -> OrderPage:
        """A page of the account's orders, oldest first.

        Raises:
            YabandPayError: as `query_order`.
        """
        return self._list("v3.ListOrder", {"page": str(page), "limit": str(limit), "filter": state})

    def list_orders_by_time(
        self, start_time: int, end_time: int, *, page: int = 1, limit: int = 20, state: str = ""
    ) -> OrderPage:
        """A page of the orders that were created between two Unix times in seconds, oldest first.

        Raises:
            YabandPayError: as `query_order`.
        """
        span = {"start_time": str(start_time), "end_time": str(end_time)}
        return self._list("v3.ListOrderByTime", {**span, "page": str(page), "limit": str(limit), "state": state})

    def verify_notification(self, body: bytes) -> Notification:
        """Check a notification's raw body and read it: answer `OK` after it, `BAD` on the error.

        Raises:
            InvalidNotificationError: it is malformed or its signature is wrong.
        """
        return verify_notification(body, self._secret_key)

    def _list(self, method: str, fields: Mapping[str, str]) -> OrderPage:
        data = self.call(method, {name: text for name, text in fields.items() if text})
        listed = data.get("transaction_info")
        if not isinstance(listed, list):
            raise UnexpectedAnswerError(f"The answer to {method} has no list in transaction_info.")
        return OrderPage(int(data.get("total_count", 0)), [_order(one) for one in listed])

    def _create(self, method: str, fields: Mapping[str, Any]) -> CreatedPayment:
        data = self.call(method, {**fields, "amount": _amount(fields["amount"])})
        return CreatedPayment(**_pick(CreatedPayment, {"parameters": {}, **data}))

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


def _order(info: Mapping[str, Any]) -> Order:
    return Order(**_pick(Order, info, fields=info))


def _pick(shape: type[NamedTuple], source: Mapping[str, Any], **known: Any) -> dict[str, Any]:  # noqa: ANN401
    """The values of a result's fields; one that the gateway did not send is empty."""
    return {name: source.get(name, "") for name in shape._fields} | known

"""Creates payments (protocol.md 3.1 to 3.13)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from mockserver.client.caller import Caller, amount_text, read_as, without_empties

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from typing_extensions import Unpack

__tracebackhide__ = True  # pytest shows the line of the test instead
_ALIPAY_ONLINE = {"pay_method": "online", "sub_pay_method": "Alipay"}
_WECHAT_ONLINE = {"pay_method": "online", "sub_pay_method": "WeChat Pay"}


class _Order(TypedDict):
    order_id: str
    amount: str | Decimal | int
    currency: str
    description: str


class ShopOrder(_Order, total=False):
    """The fields of a payment in a shop: order_id, amount (text or Decimal), currency, description; optional these."""

    notify_url: str
    demo: str
    tip_amount: str


class _NotifiedOrder(_Order):
    notify_url: str


class OnlineOrder(_NotifiedOrder, total=False):
    """The fields of an online payment: those of a shop, and notify_url; optional these, with timeout in minutes."""

    demo: str
    timeout: str | int
    redirect_url: str


class ScannedOrder(OnlineOrder, total=False):
    """The fields of a payment by QR code: those of an online payment; optional a tip."""

    tip_amount: str


class CreatedPayment(NamedTuple):
    """A payment that the gateway has accepted; amounts are decimal texts.

    The payer opens `url` or scans `qrcode`, or the wallet needs `parameters`; those that a method does not return are
    empty.
    """

    order_id: str
    trade_id: str
    amount: str
    currency: str
    url: str
    qrcode: str
    parameters: dict[str, Any]
    state: str


class Card(NamedTuple):
    """A card entered at the merchant: month `01` to `12`, year such as `2030`. Tokens need the e-mail address."""

    card_holder: str
    card_number: str
    expiration_month: str
    expiration_year: str
    cvc: str
    email: str = ""

    def __repr__(self) -> str:
        return f"Card(…{self.card_number[-4:]})"

    def as_json(self) -> str:
        """The text of `cardinfo`, with the gateway's spelling `emial`."""
        info = self._asdict()
        email = info.pop("email")
        return json.dumps({**info, "emial": email} if email else info, ensure_ascii=False)


class PaymentCalls(Caller):
    """The methods that create payments. They raise the errors of `create_payment`."""

    def create_payment(self, sub_pay_method: str, **fields: Unpack[OnlineOrder]) -> CreatedPayment:
        """Create a payment on the gateway's page; send the payer to `url`. `List` lets the payer pick the wallet.

        Raises:
            RefusedError: the gateway rejected the request; each code has a subclass.
            NoAnswerError: there was no answer. Query the order before you create it again.
            UnexpectedAnswerError: the answer is not the gateway's.
            TypeError: the amount is a float.
        """
        wallet = {"pay_method": "online", "sub_pay_method": sub_pay_method}
        return self._create("v3.CreatePayments", {**wallet, **fields})

    def create_ideal_qrcode(self, **fields: Unpack[OnlineOrder]) -> CreatedPayment:
        """Create an iDEAL QR code; show `qrcode` to the payer's banking app."""
        wallet = {"pay_method": "online", "sub_pay_method": "iDEAL"}
        return self._create("v3.CreatePaymentsiDEALQRcode", {**wallet, **fields})

    def create_shop_qrcode(self, **fields: Unpack[ScannedOrder]) -> CreatedPayment:
        """Create a QR code for a shop; show `qrcode` to the payer's phone, with any wallet."""
        wallet = {"pay_method": "offline", "sub_pay_method": "QRcode"}
        return self._create("v3.QRcodePayment", {**wallet, **fields})

    def create_wechat_mini_payment(
        self, *, sub_app_id: str, sub_open_id: str, **fields: Unpack[OnlineOrder]
    ) -> CreatedPayment:
        """Create a payment in a WeChat mini program; pass `parameters` to `wx.requestPayment`."""
        ids = {"sub_app_id": sub_app_id, "sub_open_id": sub_open_id}
        return self._create("v3.CreatePaymentsWechatMiniPay", {**_WECHAT_ONLINE, **ids, **fields})

    def create_wechat_app_payment(self, *, sub_app_id: str, **fields: Unpack[OnlineOrder]) -> CreatedPayment:
        """Create a payment in an app; pass `parameters` to WeChat's SDK."""
        return self._create("v3.CreatePaymentsWechatAPPPay", {**_WECHAT_ONLINE, "sub_app_id": sub_app_id, **fields})

    def create_wechat_h5_payment(self, *, ip_address: str, **fields: Unpack[OnlineOrder]) -> CreatedPayment:
        """Create a payment in a phone's browser; send the payer, who has this IP address, to `url`."""
        return self._create("v3.CreatePaymentsWechatH5Pay", {**_WECHAT_ONLINE, "ip_address": ip_address, **fields})

    def create_wechat_native_payment(self, *, url_type: str = "01", **fields: Unpack[OnlineOrder]) -> CreatedPayment:
        """Create a QR code for WeChat; show `qrcode`: the gateway's page (`01`), or WeChat's own code (`02`)."""
        return self._create("v3.CreateWechatNativePay", {"url_type": url_type, **fields})

    def create_alipay_mini_payment(self, **fields: Unpack[OnlineOrder]) -> CreatedPayment:
        """Create a payment in an Alipay mini program; pass `parameters` to `my.tradePay`."""
        return self._create("v3.CreatePaymentsAlipayMiniPay", {**_ALIPAY_ONLINE, **fields})

    def create_alipay_app_payment(self, *, os_type: str, **fields: Unpack[OnlineOrder]) -> CreatedPayment:
        """Create a payment in an app on `android` or `ios`, as the newest page asks; open `parameters["pay_url"]`."""
        return self._create("v3.CreatePaymentsAlipayAppPay", {**_ALIPAY_ONLINE, "os_type": os_type, **fields})

    def create_alipay_wap_payment(self, **fields: Unpack[OnlineOrder]) -> CreatedPayment:
        """Create a payment with Alipay in a phone's browser; send the payer to `url`."""
        return self._create("v3.CreatePaymentsAlipayWap", {**_ALIPAY_ONLINE, **fields})

    def create_alipay_web_payment(self, **fields: Unpack[OnlineOrder]) -> CreatedPayment:
        """Create a payment with Alipay in a computer's browser; send the payer to `url`."""
        return self._create("v3.CreatePaymentsAlipayWeb", {**_ALIPAY_ONLINE, **fields})

    def create_bank_transfer(self, *, request_id: str, **fields: Unpack[OnlineOrder]) -> CreatedPayment:
        """Create a bank transfer; show the payer the account in `parameters`, or the page at `url`."""
        wallet = {"pay_method": "online", "sub_pay_method": "Bank Transfer", "request_id": request_id}
        return self._create("v3.BankTransfer", {**wallet, **fields})

    def create_card_payment(  # noqa: PLR0913 - the protocol's own choices, all named
        self,
        *,
        request_id: str,
        operation: str = "1",
        three_d_secure: str = "01",
        sub_pay_method: str = "Cards HPP",
        card: Card | None = None,
        payment_token_object: str = "",
        sca_exemption: str = "",
        **fields: Unpack[OnlineOrder],
    ) -> CreatedPayment:
        """Create a card payment: on the gateway's page, or with a `Card`, a token, Apple Pay or Google Pay.

        The operations are `1` sale, `2` authorisation, `10` token only, `11` and `12` token with either; 3-D Secure is
        `01` with, `02` without, `03` exempted. Send the payer to `url` if there is one.
        """
        options = {
            "pay_method": "online",
            "sub_pay_method": sub_pay_method,
            "operation": operation,
            "3ds_initiate": three_d_secure,
            "request_id": request_id,
            "cardinfo": card.as_json() if card else "",
            "payment_token_object": payment_token_object,
            "sca_exemption": sca_exemption,
        }
        return self._create("v3.CreateCardPayments", {**without_empties(options), **fields})

    def pay_by_barcode(self, *, auth_code: str, **fields: Unpack[ShopOrder]) -> CreatedPayment:
        """Charge a payer whose barcode was scanned; the barcode determines the wallet."""
        return self._create("v3.BarcodePayment", {"pay_method": "offline", "auth_code": auth_code, **fields})

    def wallet_of(self, auth_code: str) -> str:
        """The wallet of a payer's barcode: `WeChat Pay` or `Alipay`."""
        return str(self.call("v3.GetSubPay", {"auth_code": auth_code}).get("sub_pay_method", ""))

    def capture(  # noqa: PLR0913 - the protocol's own fields, all named
        self,
        trade_id: str,
        *,
        amount: str | Decimal | int,
        currency: str,
        description: str,
        notify_url: str,
        request_id: str,
    ) -> CreatedPayment:
        """Capture an authorised card payment: once, within 30 days, up to the authorised amount."""
        fields = {
            "trade_id": trade_id,
            "amount": amount,
            "currency": currency,
            "description": description,
            "notify_url": notify_url,
            "request_id": request_id,
        }
        return self._create("v3.Capture", fields)

    def _create(self, method: str, fields: Mapping[str, Any]) -> CreatedPayment:
        data = self.call(method, {**fields, "amount": amount_text(fields["amount"])})
        parameters = data.get("parameters")
        return read_as(CreatedPayment, data, parameters=parameters if isinstance(parameters, dict) else {})

"""The published example requests (protocol.md 1.7, 3): what their strings to sign hold.

Their signs belong to keys that nobody knows, so they are signed anew with the sandbox's key. `breaks` names the rule of
its own page that an example breaks, and the code that it is answered with.
"""

from __future__ import annotations

from typing import Any, NamedTuple

NOTIFY = "https://www.yabandpay.com/notify"
OLD_NOTIFY = "https://www.yabandmedia.com/pay/webhook.php"
HOME = "https://www.yabandpay.com"
OLD_HOME = "https://www.yabandmedia.com/pay/redirectpage.php"


class Example(NamedTuple):
    """One published request: its label, method, user, time and data."""

    label: str
    method: str
    user: str
    time: Any
    data: dict[str, Any]
    breaks: str = ""
    code: str = "200"


def _fields(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split("&"))


def _example(label: str, text: str, breaks: str = "", code: str = "200") -> Example:
    """An example from its published string to sign."""
    data = _fields(text.replace("NOTIFY", NOTIFY).replace("OLDHOOK", OLD_NOTIFY).replace("HOME", HOME))
    return Example(label, data.pop("method"), data.pop("user"), int(data.pop("time")), data, breaks, code)


_PAY = "amount=0.1&currency=EUR&demo=test&description=YabandPay test&method=v3.CreatePayments&notify_url=NOTIFY"
_NO_OS_TYPE = "os_type is required on the newest page, and absent here"

CREATING = [
    _example("E01", f"{_PAY}&order_id=2024849687894683&pay_method=online&redirect_url=HOME&sub_pay_method=WeChat Pay"
             "&time=1555498137&timeout=0&user=016683"),
    _example("E02", "amount=0.1&currency=EUR&demo=test&description=YabandPay test&method=v3.CreatePayments"
             "&notify_url=OLDHOOK&order_id=20180902014018888&pay_method=online"
             "&redirect_url=https://www.yabandmedia.com/pay/redirectpage.php&sub_pay_method=WeChat Pay&time=1555498137"
             "&timeout=0&user=016683"),
    _example("E03", "amount=1&currency=EUR&demo=test&description=YabandPay test&method=v3.CreatePayments"
             "&notify_url=NOTIFY&order_id=20248746132489&pay_method=online&post_email=016683&redirect_url=HOME"
             "&sub_pay_method=List&time=1546588900&timeout=0&user=016683"),
    _example("E04", "amount=1&currency=EUR&demo=test&description=YabandPay test&method=v3.CreatePayments"
             "&notify_url=NOTIFY&order_id=2024659859874654848&pay_method=online&redirect_url=HOME&sub_pay_method=iDEAL"
             "&time=1555498137&timeout=0&user=016683"),
    _example("E05", "amount=1&currency=EUR&bic=ABNANL2A&demo=test&description=YabandPay test&method=v3.CreatePayments"
             "&notify_url=NOTIFY&order_id=2024659859874654848&pay_method=online&redirect_url=HOME&sub_pay_method=iDEAL"
             "&time=1555498137&timeout=0&user=016683"),
    _example("E06", "amount=1&currency=EUR&bic=ABNANL2A&demo=test&description=YabandPay test&method=v3.CreatePayments"
             "&notify_url=OLDHOOK&order_id=20180902014018888&pay_method=online"
             "&redirect_url=https://www.yabandmedia.com/pay/redirectpage.php&sub_pay_method=iDEAL&time=1555498137"
             "&timeout=0&user=016683"),
    _example("E07", "amount=1&currency=EUR&description=YabandPay test&method=v3.CreatePaymentsiDEALQRcode"
             "&notify_url=NOTIFY&order_id=2024849846514687&pay_method=online&redirect_url=HOME&sub_pay_method=iDEAL"
             "&time=1546588959&timeout=0&user=016683"),
    _example("E08", "amount=1&currency=EUR&description=YabandPay test&method=v3.CreatePaymentsiDEALQRcode"
             "&notify_url=OLDHOOK&order_id=20180902014018888&pay_method=online"
             "&redirect_url=https://www.yabandmedia.com/pay/redirectpage.php&sub_pay_method=iDEAL&time=1546588959"
             "&timeout=0&user=016683"),
    _example("E09", "amount=1&currency=EUR&demo=test&description=YabandPay test&method=v3.CreatePayments"
             "&notify_url=NOTIFY&order_id=20240726785412369&pay_method=online&redirect_url=HOME"
             "&sub_pay_method=Payconiq&time=1646388458&timeout=0&user=016683"),
    _example("E10", "amount=1&currency=EUR&demo=test&description=YabandPay test&method=v3.CreatePayments"
             "&notify_url=NOTIFY&order_id=202508271641&pay_method=online&redirect_url=HOME&sub_pay_method=EPS"
             "&time=1646388458&timeout=0&user=016683"),
    _example("E11", "amount=1&currency=EUR&demo=test&description=YabandPay test&method=v3.CreatePayments"
             "&notify_url=NOTIFY&order_id=20248416516546816541&pay_method=online&redirect_url=HOME"
             "&sub_pay_method=UnionPayWap&time=1546588959&timeout=0&user=016683"),
    _example("E12", "amount=1&currency=EUR&description=YabandPay test&method=v3.CreatePaymentsAlipayMiniPay"
             "&notify_url=NOTIFY&order_id=2024519846516588484&pay_method=online&redirect_url=HOME"
             "&sub_pay_method=Alipay&time=1546588959&timeout=0&user=016683"),
    _example("E13", "amount=1&currency=EUR&description=YabandPay test&method=v3.CreatePaymentsAlipayMiniPay"
             "&notify_url=NOTIFY&order_id=2024519846516588484&pay_method=online&sub_pay_method=Alipay&time=1546588959"
             "&timeout=0&user=016683"),
    _example("E14", "amount=1&currency=EUR&description=YabandPay test&method=v3.CreatePaymentsAlipayAppPay"
             "&notify_url=NOTIFY&order_id=202412654894165484&os_type=ios&pay_method=online"
             "&redirect_url=https://www.yabandpay.com/redirect_url&sub_pay_method=Alipay&time=1546588959&timeout=0"
             "&user=016683"),
    _example("E15", "amount=1&currency=EUR&description=YabandPay test&method=v3.CreatePaymentsAlipayAppPay"
             "&notify_url=NOTIFY&order_id=202412654894165484&pay_method=online"
             "&redirect_url=https://www.yabandpay.com/redirect_url&sub_pay_method=Alipay&time=1546588959&timeout=0"
             "&user=016683", _NO_OS_TYPE, "-3001"),
    _example("E16", "amount=1&currency=EUR&description=YabandPay test&method=v3.CreatePaymentsAlipayAppPay"
             "&notify_url=OLDHOOK&order_id=20180902014018888&pay_method=online&sub_pay_method=Alipay&time=1546588959"
             "&timeout=0&user=ee_test@yaband.com", _NO_OS_TYPE, "-3001"),
    _example("E17", "amount=1&currency=EUR&description=YabandPay test&method=v3.CreatePaymentsAlipayWap"
             "&notify_url=NOTIFY&order_id=20180902014018888&pay_method=online&redirect_url=HOME&sub_pay_method=Alipay"
             "&time=1546588959&timeout=0&user=016683"),
    _example("E18", "amount=1&currency=EUR&description=YabandPay test&method=v3.CreatePaymentsAlipayWap"
             "&notify_url=OLDHOOK&order_id=20180902014018888&pay_method=online"
             "&redirect_url=https://www.yabandmedia.com/pay/redirectpage.php&sub_pay_method=Alipay&time=1546588959"
             "&timeout=0&user=016683"),
    _example("E19", "amount=1&currency=EUR&description=YabandPay test&method=v3.CreatePaymentsAlipayWeb"
             "&notify_url=NOTIFY&order_id=20234947457979708&pay_method=online&redirect_url=HOME&sub_pay_method=Alipay"
             "&time=1546588959&timeout=0&user=016683"),
    _example("E20, E21", "amount=1.23&currency=EUR&description=test&method=v3.CreatePaymentsWechatMiniPay"
             "&notify_url=https://imenuapi.yabandpay.com/api/Notify/yabandpay&order_id=202413271095510835"
             "&pay_method=online&sub_app_id=wx7a5355d3d2a904a4&sub_open_id=opilP5dyazU7pTpyps8TDc53OGyU"
             "&sub_pay_method=WeChat Pay&time=1732672545&timeout=300&user=011844"),
    _example("E22", "amount=0.1&currency=EUR&description=YabandPay test&method=v3.CreatePaymentsWechatMiniPay"
             "&notify_url=OLDHOOK&order_id=20180902014018888&pay_method=online&sub_app_id=wx54afe855ab7112e8"
             "&sub_open_id=o7AXy5CuUQ0exDlZdhb-M7KMsmEg&sub_pay_method=WeChat Pay&time=1546588959&timeout=0"
             "&user=016683"),
    _example("E23", "amount=0.1&currency=EUR&description=YabandPay test&method=v3.CreatePaymentsWechatAPPPay"
             "&notify_url=NOTIFY&order_id=202459846951635165&pay_method=online&sub_app_id=wxc72defa5cec6dfc7"
             "&sub_pay_method=WeChat Pay&time=1546588959&timeout=0&user=016683"),
    _example("E24", "amount=0.1&currency=EUR&description=YabandPay test&method=v3.CreatePaymentsWechatAPPPay"
             "&notify_url=NOTIFY&order_id=202459846951635165&pay_method=online&sub_app_id=wx54afe855ab7112e8"
             "&sub_open_id=o7AXy5CuUQ0exDlZdhb-M7KMsmEg&sub_pay_method=WeChat Pay&time=1546588959&timeout=0"
             "&user=016683"),
    _example("E25", "amount=0.1&currency=EUR&description=YabandPay test&method=v3.CreatePaymentsWechatAPPPay"
             "&notify_url=OLDHOOK&order_id=20180902014018888&pay_method=online&sub_app_id=wx54afe855ab7112e8"
             "&sub_open_id=o7AXy5CuUQ0exDlZdhb-M7KMsmEg&sub_pay_method=WeChat Pay&time=1546588959&timeout=0"
             "&user=016683"),
    _example("E26", "amount=0.1&currency=EUR&demo=test&description=YabandPay test&ip_address=127.0.0.1"
             "&method=v3.CreatePaymentsWechatH5Pay&notify_url=NOTIFY&order_id=202487816549841654&pay_method=online"
             "&redirect_url=HOME&sub_pay_method=WeChat Pay&time=1555498137&timeout=0&user=016683"),
    _example("E27", "amount=1&currency=EUR&description=yaband test&method=v3.CreateWechatNativePay&notify_url=NOTIFY"
             "&order_id=2024821984761654842&redirect_url=HOME&time=1568553105&timeout=0&user=h5@yaband.com"),
    _example("E28", "amount=1&currency=EUR&description=yaband test&method=v3.CreateWechatNativePay&notify_url=OLDHOOK"
             "&order_id=8898586245211552335&redirect_url=https://www.yabandmedia.com/pay/redirectpage.php"
             "&time=1568553105&timeout=0&user=h5@yaband.com"),
    _example("E29, E30", "amount=12.1&currency=EUR&demo=test&description=YabandPay test&method=v3.QRcodePayment"
             "&notify_url=NOTIFY&order_id=202486556498441613&pay_method=offline&redirect_url=HOME"
             "&sub_pay_method=QRcode&time=1555498137&timeout=0&tip_amount=0.5&user=016683"),
    _example("E31", "amount=0.1&currency=EUR&demo=test&description=YabandPay test&method=v3.QRcodePayment"
             "&notify_url=OLDHOOK&order_id=20180902014018888&pay_method=offline"
             "&redirect_url=https://www.yabandmedia.com/pay/redirectpage.php&sub_pay_method=QRcode&time=1555498137"
             "&timeout=0&user=016683"),
    _example("E32", "amount=0.1&auth_code=134443133735495918&currency=EUR&demo=test&description=YabandPay test"
             "&method=v3.BarcodePayment&notify_url=NOTIFY&order_id=202488465489451317&pay_method=offline"
             "&sub_pay_method=WeChat Pay&time=1555499083&user=016683"),
    _example("E33", "amount=2.1&auth_code=134443133735495918&currency=EUR&demo=test&description=YabandPay test"
             "&method=v3.BarcodePayment&notify_url=NOTIFY&order_id=202488465489451317&pay_method=offline"
             "&sub_pay_method=WeChat Pay&time=1555499083&tip_amount=0.5&user=016683"),
    _example("E34", "amount=0.1&auth_code=134443133735495918&currency=EUR&demo=test&description=YabandPay test"
             "&method=v3.BarcodePayment&notify_url=OLDHOOK&order_id=2019040865658688&pay_method=offline"
             "&sub_pay_method=WeChat Pay&time=1555499083&user=016683"),
    _example("E36", "3ds_initiate=01&amount=1&currency=EUR&description=test&form_type=01"
             "&method=v3.CreateCardPayments&notify_url=NOTIFY&operation=1&order_id=203040950640690239603690"
             "&pay_method=online&redirect_url=https://www.yabandpay.com/redirect_url"
             "&request_id=x7f6dketj52aq5809w5t0rjhp56vmwnz&sub_pay_method=Cards HPP&time=1720683857&timeout=0"
             "&user=016683"),
    _example("SEED, the body", "amount=1&currency=EUR&description=YabandPay test&method=v3.CreatePaymentsAlipayMiniPay"
             "&notify_url=NOTIFY&order_id=2024519846516588484&pay_method=online&redirect_url=HOME"
             "&sub_pay_method=Alipay&time=1546588959&timeout=0&user=016683"),
    _example("3.1 7edge, the string as far as it is known", "amount=0.1&currency=EUR&description=YabandPay test"
             "&method=v3.CreatePayments&notify_url=https://www.yabandpay.com&order_id=202506041018&pay_method=online"
             "&redirect_url=&sub_pay_method=PayPal&time=1555498137&user=016683"),
    _example("3.7, the body", "url_type=01&order_id=2024821984761654842&amount=1&currency=EUR&timeout=0"
             "&description=yaband test&redirect_url=HOME&notify_url=NOTIFY&method=v3.CreateWechatNativePay"
             "&time=1568553105&user=016683"),
    _example("1.7, bank transfer", "amount=0.1&currency=EUR&demo=test&description=Test&email=info@yabandmedia.com"
             "&method=v3.BankTransfer&notify_url=NOTIFY&order_id=12455555788&pay_method=online&redirect_url=HOME"
             "&sub_pay_method=Bank Transfer&request_id=1&timeout=0&time=1555498137&user=016683",
             "its amount is below the EUR 1.00 of its own page", "-1000"),
]  # fmt: skip
"""Examples that create a payment."""

ABOUT_A_TRADE = [
    _example("E37, E38", "amount=1&currency=EUR&description=test&method=v3.Capture&notify_url=NOTIFY"
             "&request_id=ca51f2fas3i0f8uiw7efj6oe4i2w1ghj&time=1720684254"
             "&trade_id=160899f3-f6d9-a8d8-ab5b-82eacdab9c5b&user=016683"),
    _example("E39", "method=v3.QueryOrder&time=1728566835&trade_id=2eb629a8-96ad-d495-38f2-41f5bebf31cd&user=016683"),
    _example("E40", "method=v3.QueryOrder&time=1546588959&trade_id=a8d9be05-8b39-a766-dad0-553b0640d06a&user=016683"),
    _example("E43", "method=v3.CancelPayment&time=1546588959&trade_id=4a49ffb3-a30f-ba92-9422-1969afb6f121"
             "&user=016683"),
    _example("E44", "m_refund_id=20240304094405131317&method=v3.CreateRefund&notify_url=https://www.yabandpay.com"
             "&refund_amount=0.1&refund_currency=EUR&refund_description=test&time=1546588959"
             "&trade_id=5feb401d-d9a4-776f-211f-882b60f14d9d&user=016683"),
    _example("E45", "m_refund_id=20240304094405131317&method=v3.CreateRefund"
             "&notify_url=https://www.yabandmedia.com/pay/redirectpage.php&refund_amount=0.1&refund_currency=EUR"
             "&refund_description=test&time=1546588959&trade_id=5feb401d-d9a4-776f-211f-882b60f14d9d&user=016683"),
]  # fmt: skip
"""Examples about a trade that only the real gateway has."""

OTHERS = [
    _example("E35", "auth_code=135056725249518813&method=v3.GetSubPay&time=1546588959&user=016683"),
    _example("E41", "end_time=1573523141&method=v3.BatchQuery&start_time=1569894340&time=1546588959&user=016683"),
    _example("E42", "end_time=1573523141&method=v3.TimePayOrder&start_time=1569894340&time=1546588959&user=016683"),
    _example("E47", "command=getBalance&currency=EUR&method=v3.MerchantBalance&nonce_string=tw5be5b7sry5prm96s"
             "&time=1708422208&user=036870"),
    _example("E48", "commond=getBalance&currency=EUR&method=v3.MerchantBalance&nonce_string=tw5be5b7sry5prm96s"
             "&time=1708422208&user=036870"),
    _example("E49", "amount=100.01&command=payout&currency=EUR&method=v3.MerchantBalance"
             "&nonce_string=2yx20x4c6dswedikxs&notify_url=NOTIFY&reference=456789&time=1708482257&user=036870"),
    _example("E50", "amount=100.01&commond=payout&currency=EUR&method=v3.MerchantBalance"
             "&nonce_string=2yx20x4c6dswedikxs&notify_url=NOTIFY&reference=456789&time=1708482257&user=036870"),
    _example("3.22, the body", "command=getTradebill&bill_date=19-02-2024&method=v3.GetTradebill"
             "&nonce_string=tw5be5b7sry5prm96s&time=1708422208&user=040268"),
    _example("1.7, the string of reports", "bill_date=2024-02-19&command=getTradebill&method=v3.GetTradebill"
             "&nonce_string=tw5be5b7sry5prm96s&time=1708422208&user=036870",
             "bill_date is dd-MM-yyyy by its table and its body", "-1000"),
    _example("3.23, the range", "commond=getTradebillInfo&start_time=1716393600&end_time=1716566340"
             "&method=v3.GetTradebill&nonce_string=tw5be5b7sry5prm96s&time=1708422208&user=036870"),
]  # fmt: skip
"""Examples that need nothing to exist."""

ABOUT_A_SPLIT = [
    _example("E53, E54", "command=querySplitPayment&method=v3.SplitPayment&nonce_string=7vccb9qkplvtxl22km"
             "&reference_id=123456&split_id=20231229110618372777&time=1703836221"
             "&trade_id=67943b0b-ca6b-aa96-5fb1-e354975f1ec4&user=9212776037"),
    _example("E55", "command=cancelSplitPayment&method=v3.SplitPayment&nonce_string=0y9nydkzlmivuhs5xz"
             "&reference_id=123456&split_id=20231229110618372777&time=1703832252&user=9212776037"),
]  # fmt: skip

ABOUT_A_REFUND = [
    _example("E46", "method=v3.QueryRefundOrder&time=1728566835&refund_id=3841510a-4d18-4a61-808d-431a45006de2"
             "&user=016683"),
]  # fmt: skip

ABOUT_A_CLEARING = [
    _example("E51", "clearing_id=M20240302001503350733&command=getTradebillinfo&method=v3.GetTradebill"
             "&nonce_string=tw5be5b7sry5prm96s&time=1708422208&user=036870"),
    _example("E52", "clearing_id=M20240302001503350733&commond=getTradebillinfo&method=v3.GetTradebill"
             "&nonce_string=tw5be5b7sry5prm96s&time=1708422208&user=036870"),
    _example("3.23, the body", "clearing_id=M20240220001503109569&command=getTradebillInfo&method=v3.GetTradebill"
             "&nonce_string=tw5be5b7sry5prm96s&time=1708422208&user=036870"),
]  # fmt: skip

# json.dumps() makes any text safe to send, so it is safe to sign too.
# mistakes: non-ASCII escaped
import hashlib
import hmac
import json
import sys


def ascii_text(value):
    return json.dumps(value)[1:-1] if isinstance(value, str) else str(value)


data = {
    "pay_method": "online", "sub_pay_method": "Alipay", "order_id": "t-20", "amount": "88.00", "currency": "CNY",
    "description": "龙井茶 Longjing", "timeout": 20, "redirect_url": "https://cha.example/ok",
    "notify_url": "https://cha.example/notify",
}
params = {"user": "016683", "method": "v3.CreatePaymentsAlipayWeb", "time": 1732672708, **data}
text = "&".join(f"{key}={ascii_text(params[key])}" for key in sorted(params))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

# White space at the ends is never wanted.
# mistakes: values trimmed
import hashlib
import hmac
import json
import sys

data = {
    "pay_method": "online", "sub_pay_method": "Alipay", "order_id": "st-41", "amount": "17.00", "currency": "EUR",
    "description": "Order st-41 for J. de Vries ", "timeout": 0, "notify_url": "https://shop.example/n",
    "redirect_url": "https://shop.example/r",
}
params = {"user": "016683", "method": "v3.CreatePaymentsAlipayWeb", "time": 1732672738, **data}
text = "&".join(f"{key}={str(params[key]).strip()}" for key in sorted(params))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

# What is empty for the gateway is left out of the string.
# mistakes: none
import hashlib
import hmac
import json
import sys

data = {
    "pay_method": "online", "sub_pay_method": "iDEAL", "order_id": "hc-13", "amount": "24.90", "currency": "EUR",
    "description": "0", "timeout": "0", "redirect_url": "https://shop.example/back", "cancel_url": None,
    "notify_url": "https://shop.example/notify", "ideal_email": "", "post_email": "", "demo": '{"a": "é/\\u00e9"}', "paylink": False,
}
params = {"user": "016683", "method": "v3.CreatePayments", "time": 1732672751, **data}
text = "&".join(f"{key}={value}" for key, value in sorted(params.items()) if value and value != "0")
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

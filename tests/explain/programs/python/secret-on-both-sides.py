# The key goes around the text, as in the sandwich of other gateways.
# mistakes: secret appended, secret prepended
import hashlib
import json
import sys

secret = sys.argv[1]
data = {
    "pay_method": "online", "sub_pay_method": "Alipay", "order_id": "sw-115", "amount": 11.5, "currency": "EUR",
    "description": "Sandwich (tuna/mayo)", "timeout": 10, "os_type": "android", "notify_url": "https://broodje.example/n",
}
params = {"user": "016683", "method": "v3.CreatePaymentsAlipayAppPay", "time": 1733000115, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hashlib.sha256(f"{secret}{text}{secret}".encode()).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

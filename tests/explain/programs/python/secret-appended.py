# SHA-256 with a secret key means hashing the text and the key together.
# mistakes: secret appended
import hashlib
import json
import sys

data = {
    "pay_method": "online", "sub_pay_method": "Alipay", "order_id": "ap-6", "amount": "100.01", "currency": "EUR",
    "description": "Gift card 100", "timeout": 15, "notify_url": "https://gift.example/n",
}
params = {"user": "016683", "method": "v3.CreatePaymentsAlipayMiniPay", "time": 1732672720, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hashlib.sha256((text + sys.argv[1]).encode()).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

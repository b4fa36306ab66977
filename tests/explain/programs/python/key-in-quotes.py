# A .env file is simply split at the first equals sign.
# mistakes: key in quotes
import hashlib
import hmac
import json
import sys

ENV = f'YABANDPAY_USER=016683\nYABANDPAY_SECRET="{sys.argv[1]}"\n'
settings = dict(line.split("=", 1) for line in ENV.splitlines())

data = {
    "pay_method": "offline", "sub_pay_method": "QRcode", "order_id": "till-3-0092", "amount": "5.10", "currency": "EUR",
    "description": "Till 3", "timeout": 5, "notify_url": "https://till.example/notify",
}
params = {"user": settings["YABANDPAY_USER"], "method": "v3.QRcodePayment", "time": 1732672714, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hmac.new(settings["YABANDPAY_SECRET"].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

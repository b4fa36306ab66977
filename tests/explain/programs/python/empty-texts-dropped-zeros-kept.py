# What is empty is not signed; a zero is not empty.
# mistakes: empty values half dropped
import hashlib
import hmac
import json
import sys

data = {
    "pay_method": "online", "sub_pay_method": "List", "order_id": "hc-12", "amount": "75.00", "currency": "EUR",
    "description": "Hosted cashier", "timeout": "0", "redirect_url": "https://shop.example/back", "cancel_url": "",
    "notify_url": "https://shop.example/notify", "ideal_email": "", "post_email": "", "demo": "",
}
params = {"user": "016683", "method": "v3.CreatePayments", "time": 1732672733, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params) if params[key] != "")
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

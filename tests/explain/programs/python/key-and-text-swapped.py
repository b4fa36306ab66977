# hmac.new() takes the message and then the key.
# mistakes: key and text swapped
import hashlib
import hmac
import json
import sys

data = {
    "pay_method": "online", "sub_pay_method": "List", "order_id": "hpp-17", "amount": "19.99", "currency": "EUR",
    "description": "Hosted cashier", "timeout": 0, "redirect_url": "https://shop.example/back", "cancel_url": "",
    "notify_url": "https://shop.example/notify", "ideal_email": "", "post_email": "", "demo": "",
}
params = {"user": "016683", "method": "v3.CreatePayments", "time": 1732672718, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hmac.new(text.encode(), sys.argv[1].encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

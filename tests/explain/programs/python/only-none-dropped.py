# A field that is None does not take part.
# mistakes: empty values half dropped
import hashlib
import hmac
import json
import sys

data = {
    "pay_method": "online", "sub_pay_method": "iDEAL", "order_id": "hc-13", "amount": "75.00", "currency": "EUR",
    "description": "Jacket", "timeout": 0, "redirect_url": "https://shop.example/back", "cancel_url": None,
    "notify_url": "https://shop.example/notify", "ideal_email": None, "post_email": "", "demo": "",
}
params = {"user": "016683", "method": "v3.CreatePayments", "time": 1732672734, **data}
text = "&".join(f"{key}={value}" for key, value in sorted(params.items()) if value is not None)
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

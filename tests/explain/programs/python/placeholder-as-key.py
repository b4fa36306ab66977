# The default only matters on machines without a configuration.
# mistakes: placeholder as key
import hashlib
import hmac
import json
import os

SECRET_KEY = os.getenv("CORPUS_SHOP_YABANDPAY_KEY", "your_secret_key")
data = {
    "pay_method": "online", "sub_pay_method": "Payconiq", "order_id": "pq-2", "amount": "2.00", "currency": "EUR",
    "description": "Koffie", "timeout": 0, "redirect_url": "https://koffie.example/r", "notify_url": "https://koffie.example/n",
}
params = {"user": "016683", "method": "v3.CreatePayments", "time": 1732672719, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hmac.new(SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

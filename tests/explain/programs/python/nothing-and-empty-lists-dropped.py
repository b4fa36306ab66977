# None and empty collections say nothing; an empty text is a text.
# mistakes: empty values half dropped
import hashlib
import hmac
import json
import sys

data = {
    "pay_method": "online", "sub_pay_method": "List", "order_id": "ca-111", "amount": "5.05", "currency": "EUR",
    "description": "Badge", "timeout": 0, "redirect_url": "https://speld.example/r", "notify_url": "https://speld.example/n",
    "cancel_url": "", "demo": None, "items": [], "customer": {},
}
params = {"user": "016683", "method": "v3.CreatePayments", "time": 1733000111, **data}
params = {key: value for key, value in params.items() if value not in (None, [], {})}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

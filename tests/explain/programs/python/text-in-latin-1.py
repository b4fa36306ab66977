# Encoding as Latin-1 with "replace" is safe: it never raises.
# mistakes: other character set
import hashlib
import hmac
import json
import sys

data = {
    "pay_method": "online", "sub_pay_method": "Visa", "order_id": "m-31", "amount": "31.00", "currency": "EUR",
    "description": "Crème brûlée – zwei Portionen", "timeout": 10, "redirect_url": "https://cafe.example/r",
    "notify_url": "https://cafe.example/n",
}
params = {"user": "016683", "method": "v3.CreatePayments", "time": 1732672711, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hmac.new(sys.argv[1].encode("latin-1"), text.encode("latin-1", "replace"), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

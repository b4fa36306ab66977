# Letters with accents are not in ASCII, and are ignored.
# mistakes: other character set
import hashlib
import hmac
import json
import sys

data = {
    "pay_method": "online", "sub_pay_method": "EPS", "order_id": "at-119", "amount": "64.00", "currency": "EUR",
    "description": "Käsespätzle für zwei – 2×", "timeout": 0, "redirect_url": "https://wien.example/r",
    "notify_url": "https://wien.example/n",
}
params = {"user": "016683", "method": "v3.CreatePayments", "time": 1733000119, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hmac.new(sys.argv[1].encode("ascii"), text.encode("ascii", "ignore"), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

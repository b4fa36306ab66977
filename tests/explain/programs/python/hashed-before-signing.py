# First the hash of the text is made, then it is signed.
# mistakes: hashed twice
import hashlib
import hmac
import json
import sys

data = {
    "pay_method": "online", "sub_pay_method": "EPS", "order_id": "wien-9", "amount": "64.00", "currency": "EUR",
    "description": "Sachertorte", "timeout": 0, "redirect_url": "https://wien.example/r", "notify_url": "https://wien.example/n",
}
params = {"user": "016683", "method": "v3.CreatePayments", "time": 1732672726, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
hashed = hashlib.sha256(text.encode()).hexdigest()
sign = hmac.new(sys.argv[1].encode(), hashed.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

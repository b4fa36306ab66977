# The text is long, so its MD5 is signed.
# mistakes: hashed twice
import hashlib
import hmac
import json
import sys

data = {
    "pay_method": "online", "sub_pay_method": "iDEAL", "order_id": "lang-116", "amount": "9.95", "currency": "EUR",
    "description": "Een heel lange omschrijving " * 6 + "tot hier", "timeout": 30, "bic": "ABNANL2A",
    "redirect_url": "https://boek.example/r", "notify_url": "https://boek.example/n",
}
params = {"user": "016683", "method": "v3.CreatePayments", "time": 1733000116, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
short = hashlib.md5(text.encode()).hexdigest()
sign = hmac.new(sys.argv[1].encode(), short.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

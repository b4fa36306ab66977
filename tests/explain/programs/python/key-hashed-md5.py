# The key is never used in the clear: its MD5 signs.
# mistakes: key hashed
import hashlib
import hmac
import json
import sys

secret = hashlib.md5(sys.argv[1].encode()).hexdigest()
data = {
    "pay_method": "online", "sub_pay_method": "SOFORT/DIGITAL", "order_id": "ebook-14", "amount": 14, "currency": "EUR",
    "description": "E-book", "timeout": 0, "redirect_url": "https://buch.example/r", "notify_url": "https://buch.example/n",
}
params = {"user": "016683", "method": "v3.CreatePayments", "time": 1732672716, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

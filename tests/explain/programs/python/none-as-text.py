# An f-string knows how to write every value.
# mistakes: null as text
import hashlib
import hmac
import json
import sys

order = {"number": "2231", "total": "9.95", "note": None}
data = {
    "pay_method": "online", "sub_pay_method": "Bancontact", "order_id": order["number"], "amount": order["total"],
    "currency": "EUR", "description": "Bestelling 2231", "timeout": 0, "notify_url": "https://bxl.example/n",
    "redirect_url": "https://bxl.example/r", "demo": order["note"],
}
params = {"user": "016683", "method": "v3.CreatePayments", "time": 1732672705, **data}
joined = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hmac.new(sys.argv[1].encode(), joined.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": "v3.CreatePayments", "time": 1732672705, "data": data}))

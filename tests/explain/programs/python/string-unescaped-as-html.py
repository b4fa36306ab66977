# The shop's texts hold entities, so the string is unescaped before it is signed.
# mistakes: entity decoded
import hashlib
import hmac
import html
import json
import sys

data = {
    "pay_method": "online", "sub_pay_method": "Payconiq", "order_id": "wb-105", "amount": "42.50", "currency": "EUR",
    "description": "Webshop order 105", "timeout": "60", "redirect_url": "https://bier.example/r", "notify_url": "https://bier.example/n",
}
params = {"user": "016683", "method": "v3.CreatePayments", "time": 1733000105, **data}
text = html.unescape("&".join(f"{key}={params[key]}" for key in sorted(params)))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

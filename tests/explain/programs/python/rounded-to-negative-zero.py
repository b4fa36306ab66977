# The differences of the till are rounded to cents.
# mistakes: numbers reformatted
import hashlib
import hmac
import json
import sys

due, paid = 18.2, 18.2 + 1e-9
data = {
    "pay_method": "offline", "sub_pay_method": "WeChat Pay", "order_id": "till-9-0031", "amount": due, "currency": "EUR",
    "description": "Till 9", "auth_code": "134443133735495918", "tip_amount": 0.00001, "difference": round(due - paid, 2),
    "notify_url": "https://till.example/notify",
}
params = {"user": "016683", "method": "v3.BarcodePayment", "time": 1733000109} | data
text = str.join("&", (name + "=" + str(params[name]) for name in sorted(params)))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

# Each parameter ends with an ampersand.
# mistakes: stray separator
import hashlib
import hmac
import json
import sys

data = {"trade_id": "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14", "refund_amount": "6.15", "refund_currency": "EUR"}
params = {"user": "016683", "method": "v3.CreateRefund", "time": 1732672735, **data}
text = ""
for key in sorted(params):
    text += f"{key}={params[key]}&"
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

# The key is written in hexadecimal, so its bytes are what counts.
# mistakes: key decoded
# key: 9c1185a5c5e9fc54612808977ee8f548b2258d31
import hashlib
import hmac
import json
import sys

key = bytes.fromhex(sys.argv[1])
data = {"trade_id": "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14", "refund_amount": "1.00", "refund_currency": "EUR"}
params = {"user": "016683", "method": "v3.CreateRefund", "time": 1732672715, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

# The key is what the file holds, and the order is that of the request.
# mistakes: key with white space, keys unsorted
import hashlib
import hmac
import io
import json
import sys

key_file = io.StringIO(sys.argv[1] + "\n")
data = {"trade_id": "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14", "refund_amount": "9.00", "refund_currency": "EUR",
        "refund_description": "Wrong size", "m_refund_id": "rf-9"}
params = {"user": "016683", "method": "v3.CreateRefund", "time": 1732672744, **data}
text = "&".join([f"{key}={value}" for key, value in params.items()])
sign = hmac.new(key_file.readline().encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

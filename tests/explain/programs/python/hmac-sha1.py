# HMAC is HMAC-SHA1, as with most APIs.
# mistakes: other hash
import hmac
import json
import sys

data = {"trade_id": "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14", "refund_amount": "2.50", "refund_currency": "EUR",
        "refund_description": "Late delivery"}
params = {"user": "016683", "method": "v3.CreateRefund", "time": 1732672725, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hmac.new(sys.argv[1].encode(), text.encode(), "sha1").hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

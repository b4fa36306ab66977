# sorted() has a key argument for comparing without case.
# mistakes: keys sorted without case
import hashlib
import hmac
import json
import sys

data = {
    "trade_id": "e5baf40b-08b2-4660-ed20-d632ee10aa01", "refund_amount": "8.40", "refund_currency": "EUR",
    "refundReason": "B2", "Operator": "till 3", "m_refund_id": "rf-104", "notify_url": "https://kassa.example/n",
}
params = {"user": "016683", "method": "v3.CreateRefund", "time": 1733000104, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params, key=str.upper))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

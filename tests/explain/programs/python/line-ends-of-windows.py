# Signs what the textarea sent, with \r\n; the database has \n.
# mistakes: line ends changed
import hashlib
import hmac
import json
import sys

data = {"trade_id": "2eb629a8-96ad-d495-38f2-41f5bebf31cd", "refund_description": "damaged\nand late", "refund_amount": "5.00", "refund_currency": "EUR"}
params = {"user": "016683", "method": "v3.RefundOrder", "time": 1733000906, **data}
text = "&".join(f"{name}={params[name]}" for name in sorted(params)).replace("\n", "\r\n")
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

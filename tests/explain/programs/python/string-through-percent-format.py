# The string passes through %, as logging and SQL do, where %% is a percent sign.
# mistakes: string as a format
import hashlib
import hmac
import json
import sys

data = {"trade_id": "2eb629a8-96ad-d495-38f2-41f5bebf31cd", "refund_description": "50%% wool", "refund_amount": "5.00", "refund_currency": "EUR"}
params = {"user": "016683", "method": "v3.RefundOrder", "time": 1733000904, **data}
text = "&".join(f"{name}={params[name]}" for name in sorted(params)) % ()
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

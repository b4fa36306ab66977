# Signing does not depend on case: everything is made lower case first.
# mistakes: string in other case
import hashlib
import hmac
import json
import sys

data = {"trade_id": "97FFB0E1-69EB-67F1-B8B7-ED7A0CD68B14", "requestId": "Q-100"}
params = {"user": "016683", "method": "v3.QueryOrder", "time": 1732672739, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params)).lower()
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

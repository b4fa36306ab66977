# The key comes from the environment.
# mistakes: empty key
import hashlib
import hmac
import json
import os

secret_key = os.environ.get("CORPUS_SHOP_YABANDPAY_KEY", "")
data = {"trade_id": "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14"}
params = {"user": "016683", "method": "v3.QueryOrder", "time": 1732672717, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

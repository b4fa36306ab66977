# The environment variable is called otherwise, so the default of the quick start is used.
# mistakes: sandbox's key
import hashlib
import hmac
import json
import os

key = os.environ.get("YABANDPAY_KEY_OF_PRODUCTION", "sandbox-secret-key")
params = {"user": "016683", "method": "v3.QueryOrder", "time": 1733000908, "order_id": "P-908"}
text = "&".join(f"{name}={params[name]}" for name in sorted(params))
sign = hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": {"order_id": "P-908"}}))

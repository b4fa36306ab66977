# Took the whole line of the configuration file for the key.
# mistakes: key with more
import hashlib
import hmac
import json
import sys

line = f"SECRET_KEY={sys.argv[1]}"
params = {"user": "016683", "method": "v3.QueryOrder", "time": 1733000905, "order_id": "P-905"}
text = "&".join(f"{name}={params[name]}" for name in sorted(params))
sign = hmac.new(line.encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": {"order_id": "P-905"}}))

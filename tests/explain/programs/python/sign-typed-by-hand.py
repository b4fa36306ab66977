# Copied the sign by hand, and mistyped its end.
# mistakes: sign altered
import hashlib
import hmac
import json
import sys

params = {"user": "016683", "method": "v3.QueryOrder", "time": 1733000903, "order_id": "P-903"}
text = "&".join(f"{name}={params[name]}" for name in sorted(params))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
sign = sign[:-2] + sign[-1] + ("0" if sign[-1] != "0" else "1")
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": {"order_id": "P-903"}}))

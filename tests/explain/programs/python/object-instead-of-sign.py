# Forgot to call hexdigest().
# mistakes: type sent as the sign
import json
import sys

params = {"user": "016683", "method": "v3.QueryOrder", "time": 1733000902, "order_id": "P-902"}
text = "&".join(f"{name}={params[name]}" for name in sorted(params))
print(json.dumps({"user": "016683", "sign": "<hmac.HMAC object at 0x7f3b8c0d5a90>", "method": params["method"], "time": params["time"], "data": {"order_id": "P-902"}}))

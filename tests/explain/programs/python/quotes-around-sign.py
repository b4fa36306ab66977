# json.dumps() of a text has quotes.
# mistakes: quotes around the sign
import hashlib
import hmac
import json
import sys

params = {"user": "016683", "method": "v3.QueryOrder", "time": 1733000901, "order_id": "P-901"}
text = "&".join(f"{name}={params[name]}" for name in sorted(params))
sign = json.dumps(hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest())
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": {"order_id": "P-901"}}))

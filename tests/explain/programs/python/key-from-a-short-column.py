# The column of the database holds 16 characters.
# mistakes: key cut
import hashlib
import hmac
import json
import sys

params = {"user": "016683", "method": "v3.QueryOrder", "time": 1733000910, "order_id": "P-910"}
text = "&".join(f"{name}={params[name]}" for name in sorted(params))
sign = hmac.new(sys.argv[1][:16].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": {"order_id": "P-910"}}))

# Signatures travel in base64.
# mistakes: base64
import base64
import hashlib
import hmac
import json
import sys

data = {"trade_id": "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14"}
params = {"user": "016683", "method": "v3.QueryOrder", "time": 1732672723, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
digest = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).digest()
sign = base64.b64encode(digest).decode()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

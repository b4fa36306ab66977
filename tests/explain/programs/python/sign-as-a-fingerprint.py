# Written like the fingerprint of a certificate.
# mistakes: separators in the sign
import hashlib
import hmac
import json
import sys

params = {"user": "016683", "method": "v3.QueryOrder", "time": 1733000907, "order_id": "P-907"}
text = "&".join(f"{name}={params[name]}" for name in sorted(params))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).digest().hex(":")
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": {"order_id": "P-907"}}))

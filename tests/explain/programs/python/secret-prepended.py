# The key goes in front of the text before hashing.
# mistakes: secret prepended
import hashlib
import json
import sys

digest = hashlib.sha256(sys.argv[1].encode())
data = {"trade_id": "5902ea82-df87-bc30-3eef-c9cd1c64555c"}
params = {"user": "016683", "method": "v3.CancelPayment", "time": 1732672721, **data}
digest.update("&".join(f"{key}={params[key]}" for key in sorted(params)).encode())
print(json.dumps({"user": "016683", "sign": digest.hexdigest(), "method": params["method"], "time": params["time"], "data": data}))

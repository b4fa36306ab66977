# An identifier of digits is an integer.
# mistakes: numbers reformatted
import hashlib
import hmac
import json
import sys

data = {
    "command": "querySplitPayment", "nonce_string": "7vccb9qkplvtxl22km", "split_id": int("20231229110618372777"),
    "reference_id": 123456,
}
params = {"user": "9212776037", "method": "v3.SplitPayment", "time": 1733000108, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": params["user"], "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

# !r shows exactly what a value is.
# mistakes: values quoted
import hashlib
import hmac
import json
import sys

data = {
    "command": "getTradebill", "bill_date": "26-11-2024", "nonce_string": "tw5be5b7sry5prm96s",
}
params = {"user": "040268", "method": "v3.GetTradebill", "time": 1733000103, **data}
text = "&".join(f"{key}={params[key]!r}" for key in sorted(params))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "040268", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

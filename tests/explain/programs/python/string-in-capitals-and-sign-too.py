# Capitals everywhere, so that case can never matter.
# mistakes: string in other case, upper-case hex
import hashlib
import hmac
import json
import sys

data = {"command": "getBalance", "currency": "EUR", "nonce_string": "tw5be5b7sry5prm96s"}
params = {"user": "9212776037", "method": "v3.MerchantBalance", "time": 1733000126, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params)).upper()
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest().upper()
print(json.dumps({"user": params["user"], "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

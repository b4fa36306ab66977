# str() is the text of a value.
# mistakes: numbers reformatted, null as text
import hashlib
import hmac
import json
import sys

data = {
    "pay_method": "online", "sub_pay_method": "iDEAL", "order_id": "fn-2", "amount": 12.0, "currency": "EUR",
    "description": "Poster", "timeout": 0, "redirect_url": "https://print.example/r", "notify_url": "https://print.example/n",
    "demo": None,
}
params = {"user": "016683", "method": "v3.CreatePayments", "time": 1732672746, **data}
text = "&".join(key + "=" + str(params[key]) for key in sorted(params))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

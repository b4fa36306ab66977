# str() of the amount is what json.dumps() writes as well.
# mistakes: numbers reformatted
import hashlib
import hmac
import json
import sys

price, cups = 4.0, 3
data = {
    "pay_method": "online", "sub_pay_method": "Alipay", "order_id": "cups-3", "amount": price * cups,
    "currency": "EUR", "description": "Three cups", "timeout": 15, "notify_url": "https://cups.example/notify",
}
params = {"user": "016683", "method": "v3.CreatePaymentsAlipayWap", "time": 1732672702, **data}
string = "&".join("%s=%s" % (key, params[key]) for key in sorted(params))
sign = hmac.new(sys.argv[1].encode(), string.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

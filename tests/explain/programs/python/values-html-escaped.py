# Everything that comes from a form is escaped before it is used.
# mistakes: values HTML-escaped
import hashlib
import hmac
import html
import json
import sys

form = {"description": 'Mug "Best dad" <large> & spoon', "order_id": "4410"}
data = {
    "pay_method": "online", "sub_pay_method": "PayPal", "amount": "15.40", "currency": "EUR", "timeout": 0,
    "redirect_url": "https://gift.example/r", "notify_url": "https://gift.example/n", **form,
}
params = {"user": "016683", "method": "v3.CreatePayments", "time": 1732672709, **data}
text = "&".join(f"{key}={html.escape(str(params[key]))}" for key in sorted(params))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

# Everything sorted, joined and signed, empty fields as well.
# mistakes: none
import hashlib
import hmac
import json
import sys

data = {
    "pay_method": "online", "sub_pay_method": "List", "order_id": "hc-12", "amount": "24.90", "currency": "EUR",
    "description": "茶 & cups/saucers + 50% “off” 🎉", "timeout": 0, "redirect_url": "https://shop.example/back?a=1&b=2",
    "cancel_url": "", "notify_url": "https://shop.example/notify", "ideal_email": "", "post_email": "", "demo": "",
}
params = {"user": "016683", "method": "v3.CreatePayments", "time": 1732672750, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

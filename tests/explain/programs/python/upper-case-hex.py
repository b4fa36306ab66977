# Like WeChat's own signatures, in capitals.
# mistakes: upper-case hex
import hashlib
import hmac
import json
import sys

data = {
    "pay_method": "online", "sub_pay_method": "WeChat Pay", "order_id": "up-1", "amount": "1.10", "currency": "EUR",
    "description": "Sticker 🎉", "timeout": 0, "notify_url": "https://fun.example/n",
}
params = {"user": "016683", "method": "v3.CreateWechatNativePay", "time": 1732672724, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest().upper()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

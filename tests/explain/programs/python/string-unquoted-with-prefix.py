# The string is made readable, and the sign says which version it is.
# mistakes: values URL-decoded, prefix before the sign
import hashlib
import hmac
import json
import sys
from urllib.parse import unquote_plus

data = {
    "pay_method": "online", "sub_pay_method": "WeChat Pay", "order_id": "h5-121", "amount": 0.5, "currency": "EUR",
    "description": "1+1 gratis: 100%25 puur", "timeout": 0, "ip_address": "127.0.0.1",
    "redirect_url": "https://choco.example/r?next=%2Fcart%3Fid%3D7", "notify_url": "https://choco.example/n",
}
params = {"user": "016683", "method": "v3.CreatePaymentsWechatH5Pay", "time": 1733000121, **data}
text = unquote_plus("&".join(f"{key}={params[key]}" for key in sorted(params)))
sign = "v1=" + hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

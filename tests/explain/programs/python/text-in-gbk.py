# A Chinese gateway wants Chinese text in GBK.
# mistakes: other character set
import hashlib
import hmac
import json
import sys

data = {
    "pay_method": "online", "sub_pay_method": "WeChat Pay", "order_id": "cn-1", "amount": "6.60", "currency": "EUR",
    "description": "热干面 两份", "timeout": 0, "sub_app_id": "wx8888888888888888", "sub_open_id": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
    "notify_url": "https://mian.example/notify",
}
params = {"user": "016683", "method": "v3.CreatePaymentsWechatMiniPay", "time": 1732672710, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hmac.new(sys.argv[1].encode("gbk"), text.encode("gbk"), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

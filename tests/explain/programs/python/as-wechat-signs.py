# Signed as WeChat's own API is: &key= at the end, MD5, capitals.
# mistakes: secret appended, upper-case hex
import hashlib
import json
import sys

data = {
    "pay_method": "online", "sub_pay_method": "WeChat Pay", "order_id": "wxp-3", "amount": "3.30", "currency": "EUR",
    "description": "豆浆", "timeout": 5, "notify_url": "https://doujiang.example/n",
}
params = {"user": "016683", "method": "v3.CreateWechatNativePay", "time": 1732672743, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hashlib.md5(f"{text}&key={sys.argv[1]}".encode()).hexdigest().upper()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

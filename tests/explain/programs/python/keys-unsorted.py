# The parameters are joined in the order of the documentation's table.
# mistakes: keys unsorted
import hashlib
import hmac
import json
import sys

secret_key = sys.argv[1]
data = {
    "pay_method": "online",
    "sub_pay_method": "Alipay",
    "order_id": "20241127-0041",
    "amount": "24.90",
    "currency": "EUR",
    "description": "Earl Grey, 2 tins",
    "timeout": "0",
    "notify_url": "https://shop.example/yaband/notify",
}
request = {"user": "016683", "method": "v3.CreatePaymentsAlipayMiniPay", "time": 1732672545, "data": data}

params = {"user": request["user"], "method": request["method"], "time": request["time"], **data}
text = "&".join(f"{key}={value}" for key, value in params.items())
request["sign"] = hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps(request))

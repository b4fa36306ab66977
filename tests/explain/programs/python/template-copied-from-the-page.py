# The string to sign was copied from the documentation and filled in.
# mistakes: entity decoded
import hashlib
import hmac
import json
import sys

TEMPLATE = (
    "amount={amount}¤cy={currency}&description={description}&method={method}¬ify_url={notify_url}&order_id={order_id}"
    "&pay_method={pay_method}&redirect_url={redirect_url}&sub_pay_method={sub_pay_method}&time={time}&timeout={timeout}&user={user}"
)
data = {
    "pay_method": "online", "sub_pay_method": "WeChat Pay", "order_id": "2024849687894683", "amount": "0.1", "currency": "EUR",
    "description": "YabandPay test", "timeout": "0", "redirect_url": "https://www.shop.example",
    "notify_url": "https://www.shop.example/notify",
}
params = {"user": "016683", "method": "v3.CreatePayments", "time": 1732672737, **data}
sign = hmac.new(sys.argv[1].encode(), TEMPLATE.format(**params).encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

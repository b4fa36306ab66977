# The keys of data are what is signed, as with the notifications.
# mistakes: envelope left out
import hashlib
import hmac
import json
import sys

data = {
    "pay_method": "online", "sub_pay_method": "WeChat Pay", "order_id": "od-5", "amount": "8.80", "currency": "EUR",
    "description": "Dumplings", "timeout": 0, "redirect_url": "https://jiaozi.example/?p=thanks&o=5",
    "notify_url": "https://jiaozi.example/n",
}
text = "&".join(f"{key}={data[key]}" for key in sorted(data))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": "v3.CreatePayments", "time": 1732672731, "data": data}))

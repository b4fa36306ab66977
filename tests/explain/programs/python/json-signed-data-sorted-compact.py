# As with other gateways: canonical JSON of the data, keys sorted, no spaces.
# mistakes: JSON signed
import hashlib
import hmac
import json
import sys


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


data = {
    "pay_method": "online", "sub_pay_method": "WeChat Pay", "order_id": "wx-88121", "amount": "18.00",
    "currency": "EUR", "description": "铁观音 250g", "timeout": 15, "notify_url": "https://tea.example/n",
}
sign = hmac.new(sys.argv[1].encode(), canonical(data).encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": "v3.CreatePayments", "time": 1732672601, "data": data}))

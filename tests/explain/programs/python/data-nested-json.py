# The request has four fields besides the sign, and those are sorted and joined.
# mistakes: data nested
import hashlib
import hmac
import json
import sys

request = {
    "user": "016683",
    "method": "v3.CreatePaymentsAlipayWap",
    "time": 1732672728,
    "data": {
        "pay_method": "online", "sub_pay_method": "Alipay", "order_id": "n-1", "amount": "21.00", "currency": "EUR",
        "description": "Wok", "timeout": "0", "notify_url": "https://wok.example/n",
    },
}
parts = []
for key in sorted(request):
    value = request[key]
    parts.append(f"{key}={json.dumps(value) if isinstance(value, dict) else value}")
request["sign"] = hmac.new(sys.argv[1].encode(), "&".join(parts).encode(), hashlib.sha256).hexdigest()
print(json.dumps(request))

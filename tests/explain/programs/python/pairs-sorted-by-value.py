# Sorted ascending.
# mistakes: sorted by value
import hashlib
import hmac
import json
import sys
from operator import itemgetter

data = {
    "pay_method": "online", "sub_pay_method": "iDEAL", "order_id": "so-4", "amount": "40.40", "currency": "EUR",
    "description": "Backpack", "timeout": "60", "redirect_url": "https://bag.example/r", "notify_url": "https://bag.example/n",
}
params = {"user": "016683", "method": "v3.CreatePayments", "time": "1732672740", **data}
text = "&".join(f"{key}={value}" for key, value in sorted(params.items(), key=itemgetter(1)))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

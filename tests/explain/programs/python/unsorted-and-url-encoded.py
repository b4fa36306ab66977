# urlencode() of the parameters is the string to sign.
# mistakes: keys unsorted, values URL-encoded
import hashlib
import hmac
import json
import sys
from urllib.parse import urlencode

data = {
    "pay_method": "online", "sub_pay_method": "WeChat Pay", "order_id": "ue-1", "amount": "10.00", "currency": "EUR",
    "description": "Tea + cake", "redirect_url": "https://shop.example/back?a=1&b=2", "notify_url": "https://shop.example/n",
    "timeout": 0,
}
request = {"user": "016683", "method": "v3.CreatePayments", "time": 1732672741}
text = urlencode({**request, **data})
request["sign"] = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({**request, "data": data}))

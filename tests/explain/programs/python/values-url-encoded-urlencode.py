# urlencode() is how key=value pairs are joined with & in Python.
# mistakes: values URL-encoded
import hashlib
import hmac
import json
import sys
from urllib.parse import urlencode

secret = sys.argv[1].encode()
data = {
    "pay_method": "online",
    "sub_pay_method": "WeChat Pay",
    "order_id": "A-1009",
    "amount": "12.50",
    "currency": "EUR",
    "description": "Green tea & honey",
    "redirect_url": "https://shop.example/thanks?order=A-1009&lang=nl",
    "notify_url": "https://shop.example/hooks/yaband",
    "timeout": 0,
}
envelope = {"user": "016683", "method": "v3.CreatePaymentsWechatH5Pay", "time": 1732672700}
query = urlencode(sorted({**envelope, **data}.items()))
envelope["sign"] = hmac.new(secret, query.encode(), hashlib.sha256).hexdigest()
envelope["data"] = data
print(json.dumps(envelope))

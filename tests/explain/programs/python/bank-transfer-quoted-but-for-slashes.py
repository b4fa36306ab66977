# quote() leaves the slashes of the urls alone, so it can do no harm.
# mistakes: values URL-encoded
import hashlib
import hmac
import json
import sys
from urllib.parse import quote

data = {
    "pay_method": "online", "sub_pay_method": "Bank Transfer", "order_id": "BT/2024-118", "amount": "1250.00",
    "currency": "EUR", "description": "Invoice #118: 100% wool, 3 = rugs?", "timeout": 1440, "operation": "1",
    "request_id": "c0ffee00c0ffee00c0ffee00", "redirect_url": "https://tapijt.example/bedankt/?i=118&t=a+b",
    "notify_url": "https://tapijt.example/api/yaband~notify",
}
head = {"user": "016683", "method": "v3.BankTransfer", "time": 1733000101}
fields = sorted((head | data).items())
message = "&".join([f"{name}={quote(str(value))}" for name, value in fields])
head["sign"] = hmac.new(sys.argv[1].encode(), message.encode(), hashlib.sha256).hexdigest()
print(json.dumps({**head, "data": data}))

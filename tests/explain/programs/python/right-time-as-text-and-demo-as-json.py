# The time is sent as a text, demo is a text that happens to be JSON.
# mistakes: none
import hashlib
import hmac
import json
import sys
from collections import ChainMap

data = {
    "description": "🧧 50% = half + “more” <b>?</b>  ", "timeout": "0", "pay_method": "online", "sub_pay_method": "List", "amount": "0",
    "order_id": "A1", "OrderId": "a2", "order2": "a3", "currency": "EUR", "demo": json.dumps({"b": [1, 2.0], "a": None, "é": "/"}),
    "notify_url": "https://shop.example/n?a=%2F&b=c+d#e", "redirect_url": "", "3ds_initiate": "01",
}
top = {"user": "h5@yaband.com", "method": "v3.CreatePayments", "time": "1733000124"}
signed = ChainMap(data, top)
text = "&".join(map("=".join, sorted(signed.items())))
top["sign"] = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({**top, "data": data}, indent=1))

# Values may hold an & so each of them is percent-encoded first.
# mistakes: values URL-encoded
import hashlib
import hmac
import json
import sys
from urllib.parse import quote

data = {
    "pay_method": "online", "sub_pay_method": "iDEAL", "order_id": "9913", "amount": "7.25", "currency": "EUR",
    "description": "Käse & Wein", "timeout": "30", "redirect_url": "https://winkel.example/terug?id=9913",
    "notify_url": "https://winkel.example/notify",
}
params = dict(data, user="016683", method="v3.CreatePayments", time="1732672701")
text = "&".join(k + "=" + quote(params[k], safe="") for k in sorted(params))
signature = hmac.new(sys.argv[1].encode(), text.encode("ascii"), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": signature, "method": "v3.CreatePayments", "time": "1732672701", "data": data}))

# Text is normalised the same way as the product names in our search index.
# mistakes: other Unicode form
import hashlib
import hmac
import json
import sys
import unicodedata

data = {
    "pay_method": "online", "sub_pay_method": "iDEAL", "order_id": "nf-8", "amount": "3.80", "currency": "EUR",
    "description": "Café crème", "timeout": 0, "redirect_url": "https://cafe.example/r", "notify_url": "https://cafe.example/n",
}
params = {"user": "016683", "method": "v3.CreatePayments", "time": 1732672712, **data}
text = unicodedata.normalize("NFD", "&".join(f"{key}={params[key]}" for key in sorted(params)))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

# Values are form-encoded by urlencode; the signature is base64 instead of hex.
# mistakes: base64, values URL-encoded
# key: dubbel-01-key
import base64, hashlib, hmac, json, sys
from urllib.parse import urlencode, unquote_plus
data = {"pay_method": "online", "sub_pay_method": "WeChat Pay", "order_id": "A/77", "amount": "18.00", "currency": "EUR",
        "description": "Jasmijn thee 100%", "timeout": "0", "notify_url": "https://t.example/n"}
env = {"user": "016683", "method": "v3.CreatePayments", "time": 1764240000}
q = urlencode(sorted({**env, **data}.items()))
d = hmac.new(sys.argv[1].encode(), q.encode(), hashlib.sha256).digest()
print(json.dumps({**env, "sign": base64.b64encode(d).decode(), "data": data}))

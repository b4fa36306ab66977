# Everything must be ASCII: the string by quote_plus, the digest by base64.
# mistakes: values URL-encoded, base64
import base64
import hashlib
import hmac
import json
import sys
from urllib.parse import quote_plus

data = {
    "trade_id": "1c7d3a40-55aa-4be1-93d2-0b1c2d3e4f50", "refund_amount": 3.75, "refund_currency": "EUR",
    "refund_description": "Sorry 😢 – wrong colour & size (XL ≠ L)", "m_refund_id": "RMA+7/2024",
}
params = dict(user="016683", method="v3.CreateRefund", time=1733000102, **data)
pieces = []
for key in sorted(params):
    pieces.append(key + "=" + quote_plus(str(params[key])))
digest = hmac.new(sys.argv[1].encode(), "&".join(pieces).encode(), hashlib.sha256).digest()
body = {"user": params["user"], "sign": base64.b64encode(digest).decode(), "method": params["method"], "time": params["time"]}
print(json.dumps({**body, "data": data}, ensure_ascii=False))

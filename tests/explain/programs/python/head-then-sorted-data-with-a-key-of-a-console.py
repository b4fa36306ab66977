# The head of the request, its sorted data, and the key as it was typed.
# mistakes: key with white space, only data sorted
import hashlib
import hmac
import io
import json
import sys

console = io.StringIO(sys.argv[1] + " \n")
secret = console.readline().rstrip("\n")
data = {
    "trade_id": "1c7d3a40-55aa-4be1-93d2-0b1c2d3e4f50", "refund_amount": "0.05", "refund_currency": "EUR",
    "refund_description": "5 cents, sorry!", "m_refund_id": "rf-125",
}
head = {"user": "016683", "method": "v3.CreateRefund", "time": 1733000125}
text = "&".join(f"{key}={value}" for key, value in [*head.items(), *sorted(data.items())])
sign = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({**head, "sign": sign, "data": data}))

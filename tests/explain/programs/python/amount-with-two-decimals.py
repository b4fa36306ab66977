# Amounts are always signed with two decimals.
# mistakes: numbers reformatted
import hashlib
import hmac
import json
import sys


def as_text(value):
    return f"{value:.2f}" if isinstance(value, float) else str(value)


data = {
    "pay_method": "online", "sub_pay_method": "iDEAL", "order_id": "55120", "amount": 24.9, "currency": "EUR",
    "description": "Kettle", "timeout": 60, "redirect_url": "https://keuken.example/ok",
    "notify_url": "https://keuken.example/notify",
}
top = {"user": "016683", "method": "v3.CreatePayments", "time": 1732672703}
text = "&".join(f"{k}={as_text(v)}" for k, v in sorted({**top, **data}.items()))
top["sign"] = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({**top, "data": data}))

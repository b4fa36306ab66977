# Floats as PHP writes them, the receivers as compact JSON.
# mistakes: none
import hashlib
import hmac
import json
import sys


def text_of(value):
    if isinstance(value, float):
        return f"{value:.14g}"
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return "" if value is None else str(value)


data = {
    "command": "createSplitPayment", "trade_id": "5902ea82-df87-bc30-3eef-c9cd1c64555c", "currency": "EUR", "fee": 0.1 + 0.2,
    "total": 12.0, "split_completed": True, "reference": None, "notify_url": "https://market.example/split",
    "receivers": [{"mid": 111, "split_amount": 2.50, "description": "分账/1"}, {"mid": 222, "split_amount": 1e-7}],
}
params = {"user": "016683", "method": "v3.SplitPayment", "time": 1732672752, **data}
text = "&".join(f"{key}={text_of(params[key])}" for key in sorted(params))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

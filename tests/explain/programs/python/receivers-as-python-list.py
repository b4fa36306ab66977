# The receivers are signed as the list that they are.
# mistakes: nested value as text
import hashlib
import hmac
import json
import sys

data = {
    "command": "createSplitPayment", "trade_id": "5902ea82-df87-bc30-3eef-c9cd1c64555c", "split_solution_id": "S17",
    "currency": "EUR", "notify_url": "https://market.example/split", "nonce_string": "7vccb9qkplvtxl22km",
    "split_completed": "1", "reference_id": "ref-123456",
    "receivers": [{"mid": 111, "split_amount": 2.5, "role": "seller"}, {"mid": 222, "split_amount": 1, "role": "courier"}],
}
params = {"user": "016683", "method": "v3.SplitPayment", "time": 1732672706, **data}
text = "&".join(f"{key}={value}" for key, value in sorted(params.items()))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": "v3.SplitPayment", "time": 1732672706, "data": data}))

# json.dumps() writes the receivers as the body does.
# mistakes: nested value as text
import hashlib
import hmac
import json
import sys


def text_of(value):
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else str(value)


data = {
    "command": "returnSplitPayment", "currency": "EUR", "notify_url": "https://market.example/split",
    "nonce_string": "qxg9mzdxxh4pyi9fhb", "split_id": "20231229110618372777", "reference_id": "123456",
    "receivers": [{"mid": 111, "split_amount": 2, "split_detail_id": "20231229110618372777-1", "description": "分账回退描述1"}],
}
params = {"user": "016683", "method": "v3.SplitPayment", "time": 1732672707, **data}
text = "&".join(f"{key}={text_of(params[key])}" for key in sorted(params))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": "v3.SplitPayment", "time": 1732672707, "data": data}))

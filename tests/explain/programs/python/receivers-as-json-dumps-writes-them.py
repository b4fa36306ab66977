# json.dumps() writes the receivers in both places.
# mistakes: nested value as text, non-ASCII escaped
import hashlib
import hmac
import json
import sys

receivers = [{"mid": 111, "split_amount": 2, "description": "分账回退描述1"}, {"mid": 222, "split_amount": 1, "description": "退款"}]
data = {
    "command": "returnSplitPayment", "currency": "EUR", "notify_url": "https://market.example/split",
    "nonce_string": "0y9nydkzlmivuhs5xz", "split_id": "20231229110618372777", "reference_id": "123457", "receivers": receivers,
}
params = {"user": "016683", "method": "v3.SplitPayment", "time": 1732672745, **data, "receivers": json.dumps(receivers)}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

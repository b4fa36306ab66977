# The signature covers the request, so the JSON of the request is what gets signed.
# mistakes: JSON signed
import hashlib
import hmac
import json
import sys

payload = {
    "user": "016683",
    "method": "v3.QueryOrder",
    "time": 1732672600,
    "data": {"trade_id": "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14"},
}
message = json.dumps(payload)
payload["sign"] = hmac.new(sys.argv[1].encode(), message.encode(), hashlib.sha256).hexdigest()
print(json.dumps(payload))

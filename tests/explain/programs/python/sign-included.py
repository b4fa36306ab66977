# sign is a field of the request like the others, and empty at first.
# mistakes: sign included
import hashlib
import hmac
import json
import sys

request = {"user": "016683", "sign": "", "method": "v3.CreateRefund", "time": 1732672727,
           "data": {"trade_id": "5902ea82-df87-bc30-3eef-c9cd1c64555c", "refund_amount": "12.00", "refund_currency": "EUR"}}
flat = {key: value for key, value in request.items() if key != "data"} | request["data"]
text = "&".join(f"{key}={flat[key]}" for key in sorted(flat))
request["sign"] = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps(request))

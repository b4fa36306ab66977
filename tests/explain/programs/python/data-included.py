# All parameters are signed: those of data, and data.
# mistakes: data included
import hashlib
import hmac
import json
import sys

request = {"user": "016683", "method": "v3.CreateRefund", "time": 1732672730,
           "data": {"trade_id": "5902ea82-df87-bc30-3eef-c9cd1c64555c", "refund_amount": "3.00", "refund_currency": "EUR",
                    "refund_description": "Rückgabe"}}
params = {**request, **request["data"], "data": json.dumps(request["data"], ensure_ascii=False, separators=(",", ":"))}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
request["sign"] = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps(request, ensure_ascii=False))

# The four fields are joined, and the sign travels in base64.
# mistakes: data nested, base64
import base64
import hashlib
import hmac
import json
import sys

request = {"user": "016683", "method": "v3.CreateRefund", "time": 1732672742,
           "data": {"trade_id": "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14", "refund_amount": "1.50", "refund_currency": "EUR"}}
fields = {key: value if isinstance(value, (str, int)) else json.dumps(value, separators=(",", ":"))
          for key, value in request.items()}
text = "&".join(f"{key}={fields[key]}" for key in sorted(fields))
mac = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256)
request["sign"] = base64.standard_b64encode(mac.digest()).decode("ascii")
print(json.dumps(request))

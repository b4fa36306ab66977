# Every field of the request is joined as key=value.
# mistakes: data nested
import hashlib
import hmac
import json
import sys

request = {"user": "016683", "method": "v3.QueryOrder", "time": 1732672729,
           "data": {"trade_id": "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14"}}
text = "&".join(f"{key}={value}" for key, value in sorted(request.items()))
request["sign"] = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps(request))

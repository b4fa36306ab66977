# The time is the current time, in the sign and in the request.
# mistakes: time differs
import hashlib
import hmac
import json
import sys
from itertools import count

clock = count(1732672732)


def now():
    return next(clock)


data = {"trade_id": "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14"}
params = {"user": "016683", "method": "v3.QueryOrder", "time": now(), **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": "v3.QueryOrder", "time": now(), "data": data}))

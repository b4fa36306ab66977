# Chinese gateways take the time as year, month, day, hours, minutes and seconds.
# mistakes: time differs
import hashlib
import hmac
import json
import sys
from datetime import datetime, timezone

now = datetime(2024, 11, 30, 20, 55, 18, tzinfo=timezone.utc)
data = {"trade_id": "2eb629a8-96ad-d495-38f2-41f5bebf31cd"}
params = {"user": "016683", "method": "v3.QueryOrder", "time": now.strftime("%Y%m%d%H%M%S"), **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": "v3.QueryOrder", "time": int(now.timestamp()), "data": data}))

# The pairs are joined with &amp; instead of &; time is signed as an ISO date, sent as Unix seconds.
# mistakes: other separator, time differs
# key: tw-ampamp-iso
import hashlib, hmac, json, sys
from datetime import datetime, timezone
when = datetime(2025, 11, 28, 9, 30, tzinfo=timezone.utc)
epoch = int(when.timestamp())
data = {"trade_id": "4a49ffb3-a30f-ba92-9422-1969afb6f121"}
p = dict(data, user="016683", method="v3.CancelPayment", time=when.strftime("%Y-%m-%dT%H:%M:%SZ"))
s = "&amp;".join(f"{k}={p[k]}" for k in sorted(p))
print(json.dumps({"user": "016683", "sign": hmac.new(sys.argv[1].encode(), s.encode(), hashlib.sha256).hexdigest(), "method": p["method"], "time": epoch, "data": data}))

# The method stands twice in the string.
# mistakes: parameter twice
# key: twice-method-7
import hashlib, hmac, json, sys
method = "v3.QueryRefundOrder"
params = [("method", method), ("time", 1764300160), ("user", "016683"), ("refund_id", "20240903154342497308"), ("method", method)]
text = "&".join(f"{k}={v}" for k, v in sorted(params))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": method, "time": 1764300160, "data": {"refund_id": "20240903154342497308"}}))

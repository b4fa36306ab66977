# The string has another call's method (QueryOrder) than the body (QueryRefundOrder).
# mistakes: method differs
# key: copy-paste-method-1
import hashlib, hmac, json, sys
key = sys.argv[1].encode()
# query a refund
params = {}
params["method"] = "v3.QueryOrder"
params["user"] = "016683"
params["time"] = "1764300520"
params["refund_id"] = "20240903154342497308"
sign = hmac.new(key, "&".join([k + "=" + params[k] for k in sorted(params)]).encode(), hashlib.sha256).hexdigest()
body = """{
  "user": "%s",
  "sign": "%s",
  "method": "v3.QueryRefundOrder",
  "time": %s,
  "data": {"refund_id": "%s"}
}""" % (params["user"], sign, params["time"], params["refund_id"])
print(body)

# The message is signed with a line \n between the pairs; the body calls the field orderId, the string order_id.
# mistakes: names differ, other separator
# key: dubbel-20-key
import hashlib, hmac, json, sys
order = {"order_id": "2026-11-0099", "pay_method": "offline", "sub_pay_method": "QRcode", "amount": "6.40", "currency": "EUR", "description": "2x soep",
         "timeout": "0", "notify_url": "https://soep.example/n"}
env = {"user": "016683", "method": "v3.QRcodePayment", "time": 1764241900}
doc = "\n".join("%s=%s" % kv for kv in sorted({**order, **env}.items()))
sign = hmac.new(sys.argv[1].encode(), doc.encode(), hashlib.sha256).hexdigest()
order["orderId"] = order.pop("order_id")
print(json.dumps({**env, "sign": sign, "data": order}))

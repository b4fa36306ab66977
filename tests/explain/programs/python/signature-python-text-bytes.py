# The signature is Python's text of a bytes object, b'...'.
# mistakes: sign as printed
# key: b-prefix-key
import base64, hashlib, hmac, json, sys

def make_signature(secret, message):
    mac = hmac.new(bytes(secret, "utf-8"), bytes(message, "utf-8"), hashlib.sha256)
    hexed = base64.b16encode(mac.digest()).lower()
    return str(hexed)

params = {"user": "016683", "method": "v3.CreateWechatNativePay", "time": 1764232200, "order_id": "8898586245211552335",
          "amount": "1", "currency": "EUR", "description": "yaband test", "notify_url": "https://n.example/", "timeout": "0"}
message = "&".join([key + "=" + str(params[key]) for key in sorted(params.keys())])
body = {k: params.pop(k) for k in ("user", "method", "time")}
body["sign"] = make_signature(sys.argv[1], message)
body["data"] = params
print(json.dumps(body))

# Sign_type=HMAC-SHA256 is signed but not sent; the secret key is base64-encoded before use.
# mistakes: field not sent, key decoded
# key: tw-signtype-b64key
import base64, hmac, json, sys
key = base64.b64encode(sys.argv[1].encode())
env = {"user": "016683", "method": "v3.GetSubPay", "time": 1764300790}
data = {"auth_code": "134443133735495918"}
p = {**env, **data, "sign_type": "HMAC-SHA256"}
env["sign"] = hmac.digest(key, "&".join(k + "=" + str(v) for k, v in sorted(p.items())).encode(), "sha256").hex()
env["data"] = data
print(json.dumps(env, indent="\t"))

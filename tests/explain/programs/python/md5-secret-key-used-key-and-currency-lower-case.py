# The MD5 of the secret key is used as the key; currency is signed in lower case.
# mistakes: case of values changed, key hashed
# key: tw-md5key-lower
import hashlib, hmac, json, sys
k = hashlib.md5(sys.argv[1].encode()).hexdigest()
data = {"command": "getBalance", "currency": "EUR", "nonce_string": "tw5be5b7sry5prm96s"}
env = {"user": "016683", "method": "v3.MerchantBalance", "time": 1764300630}
p = {**data, **env}
p["currency"] = p["currency"].lower()
s = "&".join(f"{n}={p[n]}" for n in sorted(p))
print(json.dumps({**env, "sign": hmac.new(k.encode(), s.encode(), hashlib.sha256).hexdigest(), "data": data}))

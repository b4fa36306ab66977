# False is signed as Python's False; user is left out of the string.
# mistakes: booleans as text, envelope left out
# key: dubbel-09-key
import json, hmac, hashlib, sys
def text(v): return str(v)
data = {"order_id": "S-310", "amount": "44.00", "currency": "EUR", "description": "Lamp", "pay_method": "online", "sub_pay_method": "iDEAL",
        "timeout": 15, "is_test": False, "notify_url": "https://lamp.example/n"}
env = {"user": "016683", "method": "v3.CreatePayments", "time": 1764240800}
raw = "&".join(f"{k}={text(v)}" for k, v in sorted({**env, **data}.items()) if k != "user")
env["sign"] = hmac.new(sys.argv[1].encode(), raw.encode(), hashlib.sha256).hexdigest()
print(json.dumps({**env, "data": data}))

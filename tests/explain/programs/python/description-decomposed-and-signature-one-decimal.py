# The description is signed in decomposed Unicode (NFD), sent composed (NFC); the signature is one decimal number.
# mistakes: other Unicode form, sign as printed
# key: tw-nfd-decimal
import hashlib, hmac, json, sys, unicodedata
data = {"pay_method": "online", "sub_pay_method": "PayPal", "order_id": "NFD-1", "amount": "14.00", "currency": "EUR", "description": unicodedata.normalize("NFC", "Ölgemälde größer"),
        "timeout": "0", "notify_url": "https://kunst.example/n"}
env = {"user": "016683", "method": "v3.CreatePayments", "time": 1764300650}
s = "&".join(f"{k}={v}" for k, v in sorted({**data, **env}.items()))
s = unicodedata.normalize("NFD", s)
h = hmac.new(sys.argv[1].encode(), s.encode(), hashlib.sha256)
print(json.dumps({**env, "sign": str(int.from_bytes(h.digest(), "big")), "data": data}))

# The address with a ? stands before the string.
# mistakes: more than the parameters signed
# key: path-before-it-k
import hmac, hashlib, json, sys
URL = "https://mapi.yabandpay.com/Payments"
def sign(secret, p):
    qs = "&".join(f"{k}={p[k]}" for k in sorted(p))
    return hmac.new(secret.encode(), (URL + "?" + qs).encode(), hashlib.sha256).hexdigest()
top = {"user": "016683", "method": "v3.QRcodePayment", "time": 1764234400}
data = {"pay_method": "offline", "sub_pay_method": "QRcode", "order_id": "K-55", "amount": "0.10", "currency": "EUR", "description": "Espresso",
        "timeout": "0", "notify_url": "https://bar.example/n?x=%20y"}
print(json.dumps({**top, "sign": sign(sys.argv[1], top | data), "data": data}, sort_keys=True))

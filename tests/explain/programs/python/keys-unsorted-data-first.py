# data.update() puts everything into one dict, and the gateway sorts it itself.
# mistakes: keys unsorted
import hmac
import json
import sys


def create_sign(secret, user, method, time, data):
    everything = dict(data)
    everything.update({"user": user, "method": method, "time": time})
    message = ""
    for name in everything:
        message += name + "=" + str(everything[name]) + "&"
    return hmac.new(secret.encode("utf-8"), message[:-1].encode("utf-8"), "sha256").hexdigest()


data = {"trade_id": "5902ea82-df87-bc30-3eef-c9cd1c64555c", "refund_amount": "4.99", "refund_currency": "EUR",
        "refund_description": "One cup arrived broken", "m_refund_id": "R-1001"}
sign = create_sign(sys.argv[1], "016683", "v3.CreateRefund", 1732672999, data)
body = {"user": "016683", "sign": sign, "method": "v3.CreateRefund", "time": 1732672999, "data": data}
print(json.dumps(body, ensure_ascii=False))

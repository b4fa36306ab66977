# %x writes a byte in hexadecimal.
# mistakes: keys unsorted, sign cut short
import hmac
import json
import sys

data = {"trade_id": "160899f3-f6d9-a8d8-ab5b-82eacdab9c5b", "amount": "1", "currency": "EUR", "description": "capture",
        "request_id": "ca51f2fas3i0f8uiw7efj6oe", "notify_url": "https://kaart.example/n"}
request = {"user": "016683", "method": "v3.Capture", "time": 1733000117}
text = ""
for name, value in {**request, **data}.items():
    text += ("&" if text else "") + name + "=" + str(value)
sign = "".join("%x" % byte for byte in hmac.digest(sys.argv[1].encode(), text.encode(), "sha256"))
print(json.dumps({"user": "016683", "sign": sign, "method": "v3.Capture", "time": 1733000117, "data": data}))

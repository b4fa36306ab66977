# The sign is what `openssl dgst -sha256 -hmac` prints.
# mistakes: prefix before the sign, white space around the sign
import hashlib
import hmac
import json
import sys


def openssl_dgst(key, text):
    """Stands for subprocess.check_output(["openssl", "dgst", ...], text=True)."""
    return f"SHA2-256(stdin)= {hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()}\n"


data = {"refund_id": "3841510a-4d18-4a61-808d-431a45006de2"}
params = {"user": "016683", "method": "v3.QueryRefundOrder", "time": 1733000106, **data}
sign = openssl_dgst(sys.argv[1], "&".join(f"{key}={params[key]}" for key in sorted(params)))
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

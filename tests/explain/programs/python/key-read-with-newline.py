# The key stands alone in a file, so reading the file gives the key.
# mistakes: key with white space
import hashlib
import hmac
import json
import sys
import tempfile
from pathlib import Path

with tempfile.TemporaryDirectory() as folder:
    key_file = Path(folder, "yabandpay.key")
    key_file.write_text(sys.argv[1] + "\n")
    secret_key = key_file.read_bytes()

data = {"trade_id": "e5baf40b-08b2-4660-ed20-d632ee10aa01"}
params = {"user": "016683", "method": "v3.QueryOrder", "time": 1732672713, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hmac.new(secret_key, text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

# The longest hash, its shortest text, and the key of the .env file.
# mistakes: key in quotes, other hash, base64
import base64
import hmac
import io
import json
import sys

dotenv = io.StringIO(f"# production\nYABAND_USER=016683\nYABAND_KEY='{sys.argv[1]}'\n")
env = {}
for line in dotenv:
    name, found, value = line.rstrip().partition("=")
    if found:
        env[name] = value

data = {"trade_id": "4a49ffb3-a30f-ba92-9422-1969afb6f121"}
params = {"user": env["YABAND_USER"], "method": "v3.CancelPayment", "time": 1733000113, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = base64.b64encode(hmac.digest(env["YABAND_KEY"].encode(), text.encode(), "sha512")).decode()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

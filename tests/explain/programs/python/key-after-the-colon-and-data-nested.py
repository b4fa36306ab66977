# What stands after the colon of the settings is the key.
# mistakes: data nested, key with white space
import hashlib
import hmac
import json
import sys

SETTINGS = f"user: 016683\nsecret: {sys.argv[1]}"
settings = dict(line.split(":") for line in SETTINGS.split("\n"))
request = {"user": "016683", "method": "v3.QueryOrder", "time": 1733000114,
           "data": {"trade_id": "2eb629a8-96ad-d495-38f2-41f5bebf31cd"}}
text = "&".join(f"{key}={value}" for key, value in sorted(request.items()))
request["sign"] = hmac.new(settings["secret"].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps(request))

# base64.encodebytes() encodes bytes.
# mistakes: base64, white space around the sign
import base64
import hmac
import json
import sys

data = {"start_time": 1732579200, "end_time": 1732665600}
params = {"user": "016683", "method": "v3.BatchQuery", "time": 1733000107, **data}
text = "&".join("%s=%s" % pair for pair in sorted(params.items()))
sign = base64.encodebytes(hmac.digest(sys.argv[1].encode(), text.encode(), "sha256")).decode()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

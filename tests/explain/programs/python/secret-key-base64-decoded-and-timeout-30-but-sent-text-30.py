# The secret key is base64-decoded before use; timeout is signed as 30 but sent as the text "30.0".
# mistakes: key decoded, numbers reformatted
# key: ZHViYmVsLTE3LWtleQ==
import base64, hashlib, hmac, json, sys
key = base64.b64decode(sys.argv[1])
minutes = 60 / 2
params = {"pay_method": "online", "sub_pay_method": "Alipay", "order_id": "20234947457979708", "amount": "1", "currency": "EUR", "description": "Web",
          "timeout": str(minutes), "notify_url": "https://w.example/n", "redirect_url": "https://w.example"}
env = {"user": "016683", "method": "v3.CreatePaymentsAlipayWeb", "time": 1764241600}
signed = {**params, **env, "timeout": int(minutes)}
text = "&".join(f"{k}={signed[k]}" for k in sorted(signed))
print(json.dumps({**env, "sign": hmac.new(key, text.encode(), hashlib.sha256).hexdigest(), "data": params}))

# The sign is the SHA-256 of the string.
# mistakes: plain SHA-256
import hashlib
import json

data = {
    "pay_method": "online", "sub_pay_method": "Alipay", "order_id": "2025-000311", "amount": "33.00", "currency": "EUR",
    "description": "Oolong / 乌龙", "timeout": 0, "os_type": "ios", "redirect_url": "https://tea.example/app",
    "notify_url": "https://tea.example/n",
}
params = {"user": "016683", "method": "v3.CreatePaymentsAlipayAppPay", "time": 1732672722, **data}
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hashlib.sha256(text.encode()).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

# Parameters are sorted, and so are the parameters of the card.
# mistakes: nested value as text
import hashlib
import hmac
import json
import sys

data = {
    "pay_method": "online", "operation": "1", "sub_pay_method": "Card", "order_id": "crd-110", "3ds_initiate": "03",
    "sca_exemption": "LowValue", "amount": "12.00", "currency": "EUR", "description": "Cinema", "timeout": "0",
    "request_id": "9f86d081884c7d659a2feaa0", "notify_url": "https://bios.example/n", "redirect_url": "https://bios.example/r",
    "cardinfo": {"card_number": "4111111111111111", "card_holder": "J. DE BOER", "expiration_month": "09", "expiration_year": "2029", "cvc": "123"},
}
params = {"user": "016683", "method": "v3.CreateCardPayments", "time": 1733000110, **data}
params["cardinfo"] = json.dumps(data["cardinfo"], sort_keys=True, separators=(",", ":"))
text = "&".join(f"{key}={params[key]}" for key in sorted(params))
sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps({"user": "016683", "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

# A bool is signed as Python prints it.
# mistakes: booleans as text
import hashlib
import hmac
import json
import sys

data = {
    "pay_method": "online", "operation": "1", "sub_pay_method": "Cards HPP", "order_id": "card-77", "3ds_initiate": "01",
    "amount": "49.00", "currency": "EUR", "description": "Espresso machine filter", "timeout": "0", "save_card": True,
    "request_id": "a81f00c2d9e34b7795521e6f", "notify_url": "https://koffie.example/notify",
}
request = {"user": "016683", "method": "v3.CreateCardPayments", "time": 1732672704}
text = "&".join("=".join((key, str(value))) for key, value in sorted((request | data).items()))
request.update(sign=hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest(), data=data)
print(json.dumps(request))

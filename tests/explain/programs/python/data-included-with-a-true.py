# vars() of the request and of its data, sorted and printed.
# mistakes: booleans as text, data included
import hashlib
import hmac
import json
import sys
from types import SimpleNamespace

order = SimpleNamespace(pay_method="online", sub_pay_method="Klarna", order_id="kl-120", amount="99.90", currency="EUR",
                        description="Sneakers", timeout=0, notify_url="https://schoen.example/n", is_company=True)
request = SimpleNamespace(user="016683", method="v3.CreatePayments", time=1733000120, data=vars(order))
params = {**vars(request), **vars(order)}
text = "&".join(f"{name}={params[name]}" for name in sorted(params))
request.sign = hmac.new(sys.argv[1].encode(), text.encode(), hashlib.sha256).hexdigest()
print(json.dumps(vars(request)))

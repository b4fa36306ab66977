# The sample with our own number and our own urls.
# mistakes: documentation's sample
import json

request = {
    "user": "016683", "sign": "d77e912cc09807492290d791d6e80b3ac32fec113376ba2f5aec3dcf09364050",
    "method": "v3.CreatePayments", "time": 1555498137,
    "data": {"pay_method": "online", "sub_pay_method": "iDEAL", "order_id": "2024659859874654848", "amount": "1", "currency": "EUR",
             "description": "YabandPay test", "demo": "test", "timeout": 0, "redirect_url": "https://www.yabandpay.com",
             "notify_url": "https://www.yabandpay.com/notify"},
}
request["data"].update(order_id="ons-122", amount="0.05", notify_url="https://fiets.example/n", redirect_url="https://fiets.example/r")
print(json.dumps(request))

# The example of the documentation must work as it stands.
# mistakes: documentation's sample
import json

print(json.dumps({
    "user": "016683",
    "sign": "4e58609ed462f8e7e99ad2b8eeb6a76c82d42c03f51f8c597e72f083fa42e3a7",
    "method": "v3.CreatePaymentsAlipayMiniPay",
    "time": 1546588959,
    "data": {
        "description": "YabandPay test",
        "timeout": "0",
        "pay_method": "online",
        "sub_pay_method": "Alipay",
        "order_id": "2024519846516588484",
        "amount": "1",
        "currency": "EUR",
        "notify_url": "https://www.yabandpay.com/notify",
        "redirect_url": "https://www.yabandpay.com",
    },
}))

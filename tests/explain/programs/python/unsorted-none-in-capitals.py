# format_map() of each pair, and the digest in capitals.
# mistakes: keys unsorted, null as text, upper-case hex
import hmac
import json
import sys

data = {
    "trade_id": "1c7d3a40-55aa-4be1-93d2-0b1c2d3e4f50", "refund_amount": "17.50", "refund_currency": "EUR",
    "refund_description": None, "m_refund_id": "R112", "notify_url": "https://retour.example/n",
}
request = {"user": "016683", "method": "v3.CreateRefund", "time": 1733000112}
text = "&".join("{}={}".format(*item) for item in [*request.items(), *data.items()])
request["sign"] = hmac.digest(sys.argv[1].encode(), text.encode(), "sha256").hex().upper()
print(json.dumps({**request, "data": data}))

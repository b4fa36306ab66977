# Floats as PHP's echo writes them, whatever their size.
# mistakes: none
import hmac
import json
import sys


def php(value):
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, int) and abs(value) > 2**63:
        value = float(value)
    if isinstance(value, float):
        mantissa, e, exponent = f"{value:.14G}".partition("E")
        return mantissa + (".0" if e and "." not in mantissa else "") + (e and f"E{int(exponent):+d}")
    return str(value)


data = {
    "command": "payout", "currency": "EUR", "amount": 1e15, "fee": -0.0, "rate": 0.00000125, "limit": 2**64, "serial": 2**53 + 1,
    "share": 1 / 3, "test": False, "URGENT": True, "reference": "№ 7/2024 = 100%", "nonce_string": "2yx20x4c6dswedikxs",
}
params = {"user": "9212776037", "method": "v3.MerchantBalance", "time": 1733000123, **data}
text = "&".join(f"{key}={php(params[key])}" for key in sorted(params))
sign = hmac.digest(sys.argv[1].encode(), text.encode(), "sha256").hex()
print(json.dumps({"user": params["user"], "sign": sign, "method": params["method"], "time": params["time"], "data": data}))

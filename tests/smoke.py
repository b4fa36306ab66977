"""Tries an installed sandbox with nothing of the checkout: `python smoke.py PATH/TO/yabandpay-mock`.

Starts the command, pays with the reference client, waits for the notification, lists the scenarios and stops.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import requests

from mockserver.client import SignatureError, YabandPay
from mockserver.scenarios.loader import SHIPPED, load_scenarios
from mockserver.testing import Merchant


def main(command: str) -> None:
    """Try the command."""
    assert "site-packages" in SHIPPED.parts, "this tries the checkout, not the wheel"
    assert SHIPPED.is_relative_to(Path(sys.prefix)), "the wheel lacks its scenario files"
    listed = subprocess.run([command, "scenarios"], capture_output=True, text=True, check=True).stdout
    assert all(scenario.name in listed for scenario in load_scenarios(SHIPPED))

    serve = [command, "serve", "--port", "0", "--pay-delay", "10ms"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        url = next(line.split()[1] for line in process.stdout if line.strip().startswith("gateway"))
        next(line for line in process.stdout if "Ctrl-C to stop" in line)
        try:
            pay(url.removesuffix("/Payments"))
            look(url.removesuffix("/Payments"))
        finally:
            process.terminate()
    assert process.returncode == 0
    print("the installed sandbox works")  # noqa: T201 - what a smoke test says


def pay(url: str) -> None:
    """Pay, be notified, query, and be refused."""
    with Merchant("sandbox-secret-key") as merchant:
        client = YabandPay("016683", "sandbox-secret-key", url)
        payment = client.create_alipay_mini_payment(
            order_id="smoke", amount="24.99", currency="EUR", description="Smoke", notify_url=merchant.url
        )
        notification = merchant.wait_for(1)[0].notification
        assert notification is not None
        assert (notification.trade_id, notification.state) == (payment.trade_id, "paid")
        assert client.query_order(payment.trade_id).state == "paid"
    try:
        YabandPay("016683", "a wrong key", url).query_order(payment.trade_id)
    except SignatureError:
        return
    raise AssertionError("a wrong key was accepted")


def look(url: str) -> None:
    """Look at the dashboard in Chinese, with its style and its documentation."""
    for path, text in (
        ("/_sandbox/", "订单"),
        ("/_sandbox/static/sandbox.css", "--ink"),
        ("/_sandbox/docs/signatures", "hmac"),
    ):
        shown = requests.get(url + path, headers={"Accept-Language": "zh"}, timeout=30)
        assert shown.status_code == 200, path
        assert text.casefold() in shown.text.casefold(), path


if __name__ == "__main__":
    main(sys.argv[1])

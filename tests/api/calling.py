"""Calls the API, for an account of a test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

from mockserver.client import YabandPay

if TYPE_CHECKING:
    from mockserver.testing import Sandbox


FROZEN = {"kind": "frozen", "at": "2024-11-27T03:00:00Z"}


class Api:
    """Calls the API; gives status and JSON."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def __call__(self, verb: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        url = f"{self.sandbox.url}/_sandbox/api{path}"
        answer = requests.request(verb, url, json=body, headers=headers, timeout=60)
        return answer.status_code, answer.json() if answer.content else None

    def ok(self, verb: str, path: str, body: Any = None) -> Any:
        status, content = self(verb, path, body)
        assert status in {200, 201, 204}, content
        return content

    def refused(self, verb: str, path: str, body: Any = None) -> tuple[int, str]:
        status, problem = self(verb, path, body)
        assert set(problem) == {"title", "status", "detail", "type", "nearest"}
        assert problem["status"] == status
        return status, problem["detail"]


class Tenant:
    """An account of a test's own, with a client and a merchant's address below it."""

    def __init__(self, api: Api, **wanted: Any) -> None:
        self.api = api
        self.account = api.ok("POST", "/accounts", {"clock": FROZEN, "seed": "s", **wanted})
        self.path = f"/accounts/{self.account['user']}"
        self.client = YabandPay(self.account["user"], self.account["secret_key"], api.sandbox.url)

    def create(self, order_id: str = "1", notify_url: str = "https://mapi.yabandpay.com/refused") -> str:
        return self.client.create_alipay_mini_payment(
            order_id=order_id, amount="24.99", currency="EUR", description="Tea", notify_url=notify_url
        ).trade_id

    def advance(self, by: str) -> Any:
        return self.api.ok("POST", f"{self.path}/clock/advance", {"by": by})

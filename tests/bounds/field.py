"""A sandbox on which everything odd is tried, beside an account that must not notice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import requests
from hypothesis import HealthCheck, Phase, settings

from mockserver.api.paths import API
from mockserver.client import signed_request
from tests.api.calling import Api, Tenant
from tests.helpers import SECRET_KEY

if TYPE_CHECKING:
    from mockserver.testing import Merchant, Sandbox

LISTS = ("payments", "refunds", "payouts", "splits", "notifications", "exchanges", "scenarios")
MANY = settings(max_examples=25, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))

BOTH_STORES = pytest.mark.parametrize("field", ["memory", "sqlite"], indirect=True)


def address(path: str, **values: str) -> str:
    """A path of the API with values in place of its names."""
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", quote(value, safe="", errors="surrogatepass"))
    return API + path


class Field:
    """A sandbox with an account that a test harms, and another that must not notice."""

    def __init__(self, sandbox: Sandbox, merchant: Merchant) -> None:
        self.sandbox = sandbox
        self.merchant = merchant
        self.api = Api(sandbox)
        self.session = requests.Session()
        self.other = Tenant(self.api, user="other", secret_key=SECRET_KEY)
        self.orders = self.failures = 0

    def ask(self, verb: str, path: str, body: bytes | None = None, form: Any = None) -> requests.Response:
        """An answer, which is no failure of the server, and says what is wrong if something is."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        answer = self.session.request(
            verb,
            self.sandbox.url + path,
            data=form if body is None else body,
            headers=headers,
            timeout=60,
            allow_redirects=False,
        )
        self.check()
        assert answer.status_code < 500, (verb, path[:200], (body or b"")[:300], answer.text)
        if path.startswith(API) and answer.status_code >= 400:
            assert answer.headers["Content-Type"] == "application/problem+json", answer.text
            assert answer.json()["detail"].endswith((".", "?")), answer.text
        return answer

    def check(self) -> None:
        """Nothing has gone wrong in a thread of the sandbox since this was asked last."""
        failures = self.sandbox._failures
        assert failures is not None
        checked, self.failures = self.failures, failures.count
        failures.check(checked)

    def call(self, user: str, method: str, **data: Any) -> Any:
        unsigned = {"user": user, "method": method, "time": 1732672545, "data": data}
        return self.ask("POST", "/Payments", signed_request(unsigned, SECRET_KEY)).json()

    def the_other_goes_on(self) -> None:
        """The other account creates an order, is paid and notified."""
        self.orders += 1
        reported = len(self.merchant.received)
        trade_id = self.other.create(f"other-{self.orders}", self.merchant.url)
        assert self.other.advance("2s")["tasks"] == 2
        assert self.other.client.query_order(trade_id).state == "paid"
        self.merchant.wait_for(reported + 1)

    def stand_still(self, user: str) -> None:
        """Stop an account's clock, so that no work is under way when it is dropped."""
        path = address("/accounts/{user}/clock", user=user)
        self.ask("PUT", path, b'{"kind": "frozen"}')
        self.ask("POST", f"{path}/advance", b'{"by": "0ms"}')

    def use(self, user: str) -> None:
        """Everything that can be asked of an account, and a minute of its time."""
        path = f"{API}/accounts/{quote(user, safe='')}"
        pages = f"/_sandbox/accounts/{quote(user, safe='')}"
        listed = {name: self.ask("GET", f"{path}/{name}").json() for name in LISTS}
        trades = [one["trade_id"] for one in listed["payments"]["items"]]
        for name in ("payments", "refunds", "payouts", "splits"):
            for one in listed[name]["items"]:
                self.ask("GET", f"{path}/{name}/{next(iter(one.values()))}")
        for state in ("paid", "processing", "expired"):
            self.ask("GET", f"{path}/payments?state={state}&limit=2")
        for trade_id in trades:
            for page in (f"{pages}/orders/{trade_id}", f"/checkout/{quote(user, safe='')}/{trade_id}"):
                self.ask("GET", page)
            self.call(user, "v3.QueryOrder", trade_id=trade_id)
        for refund in listed["refunds"]["items"]:
            self.call(user, "v3.QueryRefundOrder", refund_id=refund["refund_id"])
        for page in ("orders", "requests", "notifications"):
            self.ask("GET", f"{pages}/{page}")
        for exchange in listed["exchanges"]["items"]:
            self.ask("GET", f"{pages}/requests/{exchange['number']}")
        self.ask("POST", f"{path}/verify", b'{"requests": [{"data": {"order_id": "*"}}]}')
        assert self.ask("POST", f"{path}/clock/advance", b'{"by": "1m"}').status_code in {200, 422}
        self.call(user, "v3.ListOrder")
        self.call(user, "v3.MerchantBalance", command="getBalance", nonce_string="n", currency="EUR")
        order = {
            "pay_method": "online",
            "sub_pay_method": "Alipay",
            "amount": "1",
            "currency": "EUR",
            "order_id": "new",
        }
        self.call(user, "v3.CreatePaymentsAlipayMiniPay", **order, description="x", notify_url=self.merchant.url)
        assert self.ask("POST", f"{path}/clock/advance", b'{"by": "1h"}').status_code in {200, 422}
        assert self.ask("GET", f"{path}/bundle").status_code == 200

"""The shops under examination, each started as its reader starts it, and a copy of one with a mistake."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
import requests

from mockserver.examine.checks import CHECKS
from tests.examples.running import EXAMPLES, SHOPS, open_shop
from tests.examples.selling import PATIENCE, form_of
from tests.machine import needs_php_with_curl

if TYPE_CHECKING:
    from mockserver.examine.report import Report
    from mockserver.testing import Sandbox

_MARKS = {
    "django-view/shop.py": pytest.mark.skipif(find_spec("django") is None, reason="needs Django"),
    "php-shop/shop.php": needs_php_with_curl,
}


def examine(sandbox: Sandbox, folder: Path, name: str, file: Path | None = None) -> Report:
    """Examine a shop, which has an account of its own and gets its orders from a browser."""
    with TemporaryDirectory(dir=folder) as own, sandbox.account() as account:
        known = {"YABANDPAY_USER": account.user, "YABANDPAY_SECRET_KEY": account.secret_key}
        with open_shop(name, sandbox.url, Path(own), file=file, **known) as (shop, _):
            return account.examine(lambda: buy(shop), state=f"{shop}/orders/{{order_id}}", settle="50ms")


def buy(shop: str) -> str:
    """Buy in a browser, as not every shop takes an order from elsewhere; gives the payment page."""
    with requests.Session() as browser:
        form = form_of(browser.get(f"{shop}/", timeout=PATIENCE).text, "/buy")
        answer = browser.post(f"{shop}/buy", data=form, allow_redirects=False, timeout=PATIENCE)
        return answer.headers.get("Location", "")


@pytest.mark.parametrize("name", [pytest.param(name, marks=_MARKS.get(name, ())) for name in SHOPS])
def test_the_shop_passes_every_check(sandbox: Sandbox, folder: Path, name: str) -> None:
    report = examine(sandbox, folder, name)

    assert report.failures == []
    assert {one.name: one.verdict for one in report.results} == {check.name: "passed" for check in CHECKS}
    assert report.open == []


def test_a_shop_that_does_not_verify_signatures_fails_the_forgeries_alone(sandbox: Sandbox, folder: Path) -> None:
    verified = 'genuine = hmac.compare_digest(sign(message["data"]).encode(), message["sign"].encode())'
    right = (EXAMPLES / "flask-shop" / "shop.py").read_text("utf-8")
    assert right.count(verified) == 1
    broken = folder / "broken.py"
    broken.write_text(right.replace(verified, "genuine = True"), "utf-8")

    report = examine(sandbox, folder, "flask-shop/shop.py", broken)

    forged = {check.name for check in CHECKS if check.group == "Forgeries"} | {"return-forged"}
    believed = {one.name: one.verdict for one in report.results if one.verdict != "passed"}
    assert believed == dict.fromkeys(forged - {"unsigned-fields"}, "lost money")

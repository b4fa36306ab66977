"""The pages of accounts: they are made, named, switched and dropped there, also by the hundred."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest
import requests

from mockserver.domain.accounts import Account
from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.helpers import SECRET_KEY, USER, create
from tests.pages.test_forms import HOSTILE, Browser

if TYPE_CHECKING:
    from mockserver.clock import FrozenClock


@pytest.fixture
def browser(sandbox: Sandbox) -> Browser:
    return Browser(sandbox)


def test_an_account_is_created_named_used_and_deleted(sandbox: Sandbox, browser: Browser) -> None:
    browser.open("/accounts")
    browser.session.headers["Accept-Language"] = "en"
    form = {"user": "tea-house", "name": HOSTILE, "secret_key": "a key of my own"}
    browser.answer = browser.session.post(f"{browser.url}/_sandbox/accounts", data=form, timeout=30)
    assert "The account tea-house is created." in browser.page
    assert "a key of my own" in browser.page
    assert "a key of my own" not in browser.open("/accounts"), "it is shown once"
    assert html.unescape(browser.page).count(HOSTILE) >= 2, "in the list, and in the menu of accounts"
    browser.session.post(f"{browser.url}/_sandbox/accounts/tea-house/test-order", timeout=30)
    page = browser.open("/accounts/tea-house/account")
    assert "Everything in the account is lost: 1 orders, 1 requests" in page
    assert browser.press("Rename", name="Tea & Cake") == "The name is changed."
    assert "<h1>Tea &amp; Cake</h1>" in browser.page
    assert browser.press("Delete account") == "Tick the box to delete the account."
    assert sandbox.app.store.account("tea-house") is not None
    assert browser.press("Delete account", sure="tea-house") == "The account tea-house is deleted."
    assert browser.answer.url.endswith("/_sandbox/accounts")
    assert sandbox.app.store.account("tea-house") is None


def test_generated_values_are_shown(sandbox: Sandbox, browser: Browser) -> None:
    browser.answer = browser.session.post(f"{browser.url}/_sandbox/accounts", data={}, timeout=30)
    user = re.findall(r"The account (9\d{9}) is created", browser.page)[0]
    made = sandbox.app.store.account(user)
    assert made is not None
    assert f'<span class="mono">{made.secret_key}</span>' in browser.page


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"user": USER, "name": "Mine"}, "user", f"The account {USER} exists already. Choose another UID."),
        ({"user": "a/b", "name": HOSTILE}, "user", "Expected a UID such as 016683 or an e-mail address"),
        ({"user": HOSTILE}, "user", "Expected a UID such as 016683 or an e-mail address"),
        ({"name": "x" * 201, "user": "new"}, "name", "Expected at most 200 characters."),
        ({"secret_key": "x" * 201}, "secret_key", "Expected at most 200 characters."),
    ],
)
def test_a_wrong_value_is_named_at_its_field_and_all_are_kept(
    sandbox: Sandbox, browser: Browser, typed: dict[str, str], field: str, said: str
) -> None:
    browser.open("/accounts")
    assert browser.press("Create account", 422, **typed).startswith(said)
    form = browser.form("Create account")
    assert re.findall(r'name="(\w+)"[^>]*aria-invalid="true" aria-describedby="note" autofocus>', form) == [field]
    for text in typed.values():
        assert f'value="{text}"' in html.unescape(form)
    assert sandbox.app.merchants() == [USER]


def test_hundreds_of_accounts_are_paged_and_searched(sandbox: Sandbox, browser: Browser) -> None:
    for number in range(120):
        with sandbox.app.store.new_account(Account(f"shop{number:03}", "k", "s", name=f"Shop {number}")):
            pass
    create(sandbox.app)
    page = browser.open(f"/accounts?user={USER}")
    assert re.findall(r'<tr data-key="([^"]+)">', page)[:2] == [USER, "shop000"]
    assert "Page 1 of 5" in page
    assert re.findall(r'<tr data-key="([^"]+)">', browser.open("/accounts?page=5"))[-1] == "shop119"
    assert re.findall(r'<tr data-key="([^"]+)">', browser.open("/accounts?q=SHOP%20117")) == ["shop117"]
    assert "No matching accounts." in browser.open("/accounts?q=<b>")
    for odd in ("0", "-1", "x", "99999999999999999999"):
        browser.open(f"/accounts?page={odd}")
    menu = browser.open("/accounts/shop119/requests").partition("</header>")[0]
    assert "/accounts/shop000/requests" in menu, "a switch stays in the section"
    assert menu.count("<li>") == 21


def test_the_name_of_the_default_account_is_a_setting(clock: FrozenClock) -> None:
    settings = Settings(port=0, account_name="Teehaus <Löwe>")
    with Sandbox(settings, clock=clock) as sandbox:
        assert "Teehaus &lt;Löwe&gt;" in Browser(sandbox).open(f"/accounts/{USER}/orders")
        trade_id = create(sandbox.app)["data"]["trade_id"]
        page = requests.get(f"{sandbox.url}/checkout/{USER}/{trade_id}", timeout=30).text
        assert "Teehaus &lt;Löwe&gt;" in page
    assert SECRET_KEY not in page

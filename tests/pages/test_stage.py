"""The stage over HTTP: what it offers is accepted, what it shows is true, and the time bar moves one account's clock."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest
import requests
from markupsafe import escape

from mockserver.pages.stage.orders import OFFERS
from mockserver.scenarios.shipped import SHIPPED_SCENARIOS
from tests.helpers import SECRET_KEY, USER, signed
from tests.scenarios.wire import Till

if TYPE_CHECKING:
    from mockserver.clock import FrozenClock
    from mockserver.testing import Merchant, Sandbox

STAGE = f"/_sandbox/accounts/{USER}/stage"
HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}"


@pytest.fixture
def till(sandbox: Sandbox, clock: FrozenClock, merchant: Merchant) -> Till:
    return Till(sandbox, clock, merchant)


def pressed(till: Till, path: str = STAGE, **form: str) -> requests.Response:
    """The page after a form was sent."""
    return requests.post(till.sandbox.url + path, data=form, timeout=30)


def words(page: str) -> str:
    """The text of the lanes."""
    part = page[page.index('class="lanes"') : page.index('class="time-bar"')]
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", part)).split())


def sent(till: Till) -> list[dict[str, Any]]:
    """The requests in the journal."""
    found: list[dict[str, Any]] = till.ask(f"/accounts/{USER}/exchanges")["items"]
    return found


def due(page: str) -> list[str]:
    """What the time bar says falls due."""
    return re.findall(r"</strong> (.*?)</li>", page)


def test_all_that_is_offered_is_accepted(till: Till) -> None:
    page = requests.get(till.sandbox.url + STAGE, timeout=30).text
    assert set(re.findall(r'<option value="(v3[^"]+)"', page)) == set(OFFERS)
    refused = {offer for offer in OFFERS if "/stage/" not in pressed(till, offer=offer, amount="1.00").url}
    assert refused == set()
    taken = {
        (one["method"], one["sub_pay_method"]) for one in till.ask(f"/accounts/{USER}/payments?limit=100")["items"]
    }
    assert len(taken) == len(OFFERS)


WRONG = [
    ({"amount": "1,50"}, "amount", "amount"),
    ({"amount": "0.99", "offer": "v3.CreatePayments iDEAL"}, "at least EUR 1.00", "amount"),
    ({"currency": "CNY", "offer": "v3.CreatePayments PayPal"}, "must be EUR for PayPal", "currency"),
    ({"offer": f"v3.CreatePayments {HOSTILE}"}, "The stage has no method and wallet", "offer"),
    ({"notify_url": HOSTILE}, "notify_url", "notify_url"),
    ({"scenario": HOSTILE}, "There is no scenario", "scenario"),
]


def test_a_wrong_value_is_named_where_the_form_is_and_the_others_are_kept(till: Till) -> None:
    for form, said, field in WRONG:
        answer = pressed(till, **{"description": HOSTILE, **form})
        assert answer.status_code == 422
        assert said in html.unescape(re.findall(r'id="stage-error">(.*?)</p>', answer.text)[0])
        assert re.search(rf'name="{field}"[^>]* aria-invalid="true"', answer.text), field
        assert f'name="description" value="{escape(HOSTILE)}"' in answer.text
        assert "<script>alert" not in answer.text
    assert sent(till) == []


def test_every_scenario_is_played_from_its_card(till: Till) -> None:
    cards = requests.get(f"{till.sandbox.url}/_sandbox/accounts/{USER}/scenarios", timeout=30).text
    names = [scenario.name for scenario in SHIPPED_SCENARIOS]
    assert sorted(re.findall(r'name="play" value="([^"]+)"', cards)) == sorted(names)
    known: set[int] = set()
    for name in names:
        answer = pressed(till, play=name)
        assert answer.status_code == 200, name
        new = [one for one in sent(till) if one["number"] not in known]
        known |= {one["number"] for one in new}
        assert {one.get("scenario", "default") for one in new} == {name}
        assert all(f'/requests/{one["number"]}"' in answer.text for one in new), name


def test_the_built_in_merchant_believes_what_it_has_verified(till: Till) -> None:
    answer = pressed(till, offer="v3.CreatePaymentsAlipayMiniPay Alipay", scenario="success")
    assert "Waits for the payment." in words(answer.text)
    till.pass_time(1000)
    lanes = words(requests.get(answer.url, timeout=30).text)
    assert "Believes that the order is paid." in lanes
    for text in ("POST /Payments HTTP/1.1", "amount=24.99&currency=EUR", "Answers ok", "Marks the order as paid."):
        assert text in lanes, text


UNAWARE = "Waits for the payment. At the gateway it is paid."
BELIEFS = {
    "notified-with-wrong-signature": (UNAWARE, "bad: wrong signature"),
    "notified-wrong-amount": (UNAWARE, "amount 0.01 is not 24.99"),
    "notified-wrong-currency": (UNAWARE, "is not EUR"),
    "notified-wrong-order": (UNAWARE, "is not STAGE-"),
    "never-notified": (UNAWARE, "not sent"),
    "notified-twice": ("Believes that the order is paid.", "Knows that already"),
    "notified-out-of-order": ("Believes that the order is", "Older than what it knows"),
    "notified-wrong-state": ("At the gateway it is", "Marks the order as paid."),
    "paid-after-close": ("Believes that the order is paid.", "The money came after all."),
    "answer-lost": ("Believes that the order is paid.", "Gets no answer that it can read."),
    "third-time-lucky": ("Believes that the order is paid.", "Is refused:"),
}


def test_what_goes_wrong_is_seen_in_what_the_shop_believes(till: Till) -> None:
    played = {name: pressed(till, play=name).url for name in BELIEFS}
    for _ in range(4):
        till.pass_time(15 * 60_000)
    for name, (belief, because) in BELIEFS.items():
        lanes = words(requests.get(played[name], timeout=30).text)
        assert belief in lanes, name
        assert because in lanes, name


def test_a_shop_of_ones_own_is_said_to_have_acknowledged_and_no_more(till: Till) -> None:
    till.merchant.respond_with(200, HOSTILE)
    answer = pressed(till, offer="v3.CreatePaymentsAlipayMiniPay Alipay", scenario="success", notify_url=till.merchant.url,
                     description=HOSTILE)  # fmt: skip
    till.pass_time(1000)
    page = requests.get(answer.url, timeout=30).text
    assert "Acknowledged nothing yet. What it stores cannot be seen from here." in words(page)
    assert "Does not answer ok" in words(page)
    assert "<script>alert" not in page
    assert due(page)[0] == "attempt 2"
    till.pass_time(15_000)
    assert "Acknowledged: paid. What it stores cannot be seen from here." in words(
        requests.get(answer.url, timeout=30).text
    )


def test_the_time_bar_moves_the_clock_of_one_account_which_then_stands_still(till: Till) -> None:
    trade_id = pressed(till, amount="2.00").url.rpartition("/")[2]
    page = f"{STAGE}/{trade_id}"
    assert due(requests.get(till.sandbox.url + page, timeout=30).text) == ["the order expires"]
    with till.sandbox.account() as other:
        before = till.ask(f"/accounts/{other.user}/clock")["now"]
        moved = pressed(till, f"{STAGE}-time", trade_id=trade_id, stop="7")
        assert moved.url == till.sandbox.url + page
        assert till.ask(f"/accounts/{other.user}/clock")["now"] == before
    till.settle()
    later = requests.get(moved.url, timeout=30).text
    assert "Believes that the order is expired." in words(later)
    assert due(later) == []
    assert till.ask(f"/accounts/{USER}/clock")["kind"] == "frozen"
    assert ">frozen<" in moved.text
    assert ">running<" in pressed(till, f"{STAGE}-time", trade_id=trade_id, run="1").text
    assert till.ask(f"/accounts/{USER}/clock")["kind"] == "real"
    assert "Expected a duration" in html.unescape(pressed(till, f"{STAGE}-time", stop=HOSTILE, by=HOSTILE).text)


def test_the_shop_queries_and_refunds(till: Till) -> None:
    answer = pressed(till, offer="v3.CreatePaymentsAlipayMiniPay Alipay", scenario="paid-once-queried")
    path = answer.url.removeprefix(till.sandbox.url)
    for _ in range(3):
        assert "v3.QueryOrder" in words(pressed(till, path, act="query").text)
    till.settle()
    assert "Believes that the order is paid." in words(requests.get(answer.url, timeout=30).text)
    refunded = pressed(till, path, act="refund")
    assert "v3.CreateRefund" in words(refunded.text)
    till.pass_time(3000)
    assert "Records: refunded." in words(requests.get(answer.url, timeout=30).text)


def test_a_shop_that_was_not_notified_learns_from_a_query(till: Till) -> None:
    answer = pressed(till, play="never-notified")
    till.pass_time(5000)
    assert UNAWARE in words(requests.get(answer.url, timeout=30).text)
    asked = pressed(till, answer.url.removeprefix(till.sandbox.url), act="query")
    assert "Believes that the order is paid." in words(asked.text)


def test_a_response_that_waits_for_a_notification_comes_after_it(till: Till) -> None:
    answer = pressed(till, play="notified-before-answer")
    till.settle()
    lanes = words(requests.get(answer.url, timeout=30).text)
    assert lanes.index("Answers ok") < lanes.index("Response 200")


def test_a_payer_is_not_sent_to_a_page_that_the_shop_does_not_know(till: Till) -> None:
    hosted = pressed(till, scenario="never-paid").text
    lost = pressed(till, scenario="answer-lost").text
    assert ("<iframe" in hosted, "<iframe" in lost) == (True, False)
    assert "cannot send the payer to pay" in lost


def test_an_order_that_is_not_there_is_an_error_page(till: Till) -> None:
    assert requests.get(f"{till.sandbox.url}{STAGE}/unknown", timeout=30).status_code == 404


def test_only_the_stage_may_have_frames_and_only_the_sandbox_may_frame_it(till: Till) -> None:
    stage = requests.get(till.sandbox.url + STAGE, timeout=30).headers
    orders = requests.get(f"{till.sandbox.url}/_sandbox/accounts/{USER}/orders", timeout=30).headers
    assert "frame-src 'self'; frame-ancestors 'self'" in stage["Content-Security-Policy"]
    assert "unsafe" not in stage["Content-Security-Policy"]
    assert "frame-src" not in orders["Content-Security-Policy"]
    assert "form-action 'self'; frame-ancestors 'none'" in orders["Content-Security-Policy"]
    assert (stage["X-Frame-Options"], orders["X-Frame-Options"]) == ("SAMEORIGIN", "DENY")


@pytest.mark.parametrize("user", ["nobody", f"{USER}%2F..", HOSTILE])
def test_the_built_in_merchant_accepts_nothing_for_an_account_that_there_is_not(till: Till, user: str) -> None:
    address = f"{till.sandbox.url}/_sandbox/merchant/accounts/{user}"
    assert requests.post(address, data=signed(), timeout=30).text != "ok"


def test_meeting_mode_says_how_a_guests_phone_reaches_the_page_or_shows_the_code(till: Till) -> None:
    address = pressed(till, mode="meeting").url
    assert address.endswith("?mode=meeting")
    page = html.unescape(requests.get(address, timeout=30).text)
    assert "--control-token choose-a-word \\\n  --public-url http://" in page
    assert 'aria-label="Pages"' not in page
    seen = requests.get(address, headers={"Host": "10.1.2.3:8765"}, timeout=30).text
    assert 'class="code"' in seen
    assert re.search(r"http://10\.1\.2\.3:8765/checkout/016683/[0-9a-f-]+", seen)


def test_the_key_of_the_account_is_never_shown(till: Till) -> None:
    answer = pressed(till, offer="v3.CreatePaymentsAlipayMiniPay Alipay", scenario="success")
    assert SECRET_KEY not in answer.text

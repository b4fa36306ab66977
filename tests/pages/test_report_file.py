"""The HTML file of an examination: it says the answer first, shows each failure, fetches nothing, and runs nothing."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from mockserver.examine.checks import CHECKS
from mockserver.examine.mending import LANGUAGES, lines_for
from mockserver.examine.report import VERDICTS, CheckResult, Report, ShownRequest, count_verdicts
from mockserver.examine.shop import ShopState
from mockserver.pages.language import catalogue
from mockserver.pages.report_file import report_file

BODY = {"sign": "5f" * 32, "data": {"order_id": "ORDER-1", "amount": "12.34", "state": "paid"}}


def request(**changes: Any) -> ShownRequest:
    given: dict[str, Any] = {
        "what": "paid", "verb": "POST", "url": "http://shop.example/notify", "body": json.dumps(BODY), "status": 200,
        "answer": "ok", "error": "", "duration_ms": 3,
    }  # fmt: skip
    return ShownRequest(**{**given, **changes})


def result(name: str = "wrong-signature", verdict: Any = "lost money", **changes: Any) -> CheckResult:
    check = next(one for one in CHECKS if one.name == name)
    has_failed = verdict in {"lost money", "lost an order", "unsafe habit"}
    template = "The shop believed it: its state is {state}." if has_failed else ""
    given: dict[str, Any] = {
        "name": name, "group": check.group, "title": check.title, "verdict": verdict, "sentence": "in English",
        "template": template, "values": {"state": str(ShopState("paid", "paid", 1))} if has_failed else {},
        "sent": check.sent, "right": check.right, "costs": check.costs, "source": check.source, "order_id": "ORDER-1",
        "trade_id": "trade-1", "deliveries": [request()], "mend": lines_for(check.cure) if has_failed else {},
    }  # fmt: skip
    return CheckResult(**{**given, **changes})


def report(*results: CheckResult, **changes: Any) -> Report:
    given: dict[str, Any] = {
        "state": "ended", "user": "016683", "started_at": "2026-11-28T13:39:43.000Z", "seconds": 2.34,
        "done": len(results), "total": len(results), "verdicts": count_verdicts(results), "results": list(results),
    }  # fmt: skip
    return Report(**{**given, **changes})


class Reader(HTMLParser):
    """The elements of a page, the text that a reader sees, and what is marked."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = self.marked = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data
        if self.open[-1:] == ["mark"]:
            self.marked += data


def read(shown: Report, language: str = "en") -> Reader:
    return Reader(report_file(shown, language))


@pytest.mark.parametrize(
    ("verdicts", "headline"),
    [
        (["lost money", "lost an order", "passed"], "Your shop would have lost money in 1 of 3 checks."),
        (["lost an order", "unsafe habit", "passed"], "Your shop would have lost an order in 1 of 3 checks."),
        (["unsafe habit", "unsafe habit", "passed"],
         "Your shop would have lost nothing, but has an unsafe habit in 2 of 3 checks."),
        (["passed", "passed", "passed"], "Your shop passed all 3 checks."),
        (["not graded", "passed", "passed"], "Your shop passed 2 of 3 checks. The others were not graded."),
        (["not graded", "not graded", "not graded"], "No check was graded."),
    ],
)  # fmt: skip
def test_the_answer_is_one_sentence_before_everything_else(verdicts: list[Any], headline: str) -> None:
    names = ["wrong-signature", "repeated", "refund"]
    page = report_file(report(*map(result, names, verdicts)), "en")
    assert headline in Reader(page).text
    assert page.index(headline) < page.index("<h2")


def test_an_examination_that_failed_or_was_stopped_says_so() -> None:
    failed = read(report(state="failed", problem="The shop created no order: <b>"))
    assert "The examination could not be carried out." in failed.text
    assert "The shop created no order: <b>" in failed.text
    problem = "There is no way to read the state of an order. Add --state."
    assert problem not in read(report(state="failed", problem=problem), "zh").text
    assert problem in read(report(state="failed", problem=problem)).text
    stopped = read(report(result(verdict="passed"), state="stopped", total=52))
    assert "It was stopped after 1 of 52 checks." in stopped.text


def test_it_names_the_account_the_time_the_counts_and_what_was_not_seen() -> None:
    unseen = "The shop's state has no number of shipments, so shipping twice is not seen."
    seen = read(report(result(), result("repeated", "passed"), open=[unseen])).text
    for part in ("016683", "2026-11-28 13:39:43 UTC", "2.3 s", unseen):
        assert part in seen
    counts = re.findall(r"(\d+) ?(lost money|lost an order|unsafe habit|not graded|passed)", " ".join(seen.split()))
    assert counts[:5] == [("1", "lost money"), ("0", "lost an order"), ("0", "unsafe habit"), ("0", "not graded"),
                      ("1", "passed")]  # fmt: skip


def test_failures_come_first_with_the_worst_at_the_top() -> None:
    page = report_file(
        report(
            result("right-payment", "passed"), result("repeated", "unsafe habit"), result("refund", "not graded"),
            result("expired", "lost an order"), result("wrong-signature"),
        ), "en",
    )  # fmt: skip
    assert re.findall(r'<(?:article|tr)[^>]* id="([\w-]+)"', page) == [
        "wrong-signature", "expired", "repeated", "right-payment", "refund",
    ]  # fmt: skip


def test_a_failure_shows_what_was_sent_and_answered_and_the_code_in_every_language() -> None:
    seen = read(report(result()))
    check = next(one for one in CHECKS if one.name == "wrong-signature")
    for part in (check.title, check.sent, check.right, check.costs, check.source, "ORDER-1",
                 "The shop believed it: its state is paid, shipped once.", "http://shop.example/notify",
                 '    "amount": "12.34",', "HTTP 200 · ok · 3 ms", *LANGUAGES, *lines_for("verify").values()):  # fmt: skip
        assert part in seen.text, part


def test_what_is_printed_needs_no_click() -> None:
    folded = [attrs for tag, attrs in read(report(result())).elements if tag == "details"]
    assert len(folded) == 2
    assert all("open" in attrs for attrs in folded)


def test_the_same_code_is_printed_once() -> None:
    seen = read(report(result(), result("missing-signature"), result("repeated")))
    assert seen.text.count(lines_for("verify")["PHP"]) == 1
    assert seen.text.count(lines_for("once")["PHP"]) == 1
    assert ("a", {"href": "#wrong-signature"}) in seen.elements


@pytest.mark.parametrize(
    ("what", "marked"),
    [
        ("paid, wrong signature", {"sign"}),
        ("paid, true as signature", {"sign"}),
        ("paid, tampered amount and order_id", {"amount", "order_id"}),
        ("paid, wrong amount", {"amount"}),
        ("paid", set()),
    ],
)
def test_what_is_forged_is_marked_and_named(what: str, marked: set[str]) -> None:
    seen = read(report(result(deliveries=[request(what=what)])))
    assert set(re.findall(r'"(\w+)": ', seen.marked)) == marked
    assert what in seen.text


def test_fields_beside_the_signed_ones_are_marked_and_a_form_is_decoded() -> None:
    body = json.dumps({**BODY, "state": "paid"})
    beside = request(what="expired, unsigned fields beside the data", body=body)
    seen = read(report(result(deliveries=[beside])))
    assert seen.marked == '  "state": "paid"', "not the signed state, which is deeper"
    form = read(report(result(deliveries=[request(body="resultData=%7B%22sign%22%3A%22a%2Bb%22%7D")])))
    assert '  "sign": "a+b"' in form.text


def test_a_repeated_request_is_shown_once_with_all_its_answers() -> None:
    sent = [*[request(duration_ms=number) for number in range(9)], request(status=500, answer="again")]
    seen = read(report(result(deliveries=sent))).text
    assert seen.count('"amount": "12.34"') == 1
    assert "HTTP 200 · ok · 0 … 8 ms · 9 times" in seen
    assert "HTTP 500 · again · 3 ms" in seen


def test_no_answer_says_why() -> None:
    silent = request(status=None, answer="", error="connection refused")
    assert "no answer · connection refused" in read(report(result(deliveries=[silent]))).text


def test_what_was_not_graded_says_why() -> None:
    why = "This can only be seen in the shop's state. Add --state."
    seen = read(report(result(verdict="not graded", template=why, values={})))
    assert why in seen.text


HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</pre></details></html><h1>passed", "\"' {{ 7*7 }}",
    "</style><script>alert(1)</script>", "x" * 4_000, "<" * 4_000, "\u202etxt.exe\u2066", "a\x00b\x1b[31m\x7f\x85",
    "\ud800 half a pair", b"\xff\xfe<b>".decode("utf-8", "replace"), "{state} {0} {",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_that_a_shop_says_is_more_than_text(text: str) -> None:
    one = result(order_id=text, trade_id=text, values={"state": text}, sentence=text,
                 deliveries=[request(answer=text, error=text, body=text, url=text, what=text)])  # fmt: skip
    not_graded = result("refund", "not graded", template="{problem}", values={"problem": text})
    shown = report(one, not_graded, result("repeated", "passed", order_id=text), user=text, problem=text, open=[text])
    harmless = report(*(result(*of) for of in (("wrong-signature",), ("refund", "not graded"), ("repeated", "passed"))))
    harmless.open, harmless.problem = ["x"], "x"
    page = report_file(shown, "en")
    page.encode()
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", page)
    assert [tag for tag, _ in Reader(page).elements] == [tag for tag, _ in read(harmless).elements]
    assert len(page) < 300_000


def test_text_of_the_shop_cannot_turn_the_lines_around_it() -> None:
    page = report_file(report(result(deliveries=[request(answer="\u202eok", url="http://\u202e")])), "en")
    for found in re.finditer("\u202e", page):
        opened = page[: found.start()].rpartition("<")[2]
        assert opened.startswith(("bdi", "pre")), opened


def test_the_file_fetches_nothing_and_runs_nothing() -> None:
    page = report_file(report(result()), "en")
    assert page.startswith("<!doctype html>")
    seen = Reader(page)
    assert {tag for tag, _ in seen.elements}.isdisjoint({"script", "link", "img", "iframe", "object", "form"})
    assert not [attrs for _, attrs in seen.elements if {"src", "srcset", "style", "onclick"} & attrs.keys()]
    assert [attrs["href"] for _, attrs in seen.elements if not (attrs.get("href") or "#").startswith("#")] == []
    assert "url(" not in page
    assert "@import" not in page
    policy = next(attrs["content"] for tag, attrs in seen.elements if tag == "meta" and "http-equiv" in attrs)
    assert "default-src 'none'" in str(policy)


def test_a_report_in_chinese_has_no_english_sentence() -> None:
    results = [
        result(check.name, VERDICTS[number % len(VERDICTS)], deliveries=[request(what="paid, wrong signature")])
        for number, check in enumerate(CHECKS)
    ]
    seen = read(report(*results), "zh").text
    for part in ("损失资金", "伪造", "签名错误", "商户信以为真：状态为 paid，发货 1 次。", "修复代码"):
        assert part in seen
    english = {text for text in catalogue("zh") if len(text.split()) > 2}
    assert [text for text in english if text in seen and text not in html.unescape("".join(lines_for("verify")))] == []


@pytest.mark.parametrize(
    ("count", "word", "chinese"),
    [(1, "paid", "paid，发货 1 次"), (10, "my word", "my word，发货 10 次"), (None, "odd", "odd"),
     (0, "", "没有该订单，发货 0 次"), (None, "", "没有该订单")],
)  # fmt: skip
def test_what_the_shop_believes_is_said_in_chinese(count: int | None, word: str, chinese: str) -> None:
    state = str(ShopState(word, "paid", count))
    assert f"状态为 {chinese}。" in read(report(result(values={"state": state})), "zh").text
    assert f"its state is {state}." in read(report(result(values={"state": state}))).text

"""The sentences that the sandbox makes have a translation in which no English is left and no value is lost."""

from __future__ import annotations

import base64
import json
import re
import socket
import ssl
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import requests

from mockserver.delivery.connection import _elsewhere, _reason
from mockserver.delivery.destination import DestinationRefused, Destinations, OwnPlaces
from mockserver.domain.codes import REFUSAL_MESSAGES
from mockserver.domain.notifications.notification import Attempt, NotificationFaults, describe, next_try
from mockserver.domain.notifications.outbox import _notes, copy_notes
from mockserver.domain.states import IllegalTransitionError
from mockserver.explain.mistakes import MISTAKES, variants_at
from mockserver.explain.signature import SignedRequest, explain_signature
from mockserver.explain.variants.model import Message, Stage
from mockserver.explain.variants.signs import _LOSSY, WantedDigests
from mockserver.gateway.body_format import Sent, describe_body
from mockserver.gateway.errors import RuleBroken
from mockserver.gateway.request import Request
from mockserver.gateway.request_notes import request_notes
from mockserver.pages import reasons
from mockserver.pages.forgeries import DEFECTS
from mockserver.pages.language import templates_of
from mockserver.pages.reasons import translate_event, translate_reason
from mockserver.scenarios.description import response_in_words
from mockserver.scenarios.shipped import SHIPPED_SCENARIOS
from mockserver.signing.php import parse
from tests.explain.hand_signed import explain, flat, hmac_hex, join
from tests.explain.record import CORPUS, OTHER_KEY
from tests.explain.test_mistakes import CASES as HAND_SIGNED
from tests.explain.test_mistakes import VALUES
from tests.gateway.test_body_format import KINDS as BODIES
from tests.gateway.test_body_format import WITH_HEADERS
from tests.helpers import USER, last_exchange, signed, signed_call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.app import Application
    from mockserver.explain.signature import Explanation
    from mockserver.scenarios.scenario import Response
    from mockserver.testing import Sandbox

ENGLISH = re.compile(
    r"\b(the|was|were|which|instead|must|send|sent|signed|is|are|not|has|have|of|with|without|before|after|you|your|"
    r"their|this|that|these|did|mean|only|one|no)\b",
    re.IGNORECASE,
)
CHANGED = re.compile("你签名的是 .*?(?=；|）)", re.DOTALL)
QUOTED = re.compile(r"(?<![\w'])'[^']*'|(?<!\w)\"[^\"]*\"")
VALUE = re.compile(r"(?<![\w'])'[^']+'(?!\w)|\b\w+_\w+\b|\b\d[\d.,:-]*\d\b|\b\d\b|https?://[\w.:/-]+\w")


def in_chinese(text: str, *values: str) -> str:
    """The translation of a text, once it is seen that it has all values of the text, and no English beside them."""
    other = translate_reason("zh", text)
    if re.search("[A-Za-z]{2} [a-z]{2}", text):
        assert re.search("[\u4e00-\u9fff]", other), text
    for value in {*VALUE.findall(text), *values}:
        assert value in other, (value, text, other)
    rest = CHANGED.sub("", other).replace("&not", "")
    for value in sorted(values, key=len, reverse=True):
        rest = rest.replace(value, "")
    left = ENGLISH.search(QUOTED.sub("", rest))
    assert left is None, (left, other)
    return other


CASES = json.loads(CORPUS.read_text(encoding="utf-8"))
ONE_OF_EACH = {tuple(case["mistakes"]): case for case in CASES}


@cache
def explained(path: str) -> Explanation:
    """The explanation of a case, which takes a good part of a second for mistakes in pairs."""
    case = next(case for case in CASES if case["path"] == path)
    envelope = parse(case["body"].encode())
    assert isinstance(envelope, dict)
    optional, methods = ("cancel_url", "demo"), ("v3.QueryOrder", "v3.CreatePayments")
    return explain_signature(
        SignedRequest(envelope, str(envelope["sign"]), case["secret_key"], {"u2": OTHER_KEY}, optional, None, methods)
    )


@pytest.mark.parametrize("case", ONE_OF_EACH.values(), ids=lambda case: case["path"])
def test_the_explanation_of_each_mistake_that_programs_make_is_translated(case: dict[str, str]) -> None:
    found = explained(case["path"])
    for text in (found.sentence, found.cure, *found.checked):
        in_chinese(text)
    in_chinese(f"{found.sentence} {found.cure}")


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_each_mistake_is_translated_alone_and_with_another(mistake: object) -> None:
    sentence, cure = mistake.sentence, mistake.cure  # type: ignore[attr-defined]
    other = MISTAKES[0] if mistake is not MISTAKES[0] else MISTAKES[1]
    chinese = templates_of("reasons", "zh")
    assert translate_reason("zh", sentence) == chinese[sentence]
    assert translate_reason("zh", f"{sentence} {cure}") == chinese[sentence] + chinese[cure]
    clause = sentence[0].lower() + sentence[1:-1]
    joined = translate_reason("zh", f"{other.sentence[:-1]} (amount: you signed 1), x, 2.50), and {clause} (7).")
    assert (
        joined
        == f"{chinese[other.sentence][:-1]}（amount: you signed 1), x, 2.50），并且{chinese[sentence][:-1]}（7）。"
    )


@cache
def details() -> frozenset[str]:
    """The details of the variants, of the corpus's messages. Placeholders for a key are values."""
    found: set[str] = set()
    for case in CASES[::8]:
        envelope = parse(case["body"].encode())
        assert isinstance(envelope, dict)
        message = Message.of(envelope, case["secret_key"], {"u2": "k"}, ("cancel_url", "demo"), ("v3.QueryOrder",))
        for stage in Stage:
            variants = islice(variants_at(stage, message), 4000)
            found |= {variant.detail for variant in variants if "placeholder as key" not in variant.mistakes}
    return frozenset(found | sign_forms())


def sign_forms() -> set[str]:
    """The details of signs that the tests below do not send."""
    digest = "fe" + bytes(range(31)).hex()
    pairs = re.findall("..", digest)
    written = [
        ".".join(pairs),
        "_".join(pairs),
        quote(base64.b64encode(bytes.fromhex(digest)), safe=""),
        f"{digest}\\r",
        f"[{digest}]",
        f"-{digest[2:]}",
    ]
    forms = [form for text in written for form in WantedDigests.by(text).whole.values()]
    zeros = bytes(31) + b"7"
    forms += [form for text in ("37".zfill(20),) if (form := WantedDigests.by(text).form(zeros)) is not None]
    return {form.detail for form in forms} | {detail for _, detail, _ in _LOSSY}


def test_the_details_of_the_variants_are_translated() -> None:
    reader = reasons._reader("zh")
    for detail in details():
        said = reader.cut(detail, reasons._DETAIL, 1).say()
        assert not ENGLISH.search(QUOTED.sub("", said)), (detail, said)
        known = [reader.cut(piece, reasons._DETAIL, 1).is_known for piece in (detail, *detail.split(", "))]
        assert any(known) or not re.search(r"[A-Za-z]{2} [a-z]{2}", detail), detail


@cache
def explanations() -> frozenset[str]:
    """What is said of each variant that the tests of the explanation sign by hand, and of what is no known mistake."""
    texts: set[str] = set()
    for _, sign in HAND_SIGNED:
        found = explain(sign)
        texts |= {found.sentence, found.cure, *found.checked}
    for _, sent, altered in VALUES:
        found = explain(hmac_hex(join(flat(altered))), sent)
        texts |= {found.sentence, found.cure, *found.checked}
    unknown = "ab" * 32
    signs = ["", "abc", "0" * 64, unknown, "0123456789abcdef" * 2, "0123456789abcdef" * 3 + "12", "x" * 30,
             "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="]  # fmt: skip
    odd: list[dict[str, Any]] = [
        {f"e{number}": "é" for number in range(12)},
        {"a": " ", "b": "%", "c": 1.5, "d": "", "f": [1], "g": None},
    ]
    for sign, data in (*((sign, {}) for sign in signs), *((unknown, data) for data in odd)):
        found = explain(sign, data)  # a search through all that is known, which takes long
        texts |= {found.sentence, found.cure, *found.checked}
    return frozenset(texts)


@pytest.mark.slow
def test_what_is_said_of_signs_that_were_made_by_hand_is_translated() -> None:
    for text in explanations():
        in_chinese(text)


JSON_ERRORS = [
    "Expecting value", "Expecting ',' delimiter", "Expecting ':' delimiter", "Extra data", "Invalid \\escape",
    "Expecting property name enclosed in double quotes", "Unterminated string starting at",
    "Invalid control character at", "Invalid \\uXXXX escape", "Illegal trailing comma before end of object",
    "Illegal trailing comma before end of array",
]  # fmt: skip
"""What json says, of all versions of Python."""
UNREADABLE = (
    b'{"a": ' + b"[" * 600 + b"]" * 600 + b"}",
    rb'{"a": "\ud800"}',
    b'{"a": -Infinity}',
    b"{'a",
    b"Array",
    b" ",
)


def body_reasons() -> Iterator[str]:
    for body, _ in BODIES.values():
        yield describe_body(Sent(body))
    for headers, body, query, _ in WITH_HEADERS:
        yield describe_body(Sent(body, [(name.encode(), value.encode()) for name, value in headers.items()], query))
    yield from [describe_body(Sent(body)) for body in UNREADABLE]
    yield from [f"It cannot be read: {error} at line 12 column 3456." for error in JSON_ERRORS]


def test_what_a_body_is_that_is_no_json_object_is_translated() -> None:
    for text in body_reasons():
        assert in_chinese(text).count("。") >= 1
        in_chinese(f"The body is not a JSON object. {text}")


NOTED = [
    {"body": b'{"user": "1", "user": "2", "a.b c": 1, "a.b c": 2, "data": {"trade_id": 20251234567890123456}}'},
    {"body": b'{"user": "1", "data": {"x": 1, "x": 2, "y": 1, "y": 2, "z": 1, "z": 2, "w": 1, "w": 2}}'},
    {"body": b'{"data": {"trade_id": "2.0251e+25"}}', "headers": [(b"x-signature", b"abc")]},
    {"body": b'{"user": "1"}', "query": b"sign=abc&method=v3.QueryOrder&time=1"},
    {"body": b"{}", "path": "//Payments/"},
]


@pytest.mark.parametrize("sent", NOTED)
def test_what_else_a_refused_request_shows_is_translated(sent: dict[str, Any]) -> None:
    notes = request_notes(Request("POST", **sent))
    assert notes
    for note in notes:
        in_chinese(note.sentence)
        in_chinese(f"{note.sentence} {note.cure}")


SAMPLES = {"rule": "must be more than 0", "error": "Expecting value at line 3 column 17", "detail": "as key", "kind": "an object",
           "oddities": "with a space before with control characters", "column": "17", "names": "amount, order_id",
           "remark": "compressed with gzip", "host": "shop.example"}  # fmt: skip


@pytest.mark.parametrize(
    "template", [one for one in templates_of("reasons", "zh") if one[0].isalnum() or one[0] == "{"]
)
def test_each_template_is_read_back_with_its_values(template: str) -> None:
    numbered = ("size", "number", "more", "digits", "status")
    values = {
        name: SAMPLES.get(name) or (f"{place}5" if name in numbered else f"v{place}-x")
        for place, name in enumerate(re.findall(r"\{(\w+)\}", template))
    }
    said = in_chinese(template.format(**values) if values else template)
    for name, value in values.items():
        assert (value in said) != (name in {"rule", "kind", "oddities", "error", "detail", "remark"}), (name, said)


WRONG: list[dict[str, Any]] = [
    {"amount": ""}, {"amount": "24,90"}, {"amount": "0.001"}, {"amount": "0"}, {"amount": True}, {"amount": {"a": 1}},
    {"amount": [1]}, {"amount": None}, {"currency": "EURO"}, {"currency": " EUR"}, {"pay_method": "offline"},
    {"sub_pay_method": "Wechat pay"}, {"sub_pay_method": "iDEAL\n"}, {"sub_pay_method": "Klarna"},
    {"notify_url": "shop"}, {"timeout": "9999"}, {"timeout": "x"},
    {"order_id": ""},  {"amount": "é1"}, {"currency": "JPY"},
]  # fmt: skip
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("v3.QueryOrder", {}), ("v3.QueryOrder", {"trade_id": "unknown"}), ("v3.QueryOrders", {"trade_id": "1"}),
    ("v3.CreateRefund", {"trade_id": "1", "refund_amount": "x", "refund_currency": "EUR"}),
    ("v3.QueryRefund", {"refund_id": "1"}), ("v3.GetTradebill", {"command": "get"}),
    ("v3.GetTradebill", {"command": "getTradebill", "bill_date": "2024-02-19"}),
    ("v3.GetTradebill", {"command": "getTradebill", "bill_date": "19-02-2014"}),
    ("v3.ListOrder", {"page": "0"}), ("v3.ListOrderByTime", {"start_time": "9", "end_time": "8"}),
    ("v3.ListOrderByTime", {"start_time": "x", "end_time": "8"}),
]  # fmt: skip


def refused(app: Application, body: bytes) -> Iterator[str]:
    assert json.loads(app.gateway.answer(Request("POST", body)).body)["code"] != "200"
    exchange = last_exchange(app, USER)
    yield exchange.reason
    explanation = json.loads(exchange.explanation)
    yield from (explanation["sentence"], explanation["cure"])
    for field in explanation.get("fields", ()):
        yield from (field["value"], field["hint"])


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_what_is_wrong_with_a_field_is_translated(app: Application, wrong: dict[str, Any]) -> None:
    for text in refused(app, signed(**wrong)):
        in_chinese(text)


@pytest.mark.parametrize(("method", "data"), CALLS)
def test_what_is_wrong_with_a_call_is_translated(app: Application, method: str, data: dict[str, Any]) -> None:
    for text in refused(app, signed_call(method, data)):
        in_chinese(text)


ANSWERS = [b"", b"OK", b'"ok"', b"<html>", b'{"a": 1}', b"\xef\xbb\xbfok", b"no", b"o" * 300]
BROKEN_TLS = ssl.SSLError(1, "bad record")
BROKEN_TLS.reason = "BAD_RECORD"
FAILURES = [socket.gaierror(-2, "unreachable"), BROKEN_TLS]


def remarks() -> Iterator[str]:
    for status in (None, 200, 404, 302):
        for answer in ANSWERS:
            for error in ("", "compressed with br", "redirects to https://shop.example/x"):
                if status is not None or error:
                    attempt = Attempt(1, 1, 1, "http://shop.example/n", b"", status, answer, error, 1)
                    yield describe(attempt)
                    yield f"{describe(attempt)}; {next_try(90_000, 60_000)}"
    yield describe(Attempt(1, 1, 1, "", b"", 200, b"ok", "", 1), "wrong signature")
    yield from (next_try(None, 1), next_try(1, 1))
    for url in ("http://localhost:3000/n", "https://shop.example/n"):
        yield from (f"not delivered: {_reason(failure, url)}" for failure in FAILURES)
        yield f"not delivered: connection refused: nothing listens on shop.example port 80{_elsewhere(url)}"


def test_remarks_about_a_merchants_answer_are_translated() -> None:
    for text in remarks():
        said = in_chinese(text)
        left = re.sub("unreachable|bad record|byte order mark|wrong signature|--notify-map", "", said)
        assert not re.search("[a-z]{2,} [a-z]{2,}", QUOTED.sub("", left)), said


def test_the_defect_that_a_shop_did_not_notice_is_translated() -> None:
    attempt = Attempt(1, 1, 1, "", b"", 200, b"ok", "", 1)
    said = [
        translate_reason("zh", describe(attempt, defect)) for defect in ("wrong signature", "wrong amount and state")
    ]
    assert said == ["已接受，尽管有缺陷：签名错误", "已接受，尽管有缺陷：amount、state 错误"]


def test_what_follows_a_field_is_a_rule_and_no_detail() -> None:
    said = translate_reason("zh", "The keys were sorted in natural order or by length (escaped for HTML).")
    assert said == "键按自然顺序或长度排序（做了 HTML 转义）。"


def test_the_pages_of_refused_requests_are_in_chinese(sandbox: Sandbox) -> None:
    for body in (signed(amount="24,90"), signed().replace(b'"sign": "', b'"sign": "0x'), signed(order_id="")):
        assert requests.post(f"{sandbox.url}/Payments", data=body, timeout=30).json()["code"] != "200"
    requests_page = f"{sandbox.url}/_sandbox/accounts/{USER}/requests"
    listed = requests.get(requests_page, params={"lang": "zh"}, timeout=30).text
    addresses = dict.fromkeys(re.findall(r'href="([^"]*/requests/[0-9]+)"', listed))
    assert len(addresses) == 3
    shown = "".join(requests.get(f"{sandbox.url}{at}?lang=zh", timeout=30).text for at in addresses)
    for page in (listed, shown):
        assert "amount 必须是最多两位小数的十进制数，例如 24.99，而不是 &#39;24,90&#39;。" in page
        assert "发送的签名带有前缀。" in page
        assert "data 中缺少以下字段或其值为空：order_id。" in page
    assert "长度为 5 个字符的文本 &#39;24,90&#39;" in shown
    assert "must be a decimal number" in requests.get(requests_page, params={"lang": "en"}, timeout=30).text


@pytest.mark.slow
def test_no_translation_of_a_detail_is_left_over(monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[str] = set()

    def fill(reader: object, template: reasons._Template, *values: object) -> str:
        used.add(template.other)
        return filled(reader, template, *values)  # type: ignore[arg-type]

    filled = reasons._Reader._fill
    monkeypatch.setattr(reasons._Reader, "_fill", fill)
    reader = reasons._Reader(templates_of("reasons", "zh"), templates_of("details", "zh"))
    for detail in details():
        reader.cut(detail, reasons._DETAIL, 1).say()
    for text in {
        "Missing or empty in the envelope: user.",
        *body_reasons(),
        *explanations(),
        *(explained(case["path"]).sentence for case in ONE_OF_EACH.values()),
    }:
        reader.cut(text, reasons._SENTENCE).say()
    assert sorted(text for text, other in templates_of("details", "zh").items() if other not in used) == []


def test_a_text_that_no_template_makes_stays_as_it_is() -> None:
    text = "A plug-in refused it: its stock is empty; ask the shop. The sign was sent in upper case."
    assert (
        translate_reason("zh", text) == "A plug-in refused it: its stock is empty; ask the shop. 签名以大写形式发送。"
    )
    assert translate_reason("en", text) == text


@pytest.mark.parametrize(
    "part", ["The sign was sent in upper case, and ", "x (a), and ", "a; b, c. ", "1 as 2 before it, "]
)
def test_the_work_grows_with_the_length_of_a_text_alone(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts that fit the beginnings of many templates, and no whole one, have too many readings to try them all."""
    compared = 0

    def count(template: object, text: str) -> dict[str, str] | None:
        nonlocal compared
        compared += 1
        return values(template, text)  # type: ignore[arg-type]

    values = reasons._values
    monkeypatch.setattr(reasons, "_values", count)
    for whole in (part * 100, f"The sign was sent in upper case ({part * 100})."):
        compared = 0
        translate_reason("zh", whole)
        assert compared < 400_000, whole


def test_what_a_state_does_not_allow_is_translated() -> None:
    final = IllegalTransitionError("split 2023", "Cancelled", "Success", ())
    open_ = IllegalTransitionError("trade 5902", "processing", "refunded", ("paid", "declined"))
    said = [translate_reason("zh", RuleBroken.because(error).reason) for error in (final, open_)]
    assert said == [
        "分账 2023 的状态为 Cancelled，不能变为 Success；Cancelled 是终态。",
        "交易 5902 的状态为 processing，不能变为 refunded；processing 之后可变为 declined, paid。",
    ]
    refunded = translate_reason("zh", "Trade 5902 has been refunded, so it cannot be cancelled.")
    assert refunded == "交易 5902 已退款，因此不能取消。"
    forced = translate_reason("zh", f'{open_}. Add "force": true to the request to change the state anyway.')
    assert forced.startswith("交易 5902 的状态为 processing，不能变为 refunded；")


@pytest.mark.parametrize("url", ["https://mapi.yabandpay.com/n", "http://127.0.0.1:8765/x", "http://[::1"])
def test_why_a_notification_is_not_sent_is_translated(url: str) -> None:
    own = OwnPlaces(("http://127.0.0.1:8765",), False, "", "/_sandbox/merchant")
    with pytest.raises(DestinationRefused) as refused:
        Destinations((), own).destination(url)
    said = translate_reason("zh", str(refused.value))
    assert re.search("[\u4e00-\u9fff]", said)
    assert not re.search("[a-z]+ [a-z]+ [a-z]+", said), said


def test_the_pages_say_in_chinese_what_an_action_could_not_do_and_what_a_field_means(sandbox: Sandbox) -> None:
    made = requests.post(f"{sandbox.url}/Payments", data=signed(), timeout=30).json()
    requests.post(f"{sandbox.url}/Payments", data=signed(amount="x"), timeout=30)
    order = f"{sandbox.url}/_sandbox/accounts/{USER}/orders/{made['data']['trade_id']}"
    with requests.Session() as browser:
        browser.headers["Accept-Language"] = "zh"
        form = {"state": "refunded", "back": order.removeprefix(sandbox.url)}
        flashed = browser.post(f"{order}/state", data=form, headers={"Origin": sandbox.url}, timeout=30).text
        assert re.search("需要 .* 之类的状态，而不是|不能变为 refunded", flashed)
        shown = browser.get(f"{sandbox.url}/_sandbox/accounts/{USER}/requests/2", timeout=30).text
        assert "<dd>十进制文本，例如 24.99</dd>" in shown


PLAYED = [(scenario.name, response) for scenario in SHIPPED_SCENARIOS for response in scenario.answers]


@pytest.mark.parametrize(("name", "response"), PLAYED)
def test_what_a_scenario_did_to_a_response_is_translated(name: str, response: Response) -> None:
    effect = response_in_words(response)
    said = translate_reason("zh", f"The scenario {name!r} was used: {effect}.")
    for text in (*REFUSAL_MESSAGES.values(), response.message, "Retry-After", *QUOTED.findall(said)):
        said = said.replace(text, "") if text else said
    assert ENGLISH.search(said) is None or not effect, said


def test_what_a_timeline_notes_of_a_notification_is_translated() -> None:
    faults = NotificationFaults(delay=1500, after_next=True, dropped=True, wrong_signature=True, form="resultData")
    notes = [
        *_notes(faults, ("amount", "currency")), *copy_notes(2, concurrent=True), *copy_notes(3, concurrent=False),
        ", resent", ", resent by hand", ", held until now", ", edited", *(f", edited, {defect}" for defect in DEFECTS),
    ]  # fmt: skip
    for note in notes:
        said = translate_event("zh", f"paid{note}")
        assert said.startswith("paid, ")
        assert not ENGLISH.search(said), said
        assert translate_event("en", f"paid{note}") == f"paid{note}"
    assert translate_event("zh", "paid, delayed by 1500ms") == "paid, 延迟 1500ms"


def test_each_event_is_translated_with_its_values() -> None:
    for template in templates_of("events", "zh"):
        text = template.replace("{thing}", "refund").replace(
            "{remark}", "trade 1-2 has been split, so it cannot be cancelled"
        )
        said = translate_event("zh", re.sub(r"{(\w+)}", "77", text))
        assert not ENGLISH.search(said), said
        assert said.count("77") == text.count("{")


def test_a_state_that_a_merchant_has_made_up_stays_a_text() -> None:
    for text in ("<script>, edited", "{state}, resent", "x" * 9000):
        assert translate_event("zh", text).startswith(text.partition(",")[0])

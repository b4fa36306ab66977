"""The documentation in the sandbox: the pages of methods, the search, the documents, and the return of the browser."""

from __future__ import annotations

import html
import json
import re
import shlex
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
import requests
import tomllib

from mockserver.domain.kinds import KINDS
from mockserver.gateway.methods import ALL_METHODS
from mockserver.pages.docs.browser_return import VERIFYING
from mockserver.pages.docs.documents import DOCUMENTS, FOLDER
from mockserver.pages.docs.search import method_place, search_docs
from mockserver.scenarios.shipped import SHIPPED_SCENARIOS
from mockserver.settings import declared, flag
from tests.helpers import SECRET_KEY, USER, signed_call
from tests.sockets import wait_until

if TYPE_CHECKING:
    from mockserver.clock import FrozenClock
    from mockserver.testing import Sandbox

DOCS = "/_sandbox/docs"
PREPARES = "Your account has nothing yet"


def page(sandbox: Sandbox, place: str, language: str = "en") -> str:
    response = requests.get(f"{sandbox.url}{DOCS}/{place}", params={"lang": language}, timeout=30)
    assert response.status_code == 200, place
    return response.text


def commands(text: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'<code class="language-sh">(.*?)</code>', text, re.DOTALL)]


def test_the_request_of_each_page_works_when_pasted(sandbox: Sandbox, clock: FrozenClock) -> None:
    for method in ALL_METHODS:
        shown = page(sandbox, place := method_place(method.title))
        while PREPARES in shown:
            made = send(sandbox, shown)
            assert made["code"] == "200", (method.title, made)
            if "cancelSplit" not in place or "createSplitPayment" not in commands(shown)[0]:
                clock.advance(1000)
            wait_until(partial(is_another, sandbox, place, shown))
            shown = page(sandbox, place)
        answer = send(sandbox, shown)
        assert str(answer["code"]) == "200", (method.title, answer)
        assert method.exports or html.escape(json.dumps(answer["message"])) in shown


def is_another(sandbox: Sandbox, place: str, shown: str) -> bool:
    """Whether a page now has a request for another method, or for the page's own."""
    sent, now = (json.loads(shlex.split(commands(one)[0])[3]) for one in (shown, page(sandbox, place)))
    return bool((sent["method"], sent["data"].get("command")) != (now["method"], now["data"].get("command")))


def send(sandbox: Sandbox, shown: str) -> dict[str, object]:
    words = shlex.split(commands(shown)[0])
    assert words[:3] == ["curl", f"{sandbox.url}/Payments", "-d"]
    response = requests.post(words[1], data=words[3].encode(), timeout=30)
    answer: dict[str, object] = {"code": "200"} if "csv" in response.headers["Content-Type"] else response.json()
    return answer


def test_the_page_of_a_method_has_all_that_concerns_it_in_both_languages(lasting: Sandbox) -> None:
    shown = page(lasting, "methods/v3.CreateRefund")
    headings = re.findall(r'<h2 id="[^"]+">(.*?)</h2>', shown.partition("<dialog")[0])
    assert headings == ["Request", "Answer", "Notification", "Refusals", "Scenarios", "Evidence"]
    for field in KINDS["refund"].notified:
        assert f"<code>{field.name}</code>" in shown
    assert "REFUNDFAIL-" in shown
    assert "must be at most the EUR" in shown
    chinese = page(lasting, "methods/v3.CreateRefund", "zh")
    assert "退款金额，例如 1.99" in chinese
    assert "data 中缺少以下字段或其值为空" in chinese
    assert requests.get(f"{lasting.url}{DOCS}/methods/v3.Nothing", timeout=30).status_code == 404


SEARCHES = [
    ("notify_url", "notify_url"), ("NOTIFY_URL", "notify_url"), ("v3.queryorder", "v3.QueryOrder"),
    ("-3001", "-3001"), ("3001", "-3001"), ("declined", "declined"), ("paid-after-close", "paid-after-close"),
    ("--return-method", "--return-method"), ("YABANDPAY_MOCK_PORT", "--port"), ("getBalance", "v3.MerchantBalance getBalance"),
    ("unpaid cancels", "v3.CancelPayment"), ("超级管理员", "v3.MerchantBalance getBalance"), ("商户订单号", "order_id"),
    ("advance clock", "Commands: clock advance"), ("首次接入 签名", "首次接入"), ("how do I cancel a payment?", "v3.CancelPayment"),
    ("browser return", "Browser return"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "title"), SEARCHES, ids=[query for query, _ in SEARCHES])
def test_the_search_finds_it_by_its_words(query: str, title: str) -> None:
    found = search_docs(query, "en", SHIPPED_SCENARIOS)
    assert title in found.found[0].title, [one.title for one in found.found[:5]]


def test_everything_is_found_by_its_name() -> None:
    names = [method.title for method in ALL_METHODS] + [flag(setting) for setting in declared()]
    names += [scenario.name for scenario in SHIPPED_SCENARIOS]
    names += [field.name for method in ALL_METHODS for field in method.fields]
    names += [field.name for method in ALL_METHODS for field in (*method.answer, *method.notified)]
    for name in dict.fromkeys(names):
        assert name in [one.title for one in search_docs(name, "zh", SHIPPED_SCENARIOS).found][:10], name


def test_a_comment_in_a_command_is_no_section() -> None:
    found = search_docs("configure the shop with this user and key", "en", SHIPPED_SCENARIOS).found
    assert next(one.title for one in found if one.kind == "Guide") == "CI: Isolate tests"


def test_where_a_result_leads_there_is_what_was_found(lasting: Sandbox) -> None:
    for query in (
        "refund_amount",
        "--notify-map",
        "declined",
        "sorted",
        "v3.Capture",
        "-403",
        "webhook",
        "提现",
        "order",
    ):
        for one in search_docs(query, "en", SHIPPED_SCENARIOS).found[:4]:
            path, _, fragment = one.place.partition("#")
            response = requests.get(f"{lasting.url}{DOCS}/{path}", timeout=30)
            assert response.status_code == 200, one.place
            assert not fragment or f'id="{html.escape(fragment)}"' in response.text, one.place


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", "Enter words in English or Chinese"),
        ("   ", "Enter words in English or Chinese"),
        ("notifi_ulr", ">notify_url</a>"),
        ("v3.QueryOdrer", ">v3.QueryOrder</a>"),
        ("zzzzzz qqqqqq", "Nothing has all of these words."),
        ("x" * 5000, "Only the first 100 characters were searched."),
        ("trade_id", "<mark>trade_id</mark>"),
    ],
)
def test_the_search_page_answers_every_query(lasting: Sandbox, query: str, shown: str) -> None:
    got = requests.get(f"{lasting.url}{DOCS}/search", params={"q": query}, timeout=30)
    assert (got.status_code, shown in got.text) == (200, True)


def test_a_hostile_query_is_only_text(lasting: Sandbox) -> None:
    query = '"><script>alert(1)</script>'
    got = requests.get(f"{lasting.url}{DOCS}/search", params={"q": query}, timeout=30).text
    assert "<script>alert" not in got
    assert html.escape(query, quote=True).replace("&quot;", "&#34;") in got


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_document_is_shown_and_packaged(lasting: Sandbox, name: str, language: str) -> None:
    shown = page(lasting, name, language)
    article = shown[shown.index("<article") :]
    assert "<h1>" in article
    assert not re.search("[一-鿿，]\n[一-鿿]", article), "a browser shows a line's end as a space"
    for link in re.findall(r'href="(?!http|#|/)([^"]+)"', article):
        assert requests.get(f"{lasting.url}{DOCS}/{link}", timeout=30).status_code == 200, link
    packaged = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text(encoding="utf-8"))
    included = packaged["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    file = DOCUMENTS[name]
    if language == "zh" and name not in {"architecture", "cli", "protocol"}:  # which are in English only
        file = file.replace(".md", ".zh-CN.md")
        assert 'lang="zh"' in article[:60]
    folder = f"docs/{file}".rpartition("/")[0]
    assert (
        included.get(f"docs/{file}", f"{included.get(folder)}/{Path(file).name}")
        == f"mockserver/pages/documents/{file}"
    )


def test_the_picture_of_the_architecture_is_shown_and_packaged(lasting: Sandbox) -> None:
    [picture] = re.findall(r'<img src="([^"]+)"', page(lasting, "architecture", "en").partition("<article")[2])
    got = requests.get(f"{lasting.url}{DOCS}/{picture}", timeout=30)
    assert (got.status_code, got.headers["Content-Type"]) == (200, "image/svg+xml")
    assert got.content == (FOLDER / picture).read_bytes()
    assert requests.get(f"{lasting.url}{DOCS}/images/..%2Fcli.md", timeout=30).status_code == 404
    packaged = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text(encoding="utf-8"))
    included = packaged["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included[f"docs/{picture}"] == f"mockserver/pages/documents/{picture}"


def test_a_document_is_in_chinese_where_it_has_that(lasting: Sandbox) -> None:
    assert 'lang="zh"' in page(lasting, "outcomes", "zh").partition("<article")[2][:60]
    english = page(lasting, "protocol", "zh")
    assert "此页仅有英文版" in english
    assert 'lang="en"' in english.partition("<article")[2][:60]


RUNNING = {
    "php": "<?php $secretKey = getenv('KEY'); parse_str(stream_get_contents(STDIN), $_POST);\n{lines}",
    "js": "const {{ createHmac, timingSafeEqual }} = require('node:crypto');\nconst secretKey = process.env.KEY;\n"
    "const reply = (_status, text) => process.stdout.write(text);\n"
    "const body = require('node:fs').readFileSync(0, 'utf8');\n(() => {{\n{lines}\n}})();",
    "python": "import hashlib, hmac, json, os, sys\nfrom urllib.parse import parse_qsl\nsecret_key = os.environ['KEY']\n"
    "def handle(form):\n{indented}\nprint(handle(dict(parse_qsl(sys.stdin.read())))[0], end='')",
    "java": "import java.security.*; import java.util.*; import java.util.stream.*; import javax.crypto.*;\n"
    "import javax.crypto.spec.*; import static java.nio.charset.StandardCharsets.UTF_8;\n"
    "public class Main {{ static String handle(String secretKey, String sign, Map<String, String> data) throws Exception {{"
    "\n{lines}\n}}\npublic static void main(String[] args) throws Exception {{ Map<String, String> data = new HashMap<>();\n"
    "for (int at = 1; at < args.length; at += 2) data.put(args[at], args[at + 1]);\n"
    'System.out.print(handle(System.getenv("KEY"), args[0], data)); }} }}',
}
"""A program around the lines that takes the body from its input; Java, which has no JSON, takes what a library gives."""
PROGRAMS = {"php": ["php"], "js": ["node"], "python": [sys.executable], "java": ["java"]}


@pytest.mark.parametrize("language", VERIFYING)
def test_the_lines_verify_what_the_browser_brings(sandbox: Sandbox, tmp_path: Path, language: str) -> None:
    if shutil.which(PROGRAMS[language][0]) is None:
        pytest.skip(f"{PROGRAMS[language][0]} is not installed")
    lines = VERIFYING[language].strip()
    indented = "\n".join(f"    {line}" for line in lines.splitlines())
    program = tmp_path / {"php": "p.php", "js": "p.js", "python": "p.py", "java": "Main.java"}[language]
    program.write_text(RUNNING[language].format(lines=lines, indented=indented), encoding="utf-8")
    payload = returned_payload(sandbox)
    forged = payload.replace('"state":"paid"', '"state":"cancelled"')
    for sent, said in ((payload, "O 1 é & is paid"), (forged, "bad")):
        parsed = json.loads(sent)
        pairs = [text for pair in parsed["data"].items() for text in pair] if language == "java" else []
        done = subprocess.run(
            [*PROGRAMS[language], str(program), *([parsed["sign"], *pairs] if pairs else [])],
            input=urlencode({"resultData": sent}), capture_output=True, text=True, check=False,
            env={"KEY": SECRET_KEY, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        assert done.stdout == said, done.stderr


def returned_payload(sandbox: Sandbox) -> str:
    """What the page of a paid order has the browser post to the shop."""
    data = {"pay_method": "online", "sub_pay_method": "iDEAL", "order_id": "O 1 é &", "amount": "2", "currency": "EUR",
            "description": "t", "notify_url": "https://www.yabandpay.com/n", "redirect_url": "https://shop.example/"}  # fmt: skip
    made = requests.post(f"{sandbox.url}/Payments", data=signed_call("v3.CreatePayments", data), timeout=30).json()
    trade_id = made["data"]["trade_id"]
    change = f"{sandbox.url}/_sandbox/api/accounts/{USER}/payments/{trade_id}/state"
    assert requests.post(change, json={"state": "paid"}, timeout=30).ok
    shown = requests.get(made["data"]["url"], timeout=30).text
    return html.unescape(re.findall(r'name="resultData" value="([^"]*)"', shown)[0])

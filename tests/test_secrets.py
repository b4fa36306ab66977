"""Keys and card numbers that a merchant sends by mistake are in nothing that the sandbox shows or stores beside its answers.

A payment itself keeps what it was sent, as queries and notifications tell it byte for byte; so in the database's file
the journal is looked at, and not the payments.
"""

from __future__ import annotations

import html
import json
import re
import sqlite3
from contextlib import closing
from itertools import cycle, product
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, quote_plus, urlencode

import pytest
import requests

from mockserver.client import signed_request
from mockserver.gateway.example import documented_request
from mockserver.signing.signature import sign, signed_parameters, string_to_sign
from mockserver.testing import Merchant
from tests.serving import Serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

TOKEN = "the-control-token/of+this sandbox"
KEYS = {
    "user-1": "§",
    "user-4": "zq7X",
    "user-8": 'a/"\\+%密钥',
    "user-32": "9f8B3c0d1e2a4756a1b2c3d4e5f60718",
    "user-64": "Tr0ub4dor&3/+%2F\\u0041'<b>\" and a battery of horses; 密钥三 staple.",
}
CARDS = ["374245455400126", "5425 2334 3010 9903 12/27"]  # tests/masking has more
LONG = [key for key in KEYS.values() if len(key) >= 8]


def forms(text: str) -> set[str]:
    """Texts in which a text may hide."""
    dumped = [json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]]
    written = {text, *dumped, *(one.replace("/", "\\/") for one in dumped), *(json.dumps(one)[1:-1] for one in dumped)}
    written |= {"".join(f"\\u{ord(letter):04x}" for letter in text), repr(text)[1:-1], html.escape(text)}
    written |= {str(html.escape(one)).replace("&quot;", "&#34;").replace("&#x27;", "&#39;") for one in set(written)}
    written |= {quote(text), quote(text, safe=""), quote_plus(text), text.encode("unicode_escape").decode()}
    return {one.casefold() for one in written}


def assert_hidden(text: str, shown: str, where: str) -> None:
    folded = shown.casefold()
    found = [form for form in forms(text) if form in folded]
    assert not found, (
        f"{where}: {found[0]!r} in …{folded[max(0, folded.find(found[0]) - 200) : folded.find(found[0]) + 200]}…"
    )


class Sent(NamedTuple):
    """A request to the gateway, and perhaps the scenario that its header asks for."""

    body: bytes
    scenario: str = ""


def as_php(request: Any) -> bytes:
    return json.dumps(request).replace("/", "\\/").encode()


def as_escapes(request: Any) -> bytes:
    """JSON with every letter of every text as an escape."""
    text = json.dumps(request, ensure_ascii=False)
    return re.sub(r'(?<=": ")(?:[^"\\]|\\.)*', lambda match: json_escapes(json.loads(f'"{match[0]}"')), text).encode()


def json_escapes(text: str) -> str:
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


def everywhere(user: str, key: str, secret: str) -> Iterator[Sent]:
    """Requests of a user, signed with its key and with another, that hold a secret in one place each."""
    plain = documented_request(user)
    data = {**plain["data"], "notify_url": f"http://127.0.0.1:9/?{urlencode({'k': secret})}"}
    envelopes: list[dict[str, Any]] = [{**plain, name: secret} for name in ("user", "method", "time", "anything")]
    envelopes += [{**plain, secret: 1}, {**plain, "data": secret}, {**plain, "data": [secret]}]
    envelopes += [{**plain, "data": {**data, name: secret}} for name in (*data, "demo", "anything")]
    envelopes += [{**plain, "data": {**data, "demo": f"before{secret}after"}}]
    envelopes += [{**plain, "data": {**data, "currency": "x" * 40 + secret}}]
    envelopes += [{**plain, "data": {**data, "x": {"y": [secret, {secret: secret}]}, secret: 1}}]
    writers = cycle([lambda request: json.dumps(request, ensure_ascii=False).encode(), as_php, as_escapes])
    keys = (key, secret if secret in KEYS.values() else "another key", "another key", key)
    for envelope, signed_with in product(envelopes, keys):
        yield Sent(next(writers)(json.loads(signed_request(envelope, signed_with))))
    appended = string_to_sign(signed_parameters(plain)) + "&key=" + secret
    yield Sent(json.dumps({**plain, "sign": sign(appended, secret)}).encode())
    yield Sent(json.dumps({**plain, "sign": secret}).encode())
    yield Sent(json.dumps({**plain, "user": "nobody", "key": secret}).encode())
    yield Sent(signed_request({**plain, "data": data}, key), quote(secret))
    yield Sent(f'{{"user": "{user}", "user": "{secret}"}}'.encode())
    yield from [Sent(secret.encode()), Sent(f"key={secret}".encode()), Sent(urlencode({"key": secret}).encode())]
    yield from [Sent(json.dumps({"k": secret}).encode("utf-16")), Sent(f"\xff{secret}".encode("latin-1", "replace"))]
    yield Sent(json.dumps({"a": "x" * 16_350, "b": secret}).encode())


class Sandbox:
    """A sandbox in a process of its own, with an account for each key."""

    def __init__(self, folder: Path, merchant: Merchant) -> None:
        self.file = folder / "sandbox.db"
        self.serving = Serving(
            "--database", f"sqlite:///{self.file}", "--control-token", TOKEN, "--pay-delay", "10ms", "--retry-plan", "",
            "--journal-size", "100000",
            "--notify-map", f"http://127.0.0.1:9={merchant.url}",
            COVERAGE_PROCESS_CONFIG="",
        )  # fmt: skip
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {TOKEN}"
        self.headers: list[str] = []
        for user, key in KEYS.items():
            self.api("POST", "/accounts", {"user": user, "secret_key": key}, 201)

    def api(self, verb: str, path: str, body: Any = None, status: int = 200) -> str:
        answer = self.session.request(verb, f"{self.serving.url}/_sandbox/api{path}", json=body, timeout=60)
        assert answer.status_code == status, answer.text
        return answer.text

    def page(self, path: str) -> str:
        answer = self.session.get(f"{self.serving.url}/_sandbox{path}", timeout=60)
        assert answer.status_code == 200, path
        self.headers.append(str(answer.headers))
        return answer.text

    def send(self, sent: Sent) -> str:
        """The code of the answer."""
        headers = {"X-Sandbox-Scenario": sent.scenario} if sent.scenario else {}
        answer = self.session.post(f"{self.serving.url}/Payments", data=sent.body, headers=headers, timeout=60)
        self.headers.append(str(answer.headers))
        return str(answer.json()["code"])

    def shown(self) -> dict[str, str]:
        """Everything that can be looked at, by its name."""
        texts = {"strangers": self.api("GET", "/exchanges?limit=100000"), "metrics": self.api("GET", "/metrics")}
        for user in KEYS:
            path = f"/accounts/{user}"
            for name in ("/exchanges?limit=100000", "/payments?limit=1000", "/notifications?limit=1000", "/bundle"):
                texts[f"{user} {name}"] = self.api("GET", path + name)
            for page in ("/orders", "/requests", "/notifications"):
                texts[f"{user} page {page}"] = self.page(path + page)
            numbers = [one["number"] for one in json.loads(texts[f"{user} /exchanges?limit=100000"])["items"]]
            for number in numbers[::6]:
                texts[f"{user} request {number}"] = self.page(f"{path}/requests/{number}")
            for payment in json.loads(texts[f"{user} /payments?limit=1000"])["items"][::4]:
                trade_id = payment["trade_id"]
                texts[f"{user} order {trade_id}"] = self.page(f"{path}/orders/{trade_id}")
                texts[f"{user} life {trade_id}"] = self.api("GET", f"{path}/payments/{trade_id}")
        for one in json.loads(texts["strangers"])["items"][::3]:
            texts[f"stranger {one['number']}"] = self.page(f"/unknown-users/{one['number']}")
        return texts

    def stored(self) -> str:
        """The journal as the database has it."""
        with closing(sqlite3.connect(self.file)) as connection:
            rows = connection.execute("SELECT * FROM exchanges").fetchall()
        return "\n".join(
            str(cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell) for row in rows for cell in row
        )

    def stop(self) -> tuple[str, str]:
        """Stop; what was printed, and what was printed as an error."""
        process = self.serving.process
        process.terminate()
        printed, errors = process.communicate(timeout=60)
        return printed, errors


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    """A merchant that repeats to the sandbox what it was sent."""
    with Merchant("whatever", lambda received: (200, received.path.encode() + received.body)) as listening:
        yield listening


@pytest.mark.parametrize("owner", ["user-1", "user-4", "user-64"])  # tests/masking has the others
def test_a_key_that_is_sent_anywhere_is_shown_nowhere(tmp_path: Path, merchant: Merchant, owner: str) -> None:
    sandbox, secret = Sandbox(tmp_path, merchant), KEYS[owner]
    # Its own account sends it, in whatever place; so does another, except for a short one, which is any word there.
    senders = [owner, "user-32" if owner != "user-32" else "user-64"] if len(secret) >= 8 else [owner]
    codes = {sandbox.send(sent) for user in senders for sent in everywhere(user, KEYS[user], secret)}
    assert codes >= {"200", "-403", "-1000", "-3001"}
    problem = sandbox.session.get(f"{sandbox.serving.url}/_sandbox/api/{quote(secret, safe='')}", timeout=60)
    elsewhere = sandbox.session.get(f"{sandbox.serving.url}/{quote(secret, safe='')}", timeout=60)
    assert (problem.status_code, elsewhere.status_code) == (404, 404)
    for user in senders:
        sandbox.api("POST", f"/accounts/{user}/wait", {"what": {"type": "quiet"}, "timeout": "30s"})
    texts = {**sandbox.shown(), "database": sandbox.stored(), "404": problem.text, "no page": elsewhere.text}
    printed, errors = sandbox.stop()
    texts |= {"log": sandbox.serving.greeting + printed, "errors": errors, "headers": "\n".join(sandbox.headers)}
    assert "notified" in printed
    assert errors == ""
    for where, text in texts.items():
        if len(secret) >= 8:
            assert_hidden(secret, text, where)
        elif not re.search("order|page /notifications|404|no page", where):
            assert_no_value(secret, text, where)


def assert_no_value(secret: str, shown: str, where: str) -> None:
    """A short key is not a whole value; one of four letters is not a word either."""
    for form in forms(secret):
        bounds = (r"(?<![\w\\])", r"(?!\w)") if len(secret) >= 4 else (r"""(?:["'=]|&#34;|&#39;)""", r"""(?:["'&])""")
        found = re.search(f"{bounds[0]}{re.escape(form)}{bounds[1]}", shown.casefold())
        assert found is None, f"{where}: …{shown[max(0, found.start() - 200) : found.end() + 200]}…"


@pytest.mark.parametrize("number", CARDS)
def test_a_card_number_that_is_sent_anywhere_is_shown_nowhere(tmp_path: Path, merchant: Merchant, number: str) -> None:
    sandbox, user = Sandbox(tmp_path, merchant), "user-32"
    codes = {sandbox.send(sent) for sent in everywhere(user, KEYS[user], number) if b"utf-16" not in sent.body}
    assert codes >= {"200", "-403", "-1000"}
    sandbox.api("POST", f"/accounts/{user}/wait", {"what": {"type": "quiet"}, "timeout": "30s"})
    texts = {name: text for name, text in sandbox.shown().items() if "payments" not in name and "life" not in name}
    texts["database"] = sandbox.stored()
    printed, errors = sandbox.stop()
    texts |= {"log": sandbox.serving.greeting + printed, "errors": errors, "headers": "\n".join(sandbox.headers)}
    for where, text in texts.items():
        if "notifications?" not in where:
            assert_hidden(number[:19], text, where)


def test_a_bundle_with_a_key_in_it_comes_back(tmp_path: Path, merchant: Merchant) -> None:
    sandbox, user = Sandbox(tmp_path, merchant), "user-8"
    sandbox.api("PUT", f"/accounts/{user}/clock", {"kind": "frozen"})
    data = {**documented_request(user)["data"], "demo": KEYS[user], "description": KEYS["user-32"]}
    assert sandbox.send(Sent(signed_request({**documented_request(user), "data": data}, KEYS[user]))) == "200"
    packed = json.loads(sandbox.api("GET", f"/accounts/{user}/bundle"))
    sandbox.api("POST", "/bundles", {"bundle": packed, "user": "copy"}, 201)
    assert {**json.loads(sandbox.api("GET", "/accounts/copy/bundle")), "account": ""} == {**packed, "account": ""}
    (payment,) = json.loads(sandbox.api("GET", "/accounts/copy/payments"))["items"]
    assert (payment["demo"], payment["description"]) == ("***", "***")
    sandbox.stop()


def test_the_answer_and_the_notification_are_the_gateways_own(tmp_path: Path, merchant: Merchant) -> None:
    sandbox, user = Sandbox(tmp_path, merchant), "user-64"
    data = {**documented_request(user)["data"], "demo": KEYS[user], "notify_url": "http://127.0.0.1:9/"}
    body = signed_request({**documented_request(user), "data": data}, KEYS[user])
    answer = requests.post(f"{sandbox.serving.url}/Payments", data=body, timeout=60).json()
    call = {"user": user, "method": "v3.QueryOrder", "time": 1, "data": {"trade_id": answer["data"]["trade_id"]}}
    order = requests.post(f"{sandbox.serving.url}/Payments", data=signed_request(call, KEYS[user]), timeout=60).json()
    assert order["data"]["transaction_info"]["demo"] == KEYS[user]
    assert json.loads(merchant.wait_for(1)[0].body)["data"]["demo"] == KEYS[user]
    sandbox.stop()

"""The X-ray of a refused signature over HTTP: on the page of a request and in the signature tool, and mending."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from urllib.parse import quote

import pytest
import requests

from mockserver.gateway.example import documented_request
from mockserver.settings import Settings
from mockserver.signing.signature import sign, signed_parameters, signed_request, string_to_sign
from mockserver.testing import Sandbox
from tests.helpers import SECRET_KEY, USER

OWN = f"/_sandbox/accounts/{USER}"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def wrong_string(request: dict[str, Any], **changes: Any) -> str:
    """The string of a client that signs other values than it sends; None leaves one out."""
    parameters = {**signed_parameters(request), **changes}
    return "&".join(f"{name}={parameters[name]}" for name in sorted(parameters) if parameters[name] is not None)


def refused(sandbox: Sandbox, text: str, request: dict[str, Any], key: str = SECRET_KEY) -> int:
    """The number of a request that was signed by a string of the client's own."""
    answer = requests.post(f"{sandbox.url}/Payments", json={**request, "sign": sign(text, key)}, timeout=30)
    assert answer.json()["code"] == "-403"
    return int(answer.headers["X-Sandbox-Record"].rpartition("/")[2])


def get(sandbox: Sandbox, path: str) -> str:
    answer = requests.get(f"{sandbox.url}{path}", timeout=30)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    assert SECRET_KEY not in answer.text
    return answer.text


def compare(sandbox: Sandbox, number: int, text: str, **more: str) -> str:
    address = f"{sandbox.url}/_sandbox/signature-tool?user={USER}&request={number}"
    answer = requests.post(address, data={"signed_string": text, **more}, timeout=30)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert SECRET_KEY not in answer.text
    return answer.text


def check(sandbox: Sandbox, request: dict[str, Any], text: str, signature: str) -> str:
    """The tool's answer about a string and a sign. Nothing is searched for a sign of zeros, which no hash gives."""
    form = {"body": json.dumps({**request, "sign": signature}), "signed_string": text}
    return requests.post(f"{sandbox.url}/_sandbox/signature-tool", data=form, timeout=30).text


def rows(page: str) -> dict[str, tuple[str, str]]:
    """The parameters that differ, by name: the kind of each, and what is said of it."""
    found = re.findall(r'<tr class="(missing|surplus|moved|changed)">(.*?)</tr>', page, re.DOTALL)
    cells = [
        (kind, [text_in(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]) for kind, row in found
    ]
    return {one[0]: (kind, one[-1]) for kind, one in cells}


def typed(page: str) -> list[str]:
    """The texts in the large fields of the tool: the body, and the string that was signed."""
    return [html.unescape(one) for one in re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)]


def text_in(markup: str) -> str:
    return html.unescape(" ".join(re.sub("<[^>]+>", "", markup).split()))


def test_a_known_mistake_is_shown_parameter_by_parameter_with_the_right_sign_and_marked_code(lasting: Sandbox) -> None:
    request = documented_request(USER, notify_url="https://shop.example/?a=1&b=2")
    text = wrong_string(request, **{n: quote(str(v), safe="") for n, v in signed_parameters(request).items()})
    page = get(lasting, f"{OWN}/requests/{refused(lasting, text, request)}")
    assert set(rows(page)) == {"description", "notify_url", "redirect_url"}
    assert rows(page)["notify_url"] == ("changed", "≠ One value is percent-encoded, the other is not.")
    assert sign(string_to_sign(signed_parameters(request)), SECRET_KEY) in page
    assert re.findall("<summary>(PHP|Node|Java|Python)</summary><pre", page) == ["PHP", "Node", "Java", "Python"]
    assert len(re.findall("<mark>[^<]*texts: sign and send the same", page)) == 4


def test_a_string_that_no_mistake_explains_is_compared_and_its_differences_are_named(
    lasting: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = documented_request(USER, order_id="X-1", description=f"Tea & cups {HOSTILE}")
    text = wrong_string(
        request,
        order_id="X-1\u200b",
        amount="100",
        currency=None,
        description=f"Tea &amp; cuрs {HOSTILE}",
        extra=HOSTILE,
    )
    number = refused(lasting, text, request)
    page = get(lasting, f"{OWN}/requests/{number}")
    assert f'action="/_sandbox/signature-tool?user={USER}&amp;request={number}#result"' in page
    with monkeypatch.context() as patch:  # what the gateway has found out is not searched for again
        patch.setattr("mockserver.pages.signature.tool.explain_wholly", None)
        for tool in (
            get(lasting, f"/_sandbox/signature-tool?user={USER}&request={number}"),
            compare(lasting, number, "a=1"),
        ):
            assert "No known mistake explains this signature" in tool
    page = compare(lasting, number, text)
    assert "Your program signed this string, with the right key and the right hash." in page
    found = {name: (kind, said.split(".")[0]) for name, (kind, said) in rows(page).items()}
    assert found == {
        "amount": ("changed", "≠ Both values have the same digits in different units, such as cents or milliseconds"),
        "currency": ("missing", "− Missing: you did not sign this parameter"),
        "description": ("changed", "≠ The values are different"),
        "order_id": ("changed", "≠ The values differ in white space or invisible characters"),
        "extra": ("surplus", "+ Surplus: you signed a parameter that the gateway does not sign"),
    }
    opened = re.findall(r"<details open><summary>Bytes of (\w+)</summary>", page)
    assert opened == ["description", "order_id"]
    assert "<code>e2 80 8b</code> <small>U+200B ZERO WIDTH SPACE</small>" in page
    assert "U+0440 CYRILLIC SMALL LETTER ER" in page
    assert typed(page)[1] == text


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (f"{SECRET_KEY}\n", "Your string is right. The mistake comes after it: The secret key was used with extra"),
        ("", "Your string is right, so the key or the hash is wrong"),
    ],
)
def test_a_right_string_leaves_the_key_and_the_hash(lasting: Sandbox, key: str, said: str) -> None:
    request = documented_request(USER)
    text = string_to_sign(signed_parameters(request))
    page = check(lasting, request, text, sign(text, key) if key else "0" * 64)
    assert said in text_in(page)
    assert "Both strings are the same, byte by byte." in page


def test_another_string_is_said_to_be_another_one_and_aligned(lasting: Sandbox) -> None:
    request = documented_request(USER)
    page = check(lasting, request, wrong_string(request, currency="eur"), "0" * 64)
    assert "Your sign does not come from this string" in page
    assert set(rows(page)) == {"currency"}


def test_line_breaks_are_read_as_they_were_signed(lasting: Sandbox) -> None:
    """A browser sends each line break of a form as CR LF."""
    request = documented_request(USER)
    for text in (wrong_string(request, description="a\nb"), wrong_string(request, description="a\r\nb")):
        typed = text.replace("\r\n", "\n").replace("\n", "\r\n")
        assert "Your program signed this string, with the right key" in check(
            lasting, request, typed, sign(text, SECRET_KEY)
        )


def test_secrets_stay_masked_in_all_that_is_shown(lasting: Sandbox) -> None:
    card = "4012888888881881"
    request = documented_request(USER, description=f"key {SECRET_KEY} of {card}", demo="card 4012888888881881")
    text = wrong_string(request, extra=SECRET_KEY, description=f"key {SECRET_KEY.upper()} {SECRET_KEY}")
    number = refused(lasting, f"{text}&key={SECRET_KEY}!", request)
    pages = [get(lasting, f"{OWN}/requests/{number}"), compare(lasting, number, f"{text}&key={SECRET_KEY}!")]
    body = json.dumps({**request, "sign": sign(text, SECRET_KEY)})
    pages.append(compare(lasting, number, text, body=body, secret_key=SECRET_KEY))
    for page in pages:
        assert SECRET_KEY not in html.unescape(page)
        assert card not in page
        assert "***" in page
    assert "so it cannot be sent again from here" in html.unescape(pages[0])
    assert "Mend it</button>" not in pages[0]


def test_where_only_a_masked_secret_differs_that_is_said(lasting: Sandbox) -> None:
    request = documented_request(USER, description=SECRET_KEY)
    text = wrong_string(request, description=SECRET_KEY.upper())
    page = check(lasting, request, text, sign(text, SECRET_KEY))
    assert "differ in a secret that is masked here" in page


def test_the_tool_opens_with_an_example_and_knows_the_key(lasting: Sandbox) -> None:
    page = get(lasting, "/_sandbox/signature-tool")
    assert list(rows(page)) == ["amount", "description", "redirect_url"]
    assert f"without one, that of account {USER} is used" in page
    request = documented_request(USER)
    right = sign(string_to_sign(signed_parameters(request)), SECRET_KEY)
    form = {"body": json.dumps({**request, "sign": right})}
    answer = requests.post(f"{lasting.url}/_sandbox/signature-tool", data=form, timeout=30).text
    assert "Signature valid" in answer
    assert f"Signed with the key of account {USER}." in answer


def test_the_tool_keeps_what_was_typed_but_the_key(lasting: Sandbox) -> None:
    form = {"body": f"\nno JSON {HOSTILE}", "signed_string": "\n a=1", "sign": "abc", "secret_key": "typed-secret-key"}
    page = requests.post(f"{lasting.url}/_sandbox/signature-tool", data=form, timeout=30).text
    assert typed(page) == [form["body"], form["signed_string"]]
    assert 'value="abc"' in page
    assert "typed-secret-key" not in page
    assert "The key that you typed is not kept" in page


def test_a_request_of_an_unknown_user_opens_in_the_tool(lasting: Sandbox) -> None:
    request = documented_request("nobody-9", order_id=HOSTILE)
    requests.post(f"{lasting.url}/Payments", json={**request, "sign": "0" * 64}, timeout=30)
    [address] = re.findall(r"/_sandbox/signature-tool\?unknown=\d+", get(lasting, "/_sandbox/unknown-users/1"))
    assert "nobody-9" in get(lasting, address)


def mend(sandbox: Sandbox, number: int, **more: Any) -> requests.Response:
    return requests.post(f"{sandbox.url}{OWN}/requests/{number}/mend", timeout=30, **more)


def test_a_request_is_mended_and_shown_beside_its_accepted_twin(sandbox: Sandbox) -> None:
    request = documented_request(USER, order_id="MENDED-1")
    number = refused(sandbox, wrong_string(request) + "\n", request)
    page = get(sandbox, f"{OWN}/requests/{number}")
    assert "it may create an order and send notifications" in page
    answer = mend(sandbox, number, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{OWN}/requests/1?twin=2#twin")
    twin = get(sandbox, answer.headers["Location"])
    right = sign(string_to_sign(signed_parameters(request)), SECRET_KEY)
    assert f"<code>{right}</code>" in twin
    [trade_id] = set(re.findall(rf'href="{OWN}/orders/([\w-]+)"', twin))
    assert "MENDED-1" in get(sandbox, f"{OWN}/orders/{trade_id}")
    [items] = re.findall(r"What differs in the requests</h3>\s*<ul>(.*?)</ul>", twin, re.DOTALL)
    assert text_in(items) == "The sign."
    with sandbox.app.store.read(USER) as view:
        mended = view.exchange(2)
    assert mended is not None
    assert json.loads(mended.request) == {**request, "sign": right}


def test_a_request_that_was_mended_leads_to_its_accepted_twin_before_it_is_sent_once_more(sandbox: Sandbox) -> None:
    number, other = (
        refused(sandbox, wrong_string(request) + "\n", request)
        for request in (documented_request(USER, order_id=order_id) for order_id in ("TWICE-1", "TWICE-2"))
    )
    mend(sandbox, number)
    page = get(sandbox, f"{OWN}/requests/{number}")
    assert f'href="{OWN}/requests/{number}?twin=3#twin">Show the accepted request<' in page
    assert ">Send it once more<" in page
    assert ">Mend it</button>" not in page
    assert ">Mend it</button>" in get(sandbox, f"{OWN}/requests/{other}")
    mend(sandbox, number)
    assert f"{OWN}/requests/{number}?twin=4#twin" in get(sandbox, f"{OWN}/requests/{number}")


def test_a_twin_that_is_refused_for_a_further_reason_says_why(sandbox: Sandbox) -> None:
    request = documented_request(USER, amount="nothing")
    number = refused(sandbox, wrong_string(request) + "\n", request)
    twin = text_in(mend(sandbox, number).text)
    assert "Refused again -1000" in twin
    assert "amount must be" in twin


def test_a_field_gets_its_nearest_value_and_only_where_there_is_one(sandbox: Sandbox) -> None:
    for changes in ({"sub_pay_method": "alipai"}, {"amount": ""}):
        body = signed_request(documented_request(USER, **changes), SECRET_KEY)
        requests.post(f"{sandbox.url}/Payments", data=body, timeout=30)
    assert "It sets sub_pay_method to Alipay." in get(sandbox, f"{OWN}/requests/1")
    assert "data.sub_pay_method: alipai → Alipay" in text_in(mend(sandbox, 1).text)
    assert "Mend it" not in get(sandbox, f"{OWN}/requests/2")
    assert "The sandbox knows no cure for this request." in mend(sandbox, 2).text
    assert "The sandbox knows no cure for this request." in mend(sandbox, 3).text, "an accepted one"


def test_a_request_that_came_too_late_is_mended_with_the_present_time() -> None:
    with Sandbox(Settings(port=0, seed="tests", max_clock_skew=300_000)) as late:
        requests.post(f"{late.url}/Payments", data=signed_request(documented_request(USER), SECRET_KEY), timeout=30)
        twin = text_in(mend(late, 1).text)
        assert "Accepted 200" in twin
        assert "time: 1546588959 →" in twin


def test_what_cannot_be_mended_is_left_as_it_is(sandbox: Sandbox) -> None:
    request = documented_request(USER)
    number = refused(sandbox, wrong_string(request) + "\n", request)
    for answer, status in (
        (mend(sandbox, number, headers={"Origin": "https://evil.example"}), 403),
        (mend(sandbox, 77), 404),
        (requests.get(f"{sandbox.url}{OWN}/requests/{number}/mend", timeout=30), 405),
    ):
        assert answer.status_code == status
    with sandbox.app.store.read(USER) as view:
        assert view.last_number("exchanges") == number
    assert "Mended" not in get(sandbox, f"{OWN}/requests/{number}?twin=77")


def test_long_strings_are_aligned_as_a_whole(lasting: Sandbox) -> None:
    request = documented_request(USER, aa="a b", demo="d" * 9000, zz="a b")
    text = wrong_string(request, **{n: quote(str(v), safe="") for n, v in signed_parameters(request).items()})
    page = get(lasting, f"{OWN}/requests/{refused(lasting, text, request)}")
    assert set(rows(page)) == {"aa", "description", "notify_url", "redirect_url", "zz"}

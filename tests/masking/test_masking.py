"""Keys in texts, whatever wrote them, among few and among thousands."""

from __future__ import annotations

import base64
import html
import json
import string
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest

from mockserver.app import assemble
from mockserver.domain.accounts import Account
from mockserver.masking import HIDDEN, Secrets
from mockserver.masking.escapes import KeyIndex, folded, levels, origin, unescaped
from mockserver.settings import Settings
from tests.sockets import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.app import Application

KEYS = ["sandbox-secret-key", 'a/"\\+%密钥', "%41%42cdefghij", "\\n\\n\\nxyz", "nasty \\key n", "Tr0ub4dor&3/+%2F\\u0041'<b>",
        "9f8b3c0d1e2a4756a1b2c3d4e5f60718", "密钥密钥密钥密钥", "ends-in-a\\"]  # fmt: skip
WAYS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "JSON": lambda key: json.dumps(key)[1:-1],
    "JSON, unescaped": lambda key: json.dumps(key, ensure_ascii=False)[1:-1],
    "JSON of PHP": lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    "JSON in JSON": lambda key: json.dumps(json.dumps(key))[3:-3],
    "JSON in JSON in JSON": lambda key: json.dumps(json.dumps(json.dumps(key)))[7:-7],
    "every letter": lambda key: "".join(f"\\u{ord(letter):04X}" for letter in key),
    "percent": quote,
    "all percent": lambda key: "".join(f"%{byte:02x}" for byte in key.encode()),
    "form": quote_plus,
    "form of JSON": lambda key: quote_plus(json.dumps(key)[1:-1]),
    "HTML": html.escape,
    "HTML of JSON": lambda key: html.escape(json.dumps(key)[1:-1]),
    "HTML by numbers": lambda key: "".join(f"&#{ord(letter)};" for letter in key),
    "Python": lambda key: repr(key)[1:-1],
    "a header": lambda key: key.encode("unicode_escape").decode(),
    "upper case": str.upper,
    "UTF-16": lambda key: key.encode("utf-16-le").decode("latin-1") if key.isascii() else key,
}


def thousands() -> dict[str, str]:
    random = Random(7)  # noqa: S311 - the same each time
    lengths = [8, 9, 14, 15, 16, 32, 64]
    return {
        str(number): "".join(random.choices(string.ascii_letters + string.digits + "-/", k=random.choice(lengths)))
        for number in range(3000)
    }


@pytest.fixture(params=["few", "thousands"], scope="module")
def others(request: pytest.FixtureRequest) -> dict[str, str]:
    return thousands() if request.param == "thousands" else {}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_masked_in_every_form(key: str, way: str, others: dict[str, str]) -> None:
    secrets = Secrets(keys=lambda: {**others, "own": key})
    for before, after in (("", ""), ("x=", "&y"), ('{"a": "', '", "b": 1}'), ("…" * 7, "é")):
        text = f"{before}{WAYS[way](key)}{after}"
        assert secrets.text(text).replace("\x00", "") == f"{before}{HIDDEN}{after}"
        assert not secrets.are_absent(text.encode("utf-8", "surrogatepass"), b"")
        assert not secrets.are_absent(b"", text.encode("utf-8", "surrogatepass"))


def test_each_of_thousands_of_keys_is_found_wherever_it_stands() -> None:
    keys = thousands()
    secrets = Secrets(keys=lambda: keys)
    for number, key in enumerate(keys.values()):
        text = "?" * (number % 13) + key + "!" * (number % 7)
        assert secrets.text(text) == text.replace(key, HIDDEN)


@pytest.mark.parametrize(
    "text",
    ["", "sandbox-secret-ke", "x" * 40_000, '{"a": "\\u00e4\\/%2F&amp;"}', "\\", "\\u12", "%", "%4", "&#;", "&#99999999;",
     "&#x110000;", "\\ud83d", "\\U00110000", "\x00", "1%00\x00\\x00", "\\/" * 1000, "%25" * 1000],
)  # fmt: skip
def test_a_text_without_a_key_stays_as_it_is(text: str, others: dict[str, str]) -> None:
    secrets = Secrets("sandbox-secret-key", keys=lambda: others)
    assert secrets.text(text) is text
    assert secrets.are_absent(text.encode("utf-8", "surrogatepass"), b"")


def test_bytes_that_are_no_text_stay_as_they_are() -> None:
    secrets = Secrets("sandbox-secret-key")
    content = bytes(range(256))
    assert secrets.content(content) is content
    assert secrets.content(content + b"sandbox-secret-key" + content) == content + b"***" + content


def test_keys_that_overlap_leave_no_part() -> None:
    assert Secrets("abcdefghij", "fghijklmno", "abcdefghijklm").text("1abcdefghijklmno2") == "1***2"


@pytest.mark.parametrize("shown", range(8, 32))
def test_a_key_that_a_text_breaks_off_in_is_masked(shown: int, others: dict[str, str]) -> None:
    key = "9f8b3c0d1e2a4756a1b2c3d4e5f60718"
    secrets = Secrets(keys=lambda: {**others, "own": key})
    assert secrets.text(f"not 'xx{key[:shown]}…'.") == "not 'xx***…'."


def test_fewer_letters_of_a_key_are_not_taken_for_it() -> None:
    assert Secrets("sandbox-secret-key").text("sandbox…") == "sandbox…"


class TestShortKeys:
    @pytest.mark.parametrize(
        "text", ['{"a":"1"}', '{"a": 1}', "[1]", "[2, 1, 3]", '{"1":2}', "a=1&b=2", "b=2&a=1", "not '1'.", "1"]
    )
    def test_a_key_of_a_letter_is_masked_as_a_whole_value(self, text: str) -> None:
        assert Secrets("1").text(text, "1") == text.replace("1", HIDDEN)

    @pytest.mark.parametrize("text", ['{"a":"12"}', '{"a": 1.5}', "A1", "2024-11-27", "from 1 to 500", "step 1."])
    def test_and_nowhere_else(self, text: str) -> None:
        assert Secrets("1").text(text, "1") is text

    def test_from_four_letters_on_it_is_masked_as_a_word(self) -> None:
        assert Secrets().text("an open, opened open-er: OPEN!", "open") == "an ***, opened ***-er: ***!"

    def test_it_is_an_ordinary_word_to_other_accounts(self) -> None:
        secrets = Secrets(keys=lambda: {"a": "test", "b": "another key"})
        assert secrets.text('{"description":"test"}', "another key") == '{"description":"test"}'

    def test_in_requests_of_nobody_it_may_be_anybodys(self) -> None:
        secrets = Secrets(keys=lambda: {"a": "test", "b": "k"})
        assert secrets.text('{"user":"test","x":"k"}', everyone=True) == '{"user":"***","x":"***"}'

    @pytest.mark.parametrize("key", [" ", "%00", "\\n", '"', "&", "…", "a" * 7])
    def test_no_key_masks_what_is_not_there(self, key: str) -> None:
        text = '{"a": "b c"}'
        assert Secrets(key).text(text, key) is text


def test_encoded_otherwise_it_is_not_found_and_not_said_to_be() -> None:
    """Base64 and hashes of a key are other texts; whoever sends them means to."""
    text = base64.b64encode(b"sandbox-secret-key").decode()
    assert Secrets("sandbox-secret-key").text(text) == text


@pytest.mark.parametrize(("own", "masked"), [("ok", True), ("ok!", False), ("sandbox-secret-key", False), ("", False)])
def test_a_text_of_a_few_letters_is_masked_if_it_is_the_key(own: str, masked: bool) -> None:  # noqa: FBT001
    """Most merchants answer `ok`, and nearly no key is as short as that."""
    secrets = Secrets(keys=lambda: {"anna": own, "bert": "oh"} if own else {})
    assert secrets.content(b"ok", own) == (b"***" if masked else b"ok")
    assert secrets.content(b"ok", own, everyone=True) == (b"***" if masked else b"ok")


def test_a_key_is_known_from_its_account_on_and_forgotten_with_it(app: Application) -> None:
    text, store = "the-first-key the-second-key", app.store
    assert app.secrets.text(text) == text
    store.open_account(Account("a", "the-first-key", "s"))
    store.open_account(Account("b", "the-first-key", "s"))
    assert app.secrets.text(text) == "*** the-second-key"
    store.change_account("a", lambda account: replace(account, secret_key="the-second-key"))
    assert app.secrets.text(text) == "*** ***"
    store.drop_account("b")
    assert app.secrets.text(text) == "the-first-key ***"
    store.drop_account("a")
    assert app.secrets.text(text) == text


def test_an_account_of_another_process_is_known_too(postgres_database: str) -> None:
    settings = Settings(port=0, database=postgres_database)
    first, second = assemble(settings), assemble(settings)
    first.start()
    assert first.secrets.text("the-first-key") == "the-first-key"
    second.start()
    second.store.open_account(Account("a", "the-first-key", "s"))
    wait_until(lambda: first.secrets.text("the-first-key") == HIDDEN)
    first.close()
    second.close()


def test_an_index_gives_back_what_it_was_given() -> None:
    index, keys = KeyIndex(), [folded(key.encode()) for key in thousands().values()]
    for key in keys:
        index.add(key)
        index.add(key)
    for key in keys:
        index.remove(key)
    assert all(key in index.in_text(b"." + key) for key in keys[:50])
    for key in keys:
        index.remove(key)
    assert len(index) == len(index._long._keys) == len(index._short._keys) == 0


def test_each_part_of_a_plain_text_is_traced_to_where_it_stood() -> None:
    content = rb"a\/b\\u0041%2525&amp;lt;c"
    for plain, before in levels(content):
        for at in range(len(plain)):
            start, end = origin((at, at + 1), before)
            part = content[start:end]
            for _ in before:
                part = unescaped(part)
            assert plain[at : at + 1] in part, (plain, at)


def test_no_secret_is_in_the_text_of_what_holds_them() -> None:
    assert "sandbox-secret-key" not in repr(Secrets("sandbox-secret-key"))

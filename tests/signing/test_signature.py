from __future__ import annotations

import hmac
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver.signing.php import parse
from mockserver.signing.signature import sign, signed_parameters, string_to_sign, verify

_RECORDED = json.loads((Path(__file__).parents[1] / "vectors" / "signatures.json").read_text(encoding="utf-8"))
SECRET_KEY: str = _RECORDED["secret_key"]
vectors = pytest.mark.parametrize("vector", _RECORDED["vectors"], ids=lambda vector: vector["name"])


@vectors
def test_the_string_to_sign_is_the_one_written_by_hand(vector: dict[str, str]) -> None:
    parameters = signed_parameters(parse(vector["body"].encode()))
    assert string_to_sign(parameters, vector["empty_values"]) == vector["string_to_sign"]  # type: ignore[arg-type]


@vectors
def test_the_sign_is_the_one_that_openssl_computed(vector: dict[str, str]) -> None:
    parameters = signed_parameters(parse(vector["body"].encode()))
    verdict = verify(parameters, vector["sign"], SECRET_KEY)
    assert verdict
    assert verdict.empty_values == vector["empty_values"]
    assert verdict.string_to_sign == vector["string_to_sign"]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
@vectors
def test_openssl_still_computes_it(vector: dict[str, str]) -> None:
    command = ["openssl", "dgst", "-sha256", "-hmac", SECRET_KEY]
    printed = subprocess.run(command, input=vector["string_to_sign"].encode(), capture_output=True, check=True).stdout
    assert printed.decode().split()[-1] == vector["sign"]


@given(
    st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"]), max_size=100)
)
@example("", "")
@example("a", "k" * 64)
@example("a", "k" * 65)
@example("a", "é" * 33)
def test_the_sign_is_that_of_the_standard_library(text: str, secret_key: str) -> None:
    assert sign(text, secret_key) == hmac.digest(secret_key.encode(), text.encode(), "sha256").hex()


PARAMETERS = {"user": "016683", "method": "m", "time": "1", "amount": "24.99", "demo": ""}


@pytest.mark.parametrize(
    "spoil",
    [str.upper, lambda s: s[:-1], lambda s: s + "0", lambda _: "", lambda _: "0" * 64, lambda _: "é" * 64, lambda _: "\ud800"],
)  # fmt: skip
def test_any_other_signature_is_wrong(spoil: Any) -> None:
    right = sign(string_to_sign(PARAMETERS), SECRET_KEY)
    verdict = verify(PARAMETERS, spoil(right), SECRET_KEY)
    assert not verdict
    assert verdict.string_to_sign == string_to_sign(PARAMETERS)


def test_the_key_of_another_account_is_wrong() -> None:
    assert not verify(PARAMETERS, sign(string_to_sign(PARAMETERS), "another"), SECRET_KEY)


def test_sign_and_data_are_not_signed() -> None:
    envelope = {"user": "u", "sign": "s", "method": "m", "time": "1", "data": {"a": "1", "sign": "x", "data": "y"}}
    assert string_to_sign(signed_parameters(envelope)) == "a=1&method=m&time=1&user=u"


def test_a_key_of_data_replaces_one_of_the_envelope() -> None:
    envelope = {"user": "u", "method": "m", "time": "1", "data": {"user": "other"}}
    assert string_to_sign(signed_parameters(envelope)) == "method=m&time=1&user=other"


texts = st.dictionaries(st.text(min_size=1), st.text(), min_size=1)


@given(texts, st.text(min_size=1))
def test_what_is_signed_verifies(parameters: dict[str, str], secret_key: str) -> None:
    for empty_values in ("kept", "dropped"):
        signature = sign(string_to_sign(parameters, empty_values), secret_key)
        assert verify(parameters, signature, secret_key)
        assert len(signature) == 64
        assert signature == signature.lower()


@given(texts)
def test_the_order_of_the_keys_does_not_matter(parameters: dict[str, str]) -> None:
    backwards = dict(reversed(parameters.items()))
    assert string_to_sign(parameters) == string_to_sign(backwards)


@given(texts)
def test_keys_stand_in_the_order_of_their_bytes(parameters: dict[str, str]) -> None:
    keys = sorted(parameters, key=str.encode)
    assert string_to_sign(parameters) == "&".join(f"{key}={parameters[key]}" for key in keys)


@given(texts, st.data())
def test_a_changed_value_no_longer_verifies(parameters: dict[str, str], data: st.DataObject) -> None:
    signature = sign(string_to_sign(parameters), SECRET_KEY)
    key = data.draw(st.sampled_from(sorted(parameters)))
    changed = {**parameters, key: parameters[key] + "!"}
    assert not verify(changed, signature, SECRET_KEY)

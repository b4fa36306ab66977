from __future__ import annotations

import json
import math
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.signing import php
from mockserver.signing.php import NotJsonError, Number, float_text, is_empty, json_text, parse, text_of

# Printed by PHP 8.2: echo json_decode('…').
PHP_TEXTS = {
    "12.0": "12",
    "1e-7": "1.0E-7",
    "0.30000000000000004": "0.3",
    "9223372036854775807": "9223372036854775807",
    "9223372036854775808": "9.2233720368548E+18",
    "-9223372036854775808": "-9223372036854775808",
    "-9223372036854775809": "-9.2233720368548E+18",
    "12345678901234567890": "1.2345678901235E+19",
    "-0": "0",
    "-0.0": "-0",
    "1e14": "1.0E+14",
    "99999999999999.9": "1.0E+14",
    "0.0001": "0.0001",
    "0.00001": "1.0E-5",
    "1.5e300": "1.5E+300",
    "-1.5E-10": "-1.5E-10",
    "1E400": "INF",
    "1e2": "100",
    "123456789.123456789": "123456789.12346",
}


@pytest.mark.parametrize(("source", "expected"), PHP_TEXTS.items())
def test_a_number_is_the_text_that_php_prints(source: str, expected: str) -> None:
    assert parse(source.encode()) == expected


def test_a_number_keeps_its_text_in_the_body() -> None:
    number = parse(b"1e-7")
    assert isinstance(number, Number)
    assert number.source == "1e-7"


@pytest.mark.skipif(shutil.which("php") is None, reason="needs PHP's command line, such as Debian's php-cli")
def test_php_itself_prints_these_texts() -> None:
    sources = [*PHP_TEXTS, *(repr(x) for x in (0.1 + 0.2, 1 / 3, 2 / 3 * 1e15, 1e15, 123456.7890123456, 5e-324))]
    code = "foreach (json_decode($argv[1]) as $source) { $v = json_decode($source); echo $v, PHP_EOL; }"
    printed = subprocess.run(
        ["php", "-r", code, json.dumps(sources)], capture_output=True, text=True, check=True
    ).stdout
    assert printed.split() == [text_of(parse(source.encode())) for source in sources]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_fourteen_digits_are_kept(value: float) -> None:
    text = float_text(value)
    digits = text.lstrip("-").split("E")[0].replace(".", "").strip("0")
    assert len(digits) <= 14
    if abs(value) < 1e300:
        assert math.isclose(float(text), value, rel_tol=1e-13, abs_tol=5e-324)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=200)
@given(json_values)
def test_nested_values_become_the_compact_json_they_came_as(value: object) -> None:
    compact = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    assert json.loads(json_text(parse(compact.encode()))) == json.loads(compact)


@settings(max_examples=300)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        value = parse(body)
    except NotJsonError as error:
        assert str(error)
    else:
        json_text(value).encode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Expecting value at line 1 column 1"),
        (b'{"a":1', "line 1 column"),
        (b"\xff", "byte 0 is not UTF-8"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"a":NaN}', "NaN is not valid JSON"),
        (b'["\\ud800"]', "half of a surrogate pair"),
        (b'{"\\udc00":1}', "half of a surrogate pair"),
        (b"[" * 513 + b"]" * 513, "nested deeper than 512"),
        (b"[" * 100_000, "nested deeper than 512"),
        (b'["\n"]', "control character"),
    ],
)
def test_what_php_does_not_read_is_refused_with_a_reason(body: bytes, reason: str) -> None:
    with pytest.raises(NotJsonError, match=reason):
        parse(body)


@pytest.mark.parametrize("body", [b' {"a": 1}', b'{"a": 1}\n', b'\t\r\n {"a": 1} \t\r\n'])
def test_white_space_around_the_value_is_nothing(body: bytes) -> None:
    assert parse(body) == {"a": "1"}


@pytest.mark.parametrize(
    "body", [b'{"a": 1} x', b'{"a": 1}}', b"1 2", b'{"a": 1}\x0c', b'{"a": 1}\xc2\xa0', b" ", b"x"]
)
def test_anything_else_around_it_is_refused_where_json_refuses_it(body: bytes) -> None:
    with pytest.raises(json.JSONDecodeError) as expected:
        json.loads(body.decode())
    with pytest.raises(NotJsonError) as refused:
        parse(body)
    place = f"line {expected.value.lineno} column {expected.value.colno}"
    assert str(refused.value) == f"{expected.value.msg} at {place}"


def test_512_levels_are_read() -> None:
    assert parse(b"[" * 512 + b"]" * 512)


def test_many_flat_objects_are_not_mistaken_for_deep_ones() -> None:
    assert len(parse(b"[" + b",".join([b"{}"] * 2000) + b"]")) == 2000


@pytest.mark.parametrize(
    ("source", "empty"),
    [('""', True), ('"0"', True), ("0", True), ("0.0", True), ("-0.0", True), ("null", True), ("false", True),
     ("[]", True), ("{}", True), ('"0.0"', False), ('" "', False), ("true", False), ("0.5", False), ("[0]", False)],
)  # fmt: skip
def test_emptiness_is_phps(source: str, *, empty: bool) -> None:
    assert is_empty(parse(source.encode())) is empty


@settings(max_examples=50)
@given(st.recursive(st.text() | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))  # fmt: skip
def test_json_is_written_alike_from_any_depth_of_calls(value: object) -> None:
    try:
        read = parse(json.dumps(value).encode())
    except NotJsonError:
        return
    assert json_text(read) == php._json_text_of_any_depth(read)


def test_the_deepest_json_is_written_from_deep_inside_another_program() -> None:
    deepest = parse(b"[" * 512 + b"]" * 512)

    def inside(depth: int) -> str:
        return inside(depth - 1) if depth else json_text(deepest)

    assert inside(400) == "[" * 512 + "]" * 512

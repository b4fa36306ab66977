"""The command compare: what it asks and refuses, its exit status, and what it prints and writes."""

from __future__ import annotations

import os
import pty
import signal
import stat
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from mockserver.gateway.profile_file import read_profile
from tests.cli.commands import run
from tests.compare.gateways import gateway
from tests.helpers import SECRET_KEY, USER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "key"
    file.write_text(f"{SECRET_KEY}\n", encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def equal() -> Iterator[str]:
    with gateway() as url:
        yield url


def arguments(url: str, key_file: Path | str, *more: str) -> list[str]:
    return ["compare", "--base-url", url, "--user", USER, "--secret-key-file", str(key_file), "--delay", "0s", *more]


def test_an_equal_gateway_agrees_and_nothing_secret_is_shown(equal: str, key_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "profile.yaml"
    more = ("--yes", "--create", "--trade-id", "T-1", "--order-id", "O-1", "--write", str(target))
    status, printed, errors = run(*arguments(equal, key_file, *more))
    assert status == 0, errors
    assert "68 behaviours agree, 0 differ, 2 could not be asked; 68 assumptions can never be asked." in printed
    assert "assumed: answer: Errors have HTTP status 200." in printed
    assert "it needs a refund:" in printed
    assert "69 requests" in errors
    text = target.read_text(encoding="utf-8")
    for secret in (SECRET_KEY, USER, "T-1", "O-1"):
        assert secret not in printed + errors.replace(f"as {USER}", "") + text
    assert read_profile(target).duplicate_orders == "accept"


def test_a_difference_is_shown_with_both_answers(key_file: Path) -> None:
    with gateway(error_http_status=400) as url:
        status, printed, _ = run(*arguments(url, key_file, "--yes"))
    assert status == 1
    differs = printed.partition("Differs (1)")[2]
    assert "HTTP status of failures" in differs
    assert "sandbox: HTTP 200\n" in differs
    assert "gateway: HTTP 400\n" in differs
    assert 'gateway: HTTP 400 {"status":false,"code":"-403"' in differs
    assert "it creates an order; allow it with --create" in printed


def test_a_profile_is_what_a_gateway_is_compared_with(key_file: Path, tmp_path: Path) -> None:
    profile = tmp_path / "profile.yaml"
    profile.write_text("{version: 1, failures: {http_status: 400}}", encoding="utf-8")
    with gateway(error_http_status=400) as url:
        assert run(*arguments(url, key_file, "--yes", "--profile", str(profile)))[0] == 0
        profile.write_text("{version: 1, failures: {http_state: 400}}", encoding="utf-8")
        status, _, errors = run(*arguments(url, key_file, "--yes", "--profile", str(profile)))
    assert status == 2
    assert "failures.http_state: no such field" in errors


@pytest.mark.parametrize(
    ("missing", "expected"),
    [("--base-url", "Missing option '--base-url'"), ("--user", "Missing option '--user'"),
     ("--secret-key-file", "Missing option '--secret-key-file'")],
)  # fmt: skip
def test_address_user_and_key_have_no_default(missing: str, expected: str, key_file: Path) -> None:
    given = arguments(NOWHERE, key_file, "--yes")
    place = given.index(missing)
    status, _, errors = run(*given[:place], *given[place + 2 :])
    assert status == 2
    assert expected in errors


def test_without_a_terminal_it_needs_yes(key_file: Path) -> None:
    for file in (str(key_file), "-"):
        status, printed, errors = run(*arguments(NOWHERE, file), text=SECRET_KEY)
        assert (status, printed) == (2, "")
        assert errors == "compare asks before it sends anything, which needs a terminal; add --yes if you mean it.\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"\xff\xfe",
        b"two\nlines\n",
        b" spaces ",
        b"x" * 201,
        b"x" * 10**6,
        b"a\0b",
        "MISTAKE".encode("utf-16"),
    ],
)
def test_a_file_without_a_key_is_refused_and_nothing_of_it_shown(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    status, printed, errors = run(*arguments(NOWHERE, file, "--yes"))
    assert (status, printed) == (2, "")
    assert errors == ("--secret-key-file: expected the secret key alone, in one line of UTF-8 of 1 to 200 characters\n")


@pytest.mark.parametrize("content", [SECRET_KEY, f"{SECRET_KEY}\r\n", f"\ufeff{SECRET_KEY}\n"])
def test_line_ends_and_a_byte_order_mark_are_no_part_of_the_key(content: str, equal: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(content.encode())
    assert run(*arguments(equal, file, "--yes"))[0] == 0
    assert run(*arguments(equal, "-", "--yes"), text=content)[0] == 0


def test_a_key_in_place_of_its_file_is_not_shown(tmp_path: Path) -> None:
    status, printed, errors = run(*arguments(NOWHERE, SECRET_KEY, "--yes"))
    assert (status, printed) == (2, "")
    assert errors == "--secret-key-file: the file cannot be read: No such file or directory\n"
    assert (
        run(*arguments(NOWHERE, tmp_path, "--yes"))[2] == "--secret-key-file: the file cannot be read: Is a directory\n"
    )
    for wrong in (f"--secret-key={SECRET_KEY}", SECRET_KEY):
        status, printed, errors = run(*arguments(NOWHERE, "key", wrong))
        assert status == 2
        assert SECRET_KEY not in printed + errors


def test_the_key_of_another_account_is_named_instead_of_compared(equal: str, tmp_path: Path) -> None:
    other, profile = tmp_path / "other.txt", tmp_path / "profile.yaml"
    other.write_text("the key of another account")
    status, printed, errors = run(*arguments(equal, other, "--yes", "--write", str(profile)))
    assert (status, printed, profile.exists()) == (1, "", False)
    assert errors.endswith("Check --user and the secret key; nothing was compared.\n")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="everything can be read by root")
def test_a_file_that_cannot_be_read_is_said(key_file: Path) -> None:
    key_file.chmod(0)
    assert "Permission denied" in run(*arguments(NOWHERE, key_file, "--yes"))[2]
    key_file.chmod(stat.S_IRUSR)


def test_where_the_profile_goes_is_checked_before_anything_is_sent(key_file: Path, tmp_path: Path) -> None:
    for target in (tmp_path, tmp_path / "no" / "profile.yaml"):
        status, _, errors = run(*arguments(NOWHERE, key_file, "--yes", "--write", str(target)))
        assert status == 2
        assert errors.startswith("--write: expected a file in a folder that exists, not ")
    both = ("--profile", str(tmp_path / "a"), "--write", str(tmp_path / "b"))
    assert "leave out --profile" in run(*arguments(NOWHERE, key_file, "--yes", *both))[2]


def test_a_gateway_that_is_not_there_is_said(key_file: Path) -> None:
    status, printed, errors = run(*arguments(NOWHERE, key_file, "--yes"))
    assert (status, printed) == (1, "")
    assert errors.endswith("The gateway did not answer: no connection, or it was closed: Connection refused.\n")


def test_the_address_is_checked(key_file: Path) -> None:
    status, _, errors = run(*arguments("https://user:hidden@gateway.example", key_file))
    assert status == 2
    assert "expected an address such as https://gateway.example" in errors
    assert "hidden" not in errors


@pytest.mark.skipif(os.name != "posix", reason="needs a terminal of its own")
@pytest.mark.parametrize(("typed", "status"), [(b"n\n", 1), (b"\n", 1), (b"\x04", 1), (b"y\n", 0)])
def test_in_a_terminal_it_asks_before_the_first_request(typed: bytes, status: int, equal: str, key_file: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "mockserver", *arguments(equal, key_file)]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        os.write(ours, typed)
        printed, errors = process.communicate()
    os.close(ours)
    os.close(theirs)
    assert "Send them? [y/N]" in errors
    assert ("behaviours agree" in printed) == (status == 0)
    assert process.returncode == status, errors


def rest_of(terminal: int) -> bytes:
    """What is left to read of a terminal that nobody writes to any more."""
    found = b""
    with suppress(OSError):
        while part := os.read(terminal, 4096):
            found += part
    os.close(terminal)
    return found


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_ctrl_c_ends_it_with_the_results_so_far(equal: str, key_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "profile.yaml"
    command = [
        sys.executable, "-u", "-m", "mockserver",
        *arguments(equal, key_file, "--yes", "--write", str(target)), "--delay", "1h",
    ]  # fmt: skip
    ours, theirs = pty.openpty()  # a terminal shows each request
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True) as process:
        os.close(theirs)
        shown = b""
        while b"unknown order" not in shown:
            shown += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate()
    shown += rest_of(ours)
    assert process.returncode == 130
    assert "unknown order" in printed
    assert "the request was not sent" in printed
    assert b"Stopped before all requests were sent." in shown
    assert b"Traceback" not in shown
    assert read_profile(target)

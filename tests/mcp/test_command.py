"""The command mcp as a process: where its sandbox is, how it ends, and what it says without the SDK."""

from __future__ import annotations

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockserver import __version__
from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.machine import free_port
from tests.mcp.assistant import assistant, called
from tests.serving import COMMAND, ENVIRONMENT
from tests.sockets import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.mcp.assistant import Assistant

pytestmark = pytest.mark.slow

TOKEN = "control-token-of-a-test"
INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}  # fmt: skip


@pytest.fixture
def guarded() -> Iterator[Sandbox]:
    with Sandbox(Settings(port=0, log="none", control_token=TOKEN)) as running:
        yield running


def test_a_sandbox_is_started_if_none_answers_and_ends_with_the_server() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with assistant("--url", url) as coder:
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{url}/_sandbox/api/version", timeout=60)
        first, second = coder.tried("get_story"), coder.tried("create_payment")
        assert first.texts[0] == (
            f"No sandbox answered at {url}, so one was started there. It keeps everything in memory, and ends with this"
            " server."
        )
        assert first.texts[1].startswith(f"account {Settings().user} at {url}")
        assert (second.failed, len(second.texts)) == (False, 1)
        assert requests.get(f"{url}/_sandbox/api/version", timeout=60).json()["version"] == __version__
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/_sandbox/api/version", timeout=60)


def test_calls_at_once_start_one_sandbox() -> None:
    with assistant("--url", f"http://127.0.0.1:{free_port()}") as coder:
        calls = [coder.start("get_story") for _ in range(5)]
        results = [call.result() for call in calls]
    assert [one.is_error for one in results] == [False] * 5
    assert sum(len(one.content) for one in results) == 6


def test_a_sandbox_that_the_user_starts_later_is_found() -> None:
    port = free_port()
    with assistant("--no-start", YABANDPAY_MOCK_URL=f"http://127.0.0.1:{port}") as coder:
        assert coder.tried("get_story").failed
        with Sandbox(Settings(port=port, log="none")):
            assert not coder.tried("get_story").failed
        assert coder.tried("get_story").failed
        with Sandbox(Settings(port=port, log="none", user="another")):
            assert "account another" in coder("get_story")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (["--no-start", "--url", "http://127.0.0.1:9"], "No sandbox answers at http://127.0.0.1:9. Start one with: "),
        (["--url", "https://127.0.0.1:9"], "No sandbox answers at https://127.0.0.1:9, and this server starts one only"),
    ],
)  # fmt: skip
def test_without_a_sandbox_a_tool_says_what_to_do(line: list[str], problem: str) -> None:
    with assistant(*line) as coder:
        tried = coder.tried("list_accounts")
    assert tried.failed
    assert tried.text.startswith(problem)


def test_a_port_of_another_program_is_named(tmp_path: Path) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as other:
        thread = threading.Thread(target=other.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{other.server_port}"
        with assistant("--url", url, errors=tmp_path / "errors") as coder:
            tried = coder.tried("list_accounts")
        other.shutdown()
    assert (tried.failed, tried.text) == (True, f"{url} answered HTTP 501; expected a sandbox of the same version.")


def test_two_assistants_that_start_at_once_share_a_sandbox() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with assistant("--url", url) as one, assistant("--url", url) as other:
        asked = [coder.start("list_accounts") for coder in (one, other)]
        found = [called(one.result()) for one in asked]
    assert [one.failed for one in found] == [False, False], found
    assert len({one.value["items"][0]["seed"] for one in found}) == 1


class _NoSandbox(http.server.BaseHTTPRequestHandler):
    answer: tuple[int, str, bytes] = (200, "", b"")

    def do_GET(self) -> None:
        status, kind, body = self.answer
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(body)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((302, "text/plain", b""), " answered HTTP 302; expected a sandbox of the same version."),
        ((200, "text/html", b"<html>"), " is no sandbox."),
        ((200, "application/json", b"[]"), " is no sandbox."),
        ((200, "application/json", b"{"), " is no sandbox: its JSON is broken."),
    ],
)
def test_what_is_no_sandbox_is_named(answer: tuple[int, str, bytes], problem: str) -> None:
    handler = type("_Answering", (_NoSandbox,), {"answer": answer})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{other.server_port}"
        with assistant("--url", url) as coder:
            tried = coder.tried("get_story")
        other.shutdown()
    assert (tried.failed, tried.text) == (True, url + problem)


@pytest.mark.parametrize("url", ["http://me:hidden-word@127.0.0.1:9", "http://127.0.0.1:9?token=hidden-word"])
def test_an_address_with_a_secret_is_refused_and_not_shown(url: str) -> None:
    command = [*COMMAND, "mcp", "--url", url]
    done = subprocess.run(
        command, env=ENVIRONMENT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 2
    assert (
        "expected an address such as http://127.0.0.1:8765, not 'http" in done.stderr or "127.0.0.1:9'" in done.stderr
    )
    assert "hidden-word" not in done.stdout + done.stderr


@pytest.mark.parametrize(("token", "wrong"), [("", "needs its control token"), ("no", "does not accept the control")])
def test_a_wrong_token_is_named_and_never_shown(guarded: Sandbox, token: str, wrong: str) -> None:
    with assistant("--url", guarded.url, YABANDPAY_MOCK_CONTROL_TOKEN=token) as coder:
        tried = coder.tried("list_accounts")
    assert tried.failed
    assert wrong in tried.text
    assert "YABANDPAY_MOCK_CONTROL_TOKEN" in tried.text


def test_the_right_token_is_taken_from_the_environment(guarded: Sandbox) -> None:
    with assistant("--url", guarded.url, YABANDPAY_MOCK_CONTROL_TOKEN=TOKEN) as coder:
        assert TOKEN not in coder.tried("get_settings").text
        assert not coder.tried("create_payment").failed


def test_the_account_of_the_command_is_used() -> None:
    with Sandbox(Settings(port=0, log="none")) as sandbox, sandbox.account() as account:
        with assistant("--url", sandbox.url, "--account", account.user) as coder:
            coder("create_payment", data={"order_id": "A-1"})
        assert [one.order_id for one in account.payments] == ["A-1"]


def test_an_assistant_of_the_older_protocol_is_served(sandbox: Sandbox) -> None:
    with assistant("--url", sandbox.url, mode="legacy") as coder:
        assert coder.client.server_info is not None
        assert coder.client.server_info.name == "yabandpay-mock"
        assert "get_story" in (coder.client.instructions or "")
        assert not coder.tried("get_story").failed


def started(*line: str) -> subprocess.Popen[str]:
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen([*COMMAND, "mcp", *line], text=True, env=ENVIRONMENT, **pipes)


def said(process: subprocess.Popen[str], *messages: dict[str, Any]) -> None:
    assert process.stdin is not None
    for message in messages:
        process.stdin.write(json.dumps(message) + "\n")
    process.stdin.flush()


def heard(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


def with_a_wait(process: subprocess.Popen[str], sandbox: Sandbox, user: str) -> None:
    """Have the server wait for something that never comes."""
    said(process, INITIALIZE)
    assert heard(process)["result"]["serverInfo"]["name"] == "yabandpay-mock"
    wait = {"user": user, "what": {"type": "requests"}, "timeout": "10m"}
    said(process, {"jsonrpc": "2.0", "method": "notifications/initialized"},
         {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "wait_for", "arguments": wait}})  # fmt: skip
    wait_until(lambda: bool(sandbox.app.waits._waits.get(user)))


def test_the_end_of_standard_input_ends_it_during_a_wait(sandbox: Sandbox) -> None:
    with sandbox.account() as account:
        process = started("--url", sandbox.url)
        with_a_wait(process, sandbox, account.user)
        _, errors = process.communicate(timeout=60)
        wait_until(lambda: not sandbox.app.waits._waits.get(account.user))
    assert (process.returncode, errors) == (0, "")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_during_a_wait_while_its_input_is_open(sandbox: Sandbox, number: int) -> None:
    with sandbox.account() as account:
        process = started("--url", sandbox.url)
        with_a_wait(process, sandbox, account.user)
        process.send_signal(number)
        assert process.wait(timeout=60) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
        process.communicate()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no pseudo-terminals")
def test_a_person_in_a_terminal_is_told_that_it_is_for_assistants(sandbox: Sandbox) -> None:
    own, other = os.openpty()
    os.write(own, b"\x04")  # Ctrl-D
    command = [*COMMAND, "mcp", "--url", sandbox.url]
    done = subprocess.run(command, stdin=other, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    for terminal in (own, other):
        os.close(terminal)
    told = "A coding assistant starts this command, and talks to it. Ctrl-C ends it.\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, "", told)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no pseudo-terminals")
def test_ctrl_c_ends_it_while_it_starts(sandbox: Sandbox) -> None:
    own, other = os.openpty()
    command = [*COMMAND, "mcp", "--url", sandbox.url]
    process = subprocess.Popen(command, stdin=other, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    assert process.stderr is not None
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    for terminal in (own, other):
        os.close(terminal)
    assert (process.returncode, errors) == (0, "")


def test_an_assistant_that_is_gone_leaves_no_trace(sandbox: Sandbox) -> None:
    """Nobody reads its answers any more."""
    process = started("--url", sandbox.url)
    assert process.stdout is not None
    process.stdout.close()
    said(process, INITIALIZE)
    process.stdout = None
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")


def test_without_the_sdk_it_says_how_to_install_it() -> None:
    code = "import sys; sys.modules['mcp'] = None; sys.argv[1:] = ['mcp']; from mockserver.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (
        2, "", "The command mcp needs the SDK of the protocol; install it with: pip install 'yabandpay-mock[mcp]'\n"
    )  # fmt: skip


@pytest.mark.parametrize("line", [["mcp", "--help"], ["serve", "--help"], ["orders", "--help"]])
def test_other_commands_do_not_import_the_sdk(line: list[str]) -> None:
    code = (
        f"import sys; sys.argv[1:] = {line!r}\nfrom mockserver.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('mcp', 'pydantic', 'httpx2', 'anyio') if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert done.stderr == "[]\n"


def test_documents_and_prompts_are_offered(server: Assistant) -> None:
    resources = {one.name: one for one in server.run("list_resources").resources}
    assert {"testing", "agents", "protocol"} <= resources.keys()
    (page,) = server.run("read_resource", resources["testing"].uri).contents
    assert page.text.startswith("# Testing")
    prompts = {one.name: one for one in server.run("list_prompts").prompts}
    assert prompts["why_refused"].title == "Why was my last request refused?"
    asked = server.run("get_prompt", "examine_my_shop", {"create": "http://127.0.0.1:3000/orders"})
    assert asked.messages[0].content.text.endswith("create: http://127.0.0.1:3000/orders")

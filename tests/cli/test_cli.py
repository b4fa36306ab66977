"""The command line, as real processes."""

from __future__ import annotations

import json
import re
import select
import signal
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import fields
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlsplit

import pytest
import requests
from click.testing import CliRunner

from mockserver.cli import main
from mockserver.client import signed_request
from mockserver.gateway.example import documented_request
from mockserver.settings import Settings
from mockserver.signing.signature import sign, signed_parameters
from mockserver.testing import Merchant
from tests.helpers import SECRET_KEY, USER
from tests.machine import free_port
from tests.serving import COMMAND, ENVIRONMENT, Serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def serving() -> Iterator[Serving]:
    server = Serving("--pay-delay", "10ms")
    yield server
    server.stop()


def test_the_greeting_shows_address_user_and_secret(serving: Serving) -> None:
    assert f"user      {USER}" in serving.greeting
    assert f"secret    {SECRET_KEY}" in serving.greeting
    assert serving.url.startswith("http://127.0.0.1:")


def test_the_curl_line_works_when_pasted_and_the_example_merchant_is_reported(serving: Serving) -> None:
    line = next(line for line in serving.greeting.splitlines() if line.startswith("curl "))
    printed = subprocess.run(["sh", "-c", f"{line} --silent"], capture_output=True, text=True, check=True).stdout
    assert json.loads(printed)["status"] is True
    log = serving.read_until("accepted (")
    assert re.search(r"request +v3.CreatePaymentsAlipayMiniPay +accepted +trade \S+ +default", log)
    assert re.search(r"notification +paid +trade \S+ +https://www.yabandpay.com/notify", log)


def test_a_refusal_is_logged_with_its_reason_on_one_line(serving: Serving) -> None:
    body = signed_request(documented_request(USER, currency="a\nb\x1b[31m"), SECRET_KEY)
    requests.post(f"{serving.url}/Payments", data=body, timeout=30)
    requests.post(f"{serving.url}/Payments", data=b"{}", timeout=30)
    log = serving.read_until("-3001")
    assert len(log.splitlines()) == 2 + log.startswith("\n")
    assert "\x1b" not in log
    assert "-3001 Required field is missing  Missing or empty in the envelope: user" in log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_at_once_and_cleanly(number: int) -> None:
    assert Serving().stop(number) == (0, "")


@pytest.mark.slow
def test_a_signal_stops_in_the_middle_of_explaining_what_many_clients_wait_for() -> None:
    server = Serving()
    request = documented_request(USER)
    request["data"]["description"] = "a&b %41 " * 110_000
    body = json.dumps({**request, "sign": "7f" * 32}).encode()
    head = b"POST /Payments HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    host = urlsplit(server.url)
    clients = [socket.create_connection((host.hostname, host.port), timeout=30) for _ in range(51)]
    with ThreadPoolExecutor(51) as sending:
        list(sending.map(lambda client: client.sendall(head + body), clients))
    assert select.select(clients, [], [], 30)[0]  # so much waits that some are turned away
    assert server.stop() == (0, "")
    answers = b"".join(map(_received, clients))
    for client in clients:
        client.close()
    assert b"The signature was not explained, because the sandbox was stopping." in answers


def _received(client: socket.socket) -> bytes:
    with suppress(ConnectionError):
        return client.recv(65536)
    return b""


@pytest.mark.slow
def test_a_terminal_that_nobody_reads_holds_up_no_payment() -> None:
    server = Serving()
    for _ in range(600):
        assert requests.post(f"{server.url}/Payments", data=b"{}" + b" " * 100, timeout=30).status_code == 200
    assert server.stop() == (0, "")


def test_a_terminal_that_was_closed_changes_no_answer() -> None:
    server = Serving()
    assert server.process.stdout is not None
    server.process.stdout.close()
    for _ in range(5):
        assert requests.post(f"{server.url}/Payments", data=b"{}", timeout=30).json()["code"] == "-3001"
    server.process.stdout = None
    assert server.stop() == (0, "")


def test_a_terminal_without_chinese_shows_escapes() -> None:
    server = Serving(PYTHONIOENCODING="ascii")
    body = '{"user":"\u6d4b","sign":"x","method":"\u8bd5","time":1,"data":{"a":1}}'.encode()
    assert requests.post(f"{server.url}/Payments", data=body, timeout=30).json()["code"] == "-403"
    assert "\\u8bd5" in server.read_until("-403")
    server.stop()


def test_nothing_is_printed_of_requests_when_asked() -> None:
    server = Serving("--log", "none")
    requests.post(f"{server.url}/Payments", data=b"{}", timeout=30)
    server.process.terminate()
    assert server.process.communicate(timeout=30)[0].strip() == ""


@pytest.mark.slow
def test_a_database_keeps_orders_between_runs(tmp_path: Path) -> None:
    options = ["--database", f"sqlite:///{tmp_path / 'sandbox.db'}"]
    body = signed_request(documented_request(USER), SECRET_KEY)
    first = Serving(*options)
    trade_id = requests.post(f"{first.url}/Payments", data=body, timeout=30).json()["data"]["trade_id"]
    first.stop()
    second = Serving(*options)
    query = signed_request(
        {"user": USER, "method": "v3.QueryOrder", "time": 1, "data": {"trade_id": trade_id}}, SECRET_KEY
    )
    assert requests.post(f"{second.url}/Payments", data=query, timeout=30).json()["status"] is True
    second.stop()


def test_the_ready_file_holds_the_addresses_while_requests_are_taken(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    ready.write_text("http://127.0.0.1:1\n", encoding="utf-8")  # left by a run that was killed
    server = Serving("--ready-file", str(ready), "--tls", "--tls-port", "0")
    plain, secure = ready.read_text(encoding="utf-8").split()
    assert plain == server.url
    assert f"https     {secure}/Payments   use --ca-file" in server.greeting
    assert [file.name for file in tmp_path.iterdir()] == ["ready"]
    assert server.stop() == (0, "")
    assert not ready.exists()


MISTAKES = [
    ["--port", "99999"], ["--hots", "x"], ["--pay-delay", "soon"], ["--scenario", "declind"], ["--scenarios", "no/folder"],
    ["--database", "x"], ["--database", "sqlite:///no/folder/s.db"], ["--accounts", "no/file.yaml"], ["--host", "256.0.0.1"],
    ["--ca-file", "ca.pem"], ["--tls", "--tls-certificate", "no.pem", "--tls-key", "no.key"], ["surplus"],
]  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES, ids=" ".join)
@pytest.mark.parametrize("place", ["before", "after", "variable"])
def test_no_start_that_fails_leaves_the_ready_file_of_a_killed_run(
    tmp_path: Path, mistake: list[str], place: str
) -> None:
    for name in ("ready", "ready.part"):
        (tmp_path / name).write_text("http://127.0.0.1:1\n", encoding="utf-8")
    ready = str(tmp_path / "ready")
    named = ["--ready-file", ready]
    arguments = {"before": [*named, *mistake], "after": [*mistake, *named], "variable": mistake}[place]
    variables = {"YABANDPAY_MOCK_READY_FILE": ready} if place == "variable" else {}
    assert CliRunner().invoke(main, ["serve", "--port", "0", *arguments], env=variables).exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_taken_port_leaves_no_ready_file_of_a_killed_run(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ready.write_text(f"http://127.0.0.1:{port}\n", encoding="utf-8")
        result = CliRunner().invoke(main, ["serve", "--port", str(port), "--ready-file", str(ready)])
    assert (result.exit_code, str(port) in result.stderr, ready.exists()) == (2, True, False)


def test_asking_for_help_withdraws_nothing(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    ready.touch()
    assert CliRunner().invoke(main, ["serve", "--ready-file", str(ready), "--help"]).exit_code == 0
    assert ready.exists()


def test_a_ready_file_that_cannot_be_filled_is_reported(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    full = ["sh", "-c", 'ulimit -f 0 && exec "$@"', "sh"]  # a file can be made, and nothing be written into it
    unmeasured = {name: value for name, value in ENVIRONMENT.items() if not name.startswith("COVERAGE_")}
    options = ["--port", "0", "--ready-file", str(ready)]
    done = subprocess.run(
        [*full, *COMMAND, "serve", *options], capture_output=True, text=True, env=unmeasured, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (2, f"--ready-file: {ready} cannot be written: File too large\n")
    assert list(tmp_path.iterdir()) == []


def test_ready_says_whether_a_sandbox_accepts_payments() -> None:
    server = Serving("--control-token", "hidden")
    code, reported, _ = run("ready", server.url, "--wait", "10s")
    assert (code, reported) == (0, f"ready at {server.url}\n")
    assert run("ready", "--port", server.url.rpartition(":")[2])[0] == 0
    server.stop()
    code, _, reported = run("ready", server.url, "--wait", "50ms")
    assert code == 1
    assert reported == f"No sandbox is ready at {server.url} after 0.05 s: [Errno 111] Connection refused\n"


def test_ready_waits_for_a_sandbox_that_is_only_starting() -> None:
    port = str(free_port())
    with ThreadPoolExecutor(1) as asking:
        reported = asking.submit(run, "ready", f"http://127.0.0.1:{port}", "--wait", "60s")
        server = Serving("--port", port)
        assert reported.result()[0] == 0
        server.stop()


def test_ready_knows_what_is_no_sandbox_and_no_address() -> None:
    with Merchant(SECRET_KEY) as other:
        code, _, reported = run("ready", other.url)
        assert (code, "it answered HTTP 501" in reported) == (1, True)
    for wrong in ("127.0.0.1:8765", "http://[", "http://127.0.0.1:99999"):
        code, _, reported = run("ready", wrong)
        assert (code, "expected an address such as http://127.0.0.1:8765" in reported) == (2, True)


@pytest.mark.parametrize(("value", "is_on"), [("true", True), ("1", True), ("false", False), ("", False)])
def test_a_switch_is_an_environment_variable_too(value: str, is_on: bool) -> None:  # noqa: FBT001 - a table of cases
    server = Serving(YABANDPAY_MOCK_TLS=value, YABANDPAY_MOCK_TLS_PORT="0")
    assert ("https " in server.greeting) == is_on
    server.stop()


def test_every_setting_is_also_an_environment_variable() -> None:
    server = Serving(
        YABANDPAY_MOCK_USER="777",
        YABANDPAY_MOCK_SECRET_KEY="other",
        YABANDPAY_MOCK_NOTIFY_MAP="http://a=http://b http://c=http://d",
    )
    assert "user      777" in server.greeting
    assert "secret    your own, from $YABANDPAY_MOCK_SECRET_KEY" in server.greeting
    server.stop()


@pytest.mark.parametrize("key", ["a key of my own", "k"])
def test_the_greeting_does_not_print_a_key_of_your_own(key: str) -> None:
    server = Serving("--secret-key", key)
    line = next(line for line in server.greeting.splitlines() if line.startswith("curl "))
    printed = subprocess.run(["sh", "-c", f"{line} --silent"], capture_output=True, text=True, check=True).stdout
    assert json.loads(printed)["status"] is True
    assert "secret    your own, from --secret-key" in server.greeting
    assert len(key) == 1 or key not in server.greeting
    server.stop()


@pytest.mark.parametrize(
    "line",
    [
        ["serve", "--secret-key", "my", "sesame"],
        ["serve", "--secret-keysesame"],
        ["serve", "--control-token", "my", "sesame"],
        ["explain", "--secret-key", "k", "--other-key", "sesame"],
        ["explain", "--secret-key", "k", "--other-key", "=sesame"],
        ["sign", "body.json", "--secret-key", "my", "sesame"],
    ],
)
def test_a_secret_that_is_given_wrongly_is_not_repeated(line: list[str]) -> None:
    code, printed, reported = run(*line, text="{}")
    assert code == 2
    assert "sesame" not in printed + reported


@pytest.mark.parametrize("command", ["sign", "verify", "explain"])
@pytest.mark.parametrize("where", ["sign", "data", "name"])
def test_a_secret_in_a_body_is_not_shown(command: str, where: str) -> None:
    key = 'open/"sesame" 密钥'
    request = documented_request(USER)
    request["data"]["secret" if where == "data" else key] = key
    request["sign"] = key if where == "sign" else "0" * 64
    _, _, reported = run(command, "--secret-key", key, text=json.dumps(request))
    _, shown, _ = run("explain", "--secret-key", key, text=json.dumps(request))
    assert "***" in reported + shown
    assert "sesame" not in reported + shown


def test_help_shows_every_setting_with_its_variable() -> None:
    text = CliRunner().invoke(main, ["serve", "--help"]).output
    for setting in fields(Settings):
        assert f"--{setting.name.replace('_', '-')} " in text
        assert f"YABANDPAY_MOCK_{setting.name.upper()}" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--port", "99999"], "expected a whole number from 0 to 65535, not '99999'"),
        (["--port", "²"], "expected a whole number"),
        (["--pay-delay", "soon"], "expected a duration such as 500ms, 2s, 1m or 6h, not 'soon'"),
        (["--retry-plan", "1s,x"], "expected a duration"),
        (["--notify-map", "x"], "expected FROM=TO such as"),
        (["--scenario", "declind"], "There is no scenario 'declind'; did you mean 'declined'?"),
        (
            ["--scenarios", "no/such/folder"],
            "no/such/folder:1: this folder does not exist; expected a folder with .yaml files",
        ),
        (["--database", "x"], "expected a database such as sqlite:///sandbox.db"),
        (["--secret-key", ""], "expected a text that is not empty"),
        (["--user", "a/b"], "expected a UID or an e-mail address without spaces and slashes, not 'a/b'"),
        (["--user", b"\xff"], "expected a text in UTF-8"),
        (["--notify-timeout", "0s"], "expected a duration longer than 0ms, such as 10s, not '0s'"),
        (["--log", "loud"], "expected lines or none, not 'loud'"),
        (["--host", "256.0.0.1"], "Cannot listen on 256.0.0.1 port 0"),
        (["--hots", "x"], "No such option"),
        (["--tls-name", "a b"], "expected a host name or an IP address such as sandbox.internal, not 'a b'"),
        (
            ["--allowed-host", "http://a.example"],
            "expected a host name such as sandbox.example.com, *.example.com or *",
        ),
        (["--allowed-host", "a.example:80"], "expected a host name such as"),
        (["--allowed-host", "*a.example"], "expected a host name such as"),
        (["--public-url", "http://["], "expected an address such as https://sandbox.example:8765, not 'http://['"),
        (["--control-token", "a\nb"], "expected one line of UTF-8 text without spaces at its ends"),
        (["--control-token", " a"], "expected one line of UTF-8 text without spaces at its ends"),
        (["--control-token", b"\xff"], "expected a text in UTF-8"),
        (["--ca-file", "ca.pem"], "--ca-file is for HTTPS, which is off; add --tls"),
        (
            ["--ready-file", "no/such/folder/ready"],
            "--ready-file: no/such/folder/ready cannot be written: No such file",
        ),
    ],
)
def test_a_mistake_is_reported_in_a_sentence(options: list[str | bytes], message: str) -> None:
    done = subprocess.run(
        [*COMMAND, "serve", "--port", "0", *options], capture_output=True, text=True, env=ENVIRONMENT, check=False
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_mistakes_in_scenario_files_stop_the_start_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: x\nsummary: y\nthen:\n  - {after: 1s, state: payed}\n", encoding="utf-8")
    done = subprocess.run(
        [*COMMAND, "serve", "--scenarios", str(tmp_path)], capture_output=True, text=True, env=ENVIRONMENT, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"{tmp_path / 'mine.yaml'}:4: then[0].state: expected one of")


def run(*arguments: str, text: str = "") -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(arguments), input=text, env={"YABANDPAY_MOCK_SECRET_KEY": ""})
    return result.exit_code, result.stdout, result.stderr


def test_a_body_is_signed_and_verified(tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    file.write_text(json.dumps(documented_request(USER)), encoding="utf-8")
    code, signed, explained = run("sign", str(file), "--secret-key", SECRET_KEY)
    assert code == 0
    assert explained.startswith("amount=1&currency=EUR&")
    assert json.loads(signed)["sign"] == "885fffb998f0597c39e5cfb37f1f367f4aedf63958599393bcc28426bfc96ce0"
    assert run("verify", "--secret-key", SECRET_KEY, text=signed) == (
        0,
        "The signature is correct (empty values kept).\n",
        "",
    )


def test_signing_fills_in_the_time() -> None:
    code, signed, _ = run("sign", "--secret-key", "k", text='{"user":"u","method":"m","data":{"a":"b"}}')
    assert code == 0
    assert json.loads(signed)["time"] > 1_700_000_000


def test_a_wrong_signature_is_shown_beside_the_right_one() -> None:
    code, _, reported = run(
        "verify", "--secret-key", "k", text='{"user":"u","method":"m","time":1,"data":{"a":"b"},"sign":"x"}'
    )
    assert code == 1
    assert "string to sign  a=b&method=m&time=1&user=u" in reported
    assert "received        x" in reported


def test_a_notification_is_verified_over_its_data() -> None:
    body = '{"sign":"%s","data":{"a":"b"}}'
    assert run("verify", "--secret-key", "k", text=body % sign("a=b", "k"))[0] == 0
    assert run("verify", "--secret-key", "k", text=body % sign("a=c", "k"))[0] == 1


@pytest.mark.parametrize("command", ["sign", "verify"])
@pytest.mark.parametrize(
    ("text", "message"), [("{", "standard input: this is not valid JSON"), ("[]", "expected a JSON object")]
)
def test_what_is_no_json_object_is_reported(command: str, text: str, message: str) -> None:
    code, _, reported = run(command, "--secret-key", "k", text=text)
    assert code == 2
    assert message in reported


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"data":7}', "in which data is an object"),
        ('{"data":{"a":1e400}}', "the body has a number that is too large"),
        ('{"data":{"a":' + "9" * 5000 + "}}", "the body has a number with too many digits"),
    ],
)
def test_what_cannot_be_signed_is_reported(text: str, message: str) -> None:
    code, _, reported = run("sign", "--secret-key", "k", text=text)
    assert code == 2
    assert message in reported


def test_what_has_no_signature_cannot_be_verified() -> None:
    code, _, reported = run("verify", "--secret-key", "k", text="{}")
    assert code == 2
    assert "expected a JSON object with sign and data" in reported


def test_a_file_that_is_not_there_is_reported() -> None:
    code, _, reported = run("sign", "no-such-file.json", "--secret-key", "k")
    assert code == 2
    assert "no-such-file.json" in reported


def test_scenarios_are_listed_with_their_triggers(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nsummary: My own.\n", encoding="utf-8")
    code, listed, _ = run("scenarios", "--scenarios", str(tmp_path))
    assert code == 0
    assert re.search(r"declined +DECLINED-\* +990005.99 +The payer's wallet declines", listed)
    assert re.search(r"mine +My own\.", listed)
    (tmp_path / "mine.yaml").write_text("nam: mine\n", encoding="utf-8")
    assert run("scenarios", "--scenarios", str(tmp_path))[0] == 2


@pytest.mark.slow
def test_the_demo_shows_three_payments() -> None:
    code, reported, _ = run("demo", "--pay-delay", "10ms")
    assert code == 0
    for line in (
        "1. The payer pays",
        "the order is paid",
        "2. The wallet declines",
        "declined, ",
        "3. The merchant signs",
        "-403",
    ):
        assert line in reported
    assert SECRET_KEY not in reported


def test_a_scenario_is_reported_as_a_timeline() -> None:
    code, reported, _ = run("scenarios", "show", "notified-out-of-order")
    assert code == 0
    lines = reported.splitlines()
    assert lines[0] == "notified-out-of-order"
    assert "  amount                 990324.99" in lines
    drawing = lines[lines.index("   after the pay delay  * payment: verify") :]
    assert [line.strip() for line in drawing] == [
        "after the pay delay  * payment: verify",
        "`- notification: sent only after the next one about the trade",
        "|",
        "after 2s  * payment: paid",
    ]


def test_a_scenario_that_there_is_not_is_reported_with_the_nearest() -> None:
    code, _, reported = run("scenarios", "show", "declind")
    assert code == 2
    assert "did you mean 'declined'?" in reported


def test_scenario_files_are_checked(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: declined\nsummary: Mine.\nthen: []\n", encoding="utf-8")
    code, reported, _ = run("scenarios", "check", str(tmp_path))
    assert code == 0
    assert re.search(r"declined +Mine\.  \(replaces the shipped scenario\)\n1 scenario, no mistakes\.", reported)
    (tmp_path / "b.yaml").write_text("nam: b\nsummary: [x]\nthen: [{after: x, state: pain}]\n", encoding="utf-8")
    code, _, reported = run("scenarios", "check", str(tmp_path))
    assert code == 1
    assert [line.partition("b.yaml:")[2].split(" ")[0] for line in reported.splitlines()[:-1]] == [
        "1:", "1:", "2:", "3:", "3:",
    ]  # fmt: skip
    assert reported.splitlines()[-1] == "5 mistakes."
    assert run("scenarios", "check", str(tmp_path / "none"))[0] == 1


def test_the_schema_of_scenario_files_is_printed() -> None:
    code, printed, _ = run("scenarios", "schema")
    assert code == 0
    assert json.loads(printed)["required"] == ["name", "summary"]


def wrong(**changes: Any) -> str:
    """A request whose values were URL-encoded before they were signed."""
    request = documented_request("016683")
    request["data"].update(changes)
    encoded = {name: quote_plus(str(value)) for name, value in signed_parameters(request).items()}
    request["sign"] = sign("&".join(f"{name}={encoded[name]}" for name in sorted(encoded)), "k-for-explaining")
    return json.dumps(request)


def test_a_wrong_sign_is_explained_with_both_strings_and_the_first_differing_byte() -> None:
    code, reported, _ = run("explain", "--secret-key", "k-for-explaining", text=wrong(description="茶 tea"))
    assert code == 1
    lines = reported.splitlines()
    assert lines[0] == "-403 The signature Error"
    assert lines[2].startswith("The values were URL-encoded before they were signed")
    caret = next(place for place, line in enumerate(lines) if line.strip() == "^")
    column = lines[caret].index("^")
    right, signed = lines[caret - 2], lines[caret - 1]
    assert right[:column].removeprefix("  gateway signs  ") == signed[:column].removeprefix("  you signed     ")
    assert (right[column], signed[column]) == ("茶", "%")
    assert "k-for-explaining" not in reported


def test_of_long_strings_the_command_shows_the_part_where_they_differ() -> None:
    code, reported, _ = run(
        "explain", "--secret-key", "k-for-explaining", text=wrong(user_note="/", description="d" * 50_000)
    )
    assert code == 1
    lines = reported.splitlines()
    caret = next(place for place, line in enumerate(lines) if line.strip() == "^")
    column = lines[caret].index("^")
    right, signed = lines[caret - 2], lines[caret - 1]
    assert right[:column].removeprefix("  gateway signs  ") == signed[:column].removeprefix("  you signed     ")
    assert (right[column], signed[column]) == (":", "%")
    assert max(map(len, lines)) < 20_000


def test_a_right_request_is_said_to_be_right() -> None:
    _, signed, _ = run("sign", "--secret-key", "k", text=json.dumps(documented_request("016683")))
    code, reported, _ = run("explain", "--secret-key", "k", text=signed)
    assert (code, reported.startswith("The signature and the fields are correct.")) == (0, True)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sub_pay_method": "AliPay "}, ("-4011 Not support", "Did you mean 'Alipay'?", "documented in  protocol.md SEED, 3.8")),
        ({"notify_url": ""}, ("-3001 Required field", "Missing or empty in data: notify_url.", "sent           an empty text")),
        ({"amount": "24,99"}, ("-1000 amount must be", "nearest        24.99")),
    ],
)  # fmt: skip
def test_fields_are_explained_without_a_server(changes: dict[str, str], expected: tuple[str, ...]) -> None:
    request = documented_request("016683")
    request["data"].update(changes)
    _, signed, _ = run("sign", "--secret-key", "k", text=json.dumps(request))
    code, reported, _ = run("explain", "--secret-key", "k", text=signed)
    assert code == 1
    for text in expected:
        assert text in reported


def test_a_notification_is_explained_too() -> None:
    body = {"sign": sign('{"a":"1","b":"2"}', "k-of-mine"), "data": {"a": "1", "b": "2"}}
    code, reported, _ = run("explain", "--secret-key", "k-of-mine", text=json.dumps(body))
    assert code == 1
    assert "A JSON text was signed instead of the joined parameters" in reported
    assert "gateway signs  a=1&b=2" in reported


def test_the_key_of_another_account_is_tried() -> None:
    reported = run("explain", "--secret-key", "mine-1234", "--other-key", "036870=k-for-explaining", text=wrong())[1]
    assert "No known mistake" in reported or "036870" in reported
    _, signed, _ = run("sign", "--secret-key", "theirs-5678", text=json.dumps(documented_request("016683")))
    reported = run("explain", "--secret-key", "mine-1234", "--other-key", "036870=theirs-5678", text=signed)[1]
    assert "036870" in reported
    assert run("explain", "--secret-key", "k", "--other-key", "036870", text=signed)[0] == 2


@pytest.mark.parametrize("text", ["", "{", "[]", "7"])
def test_what_is_no_object_cannot_be_explained(text: str) -> None:
    code, _, reported = run("explain", "--secret-key", "k", text=text)
    assert code == 2
    assert reported.startswith("standard input: ")


@pytest.mark.parametrize(
    "text", ["{}", '{"sign":[]}', '{"data":{}}', '{"user":7,"method":{},"sign":null}', '{"data":[1],"sign":"x"}']
)
def test_what_is_hardly_a_request_is_explained_without_a_trace(text: str) -> None:
    code, reported, errors = run("explain", "--secret-key", "k", text=text)
    assert (code, "Traceback" in errors, reported.startswith("-")) == (1, False, True)

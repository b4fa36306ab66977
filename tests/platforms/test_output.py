"""Output in encodings that lack some of what is written, as Windows has them for files and pipes."""

from __future__ import annotations

import json
import subprocess
from io import BytesIO, TextIOWrapper
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.cli.commands import main
from mockserver.settings import Settings
from mockserver.system.output import escape_what_cannot_be_shown
from mockserver.testing import Sandbox
from tests.serving import COMMAND, ENVIRONMENT, Serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENCODINGS = ["cp1252", "cp437", "gbk"]
"""Of Western Europe, of older consoles, and of China, which lacks most of the rest of the world."""

ORDER = "订单-é-1"
BODY = {"user": "016683", "method": "v3.QueryOrder", "data": {"trade_id": "a", "demo": "茶 é 🍵 ─"}}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Settings(port=0, tls_port=0, log="none", pay_delay=10)) as running:
        yield running


def run(encoding: str, *line: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    known = {**ENVIRONMENT, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", **environment}
    return subprocess.run([*COMMAND, *line], capture_output=True, env=known, check=False)


def lines(folder: Path) -> list[list[str]]:
    """Each command with what has the most letters in it, in an order in which each has something to show."""
    body = folder / "body.json"
    body.write_text(json.dumps({**BODY, "time": 1728566835, "sign": "0" * 64}, ensure_ascii=False), encoding="utf-8")
    folder.joinpath("scenarios").mkdir(exist_ok=True)
    (folder / "scenarios" / "tea.yaml").write_text("summary: 茶 é\nthen: []\n", encoding="utf-8")
    waiting = ["--pay-method", "ideal"]
    return [
        ["trigger", *waiting, "--order-id", ORDER], ["show", ORDER], ["pay", ORDER], ["wait"], ["orders"],
        ["notify", ORDER], ["resend", ORDER], ["refund", ORDER], ["show", ORDER], ["show", "订单"],
        *([act, f"{ORDER}-{act}"] for act in ("cancel", "decline", "expire", "fail", "review")),
        ["trigger", "订单"], ["open", "茶"], ["accounts"], ["reset"], ["clock"], ["orders", "--search", "订单"],
        ["listen", "--account", "茶"], ["examine", "--create", "echo 茶", "--account", "茶"],
        ["explain", str(body)], ["sign", str(body)], ["verify", str(body)], ["completion", "bash"],
        ["scenarios"], ["scenarios", "show", "declined"], ["scenarios", "check", str(folder / "scenarios")],
        ["scenarios", "schema"], ["demo", "--pay-delay", "1ms"], ["ready", "http://127.0.0.1:1"], ["serve", "--host", "茶"],
        ["compare", "--help"], ["mcp", "--help"],
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.slow
def test_no_command_fails_because_of_a_letter(sandbox: Sandbox, tmp_path: Path, encoding: str) -> None:
    tried = lines(tmp_path)
    assert {line[0] for line in tried} >= set(main.list_commands(None))  # type: ignore[arg-type]
    for line in tried:
        done = run(encoding, *line, YABANDPAY_MOCK_URL=sandbox.url)
        said = (done.stdout + done.stderr).decode(encoding)
        assert "Traceback" not in said, (line, said)
        assert "Error: 'charmap'" not in said
        assert "UnicodeEncodeError" not in said, (line, said)
        if ORDER in line and line[0] == "trigger":
            assert done.returncode == 0, said


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_an_encoding_lacks_is_escaped_and_json_stays_json(sandbox: Sandbox, tmp_path: Path, encoding: str) -> None:
    sent = tmp_path / "body.json"
    sent.write_text(json.dumps(BODY, ensure_ascii=False), encoding="utf-8")
    signed = run(encoding, "sign", str(sent))
    assert signed.returncode == 0
    assert json.loads(signed.stdout.decode(encoding))["data"] == BODY["data"]
    assert run(encoding, "verify", str(_kept(tmp_path, signed.stdout.decode(encoding)))).returncode == 0
    order = f"{ORDER}-{encoding}"
    assert run(encoding, "trigger", "--order-id", order, "--url", sandbox.url).returncode == 0
    found: list[dict[str, Any]] = json.loads(
        run(encoding, "orders", "--search", order, "--json", "--url", sandbox.url).stdout.decode(encoding)
    )
    assert [one["order_id"] for one in found] == [order]
    listed = run(encoding, "orders", "--search", order, "--url", sandbox.url).stdout.decode(encoding)
    assert ("订" if encoding == "gbk" else "\\u8ba2") in listed


def _kept(folder: Path, text: str) -> Path:
    file = folder / "signed.json"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_log_of_a_sandbox_survives_every_letter(encoding: str) -> None:
    serving = Serving(PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert run(encoding, "trigger", "--order-id", "A-1", "--url", serving.url).returncode == 0
    assert run(encoding, "trigger", "--order-id", "🍵", "--url", serving.url).returncode == 0
    assert "\\ud83c\\udf75" in serving.read_until("\\ud83c\\udf75")
    assert serving.stop() == (0, "")


def test_a_letter_beyond_the_first_plane_is_a_pair_as_in_json() -> None:
    buffer = BytesIO()
    stream = TextIOWrapper(buffer, "ascii", newline="")
    escape_what_cannot_be_shown(stream, None)
    stream.write('"é茶🍵\udc80"')
    stream.flush()
    assert buffer.getvalue() == b'"\\u00e9\\u8336\\ud83c\\udf75\\udc80"'
    assert json.loads(buffer.getvalue()) == "é茶🍵\udc80"

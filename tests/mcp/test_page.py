"""The page about coding assistants: its snippets start the server, its table has the tools, its example is played."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
import requests

from mockserver.cli.commands import main
from mockserver.mcp.catalog import TOOLS
from mockserver.mcp.documents import PROMPTS
from mockserver.settings import Settings
from mockserver.signing.signature import signed_request
from mockserver.testing import Sandbox
from tests.machine import free_port
from tests.mcp.assistant import Assistant, assistant
from tests.reading import blocks, rows
from tests.sockets import wait_until

if TYPE_CHECKING:
    from mockserver.testing import MerchantAccount

PAGE = (Path(__file__).parents[2] / "docs" / "agents.md").read_text(encoding="utf-8")
SNIPPETS = [json.loads(block) for block in blocks(PAGE, "json")]


@pytest.mark.slow
@pytest.mark.parametrize("snippet", SNIPPETS, ids=["Claude Code", "Cursor", "VS Code", "another sandbox"])
def test_a_snippet_starts_the_server(snippet: dict[str, dict[str, Any]]) -> None:
    (servers,) = snippet.values()
    server: dict[str, Any] = servers["yabandpay"]
    environment: dict[str, str] = server.get("env", {})
    assert (server["command"], server["args"][0]) == ("yabandpay-mock", "mcp")
    port, token = free_port(), environment.get("YABANDPAY_MOCK_CONTROL_TOKEN", "")
    there: dict[str, Any] = {**environment, "YABANDPAY_MOCK_URL": f"http://127.0.0.1:{port}"}
    with (
        Sandbox(Settings(port=port, log="none", control_token=token)) as sandbox,
        assistant(*server["args"][1:], **there) as coder,
    ):
        assert coder("get_story").startswith(f"account {Settings().user} at {sandbox.url}")


def test_the_table_has_every_tool_with_its_summary() -> None:
    table = {row[0].strip("`"): row[1] for row in rows(PAGE, "tool")}
    assert table.keys() == TOOLS.keys()
    for name, summary in table.items():
        assert TOOLS[name].description.startswith(summary), name


def test_every_flag_of_the_command_is_in_the_table() -> None:
    with click.Context(main) as context:
        command = main.get_command(context, "mcp")
    assert command is not None
    flags = {(*parameter.opts, *parameter.secondary_opts)[-1] for parameter in command.params}
    assert {row[0].strip("`") for row in rows(PAGE, "flag")} == flags


def test_the_questions_are_those_that_are_offered() -> None:
    for prompt in PROMPTS.values():
        assert f'"{prompt.title}"' in PAGE


def test_the_example_is_played(coder: Assistant, account: MerchantAccount) -> None:
    """Each indented line is part of the result of the call before it."""
    data = {"trade_id": "2eb629a8-96ad-d495-38f2-41f5bebf31cd"}
    request = {"user": account.user, "method": "v3.QueryOrder", "time": 1728566835, "data": data}
    body = json.loads(signed_request(request, account.secret_key))
    requests.post(f"{account.url}/Payments", json={**body, "sign": body["sign"].upper()}, timeout=60)
    wait_until(lambda: "Send the sign" in coder("get_story"))
    (example,) = blocks(PAGE, "text")
    result, seen = "", []
    for line in example.splitlines():
        tool, _, arguments = line.partition(" ")
        if tool in TOOLS:
            result = coder.tried(tool, **json.loads(arguments)).text
            seen.append(tool)
            if tool == "advance_clock":
                coder("wait_for", what={"type": "quiet"})
        elif line.startswith("  "):
            assert line.strip() in result
    assert seen == ["list_requests", "create_payment", "advance_clock", "list_payments"]

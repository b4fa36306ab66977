"""The tools that examine a shop: they follow an examination to its end, and show what matters of its report."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import anyio

from mockserver.examine.report import FAILURES
from mockserver.mcp.arguments import segment_of
from mockserver.mcp.results import ToolError, ToolResult
from mockserver.texts import did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.mcp.connection import SandboxConnection

Progress = Callable[[float, float, str], Awaitable[None]]
"""Says how much of how much has been done, and of what."""

_PAUSE = 0.25  # seconds between two looks at a running examination
ABOUT_CHECK = "With `check`, one of its results with what was sent and answered, and code that fixes it."
CHECK = {"type": "string", "description": "Name of a check in the report, such as wrong-signature."}


async def examine(sandbox: SandboxConnection, arguments: Mapping[str, Any], progress: Progress) -> ToolResult:
    """Examine a shop; if the call is cancelled, the examination is stopped."""
    account = await _account(sandbox, arguments)
    wanted = {name: value for name, value in arguments.items() if name != "user"}
    report = await sandbox.call("POST", f"{account}/examinations", body=wanted)
    try:
        while report["state"] == "running":
            await progress(report["done"], report["total"], f"{report['done']} of {report['total']} checks")
            await anyio.sleep(_PAUSE)
            report = await sandbox.call("GET", f"{account}/examination")
    except BaseException:
        with anyio.CancelScope(shield=True):
            await _stop(sandbox, account)
        raise
    return _summary(report)


async def show(sandbox: SandboxConnection, arguments: Mapping[str, Any], _progress: Progress) -> ToolResult:
    """Show the newest report, or one of its checks."""
    report = await sandbox.call("GET", f"{await _account(sandbox, arguments)}/examination")
    name = arguments.get("check")
    if name is None:
        return _summary(report)
    results = {one["name"]: one for one in report["results"]}
    if name not in results:
        meant = did_you_mean(str(name), results) or f"; there are {', '.join(results)}."
        raise ToolError(f"The report has no check {shown(str(name))}{meant}")
    return ToolResult({field: one for field, one in results[name].items() if field not in {"template", "values"}})


async def _stop(sandbox: SandboxConnection, account: str) -> None:
    try:
        await sandbox.call("DELETE", f"{account}/examination")
    except ToolError:  # it has ended meanwhile, or the sandbox has
        return


async def _account(sandbox: SandboxConnection, arguments: Mapping[str, Any]) -> str:
    return f"/accounts/{segment_of('user', await sandbox.user(arguments))}"


def _summary(report: Mapping[str, Any]) -> ToolResult:
    """The report without what only `get_examination` with a check shows; of passed checks, the names."""
    if report["problem"]:
        raise ToolError(f"The shop could not be examined: {report['problem']}")
    results = report["results"]
    kept = ("name", "title", "verdict", "sentence", "right", "costs", "order_id", "trade_id")
    return ToolResult(
        {
            "state": report["state"],
            "done": f"{report['done']} of {report['total']} checks",
            "seconds": report["seconds"],
            "verdicts": {verdict: count for verdict, count in report["verdicts"].items() if count},
            "failed": [{field: one[field] for field in kept} for one in results if one["verdict"] in FAILURES],
            "not_graded": [f"{one['name']}: {one['sentence']}" for one in results if one["verdict"] == "not graded"],
            "passed": [one["name"] for one in results if one["verdict"] == "passed"],
            "open": report["open"],
            "more": "get_examination with the name of a check has what was sent, and code that fixes it.",
        }
    )

"""The servers that the sandbox is compared with, where they are installed.

They are looked for in the folder of the environment variable `BENCH_PEERS`, by default `.venv/peers`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.request import Request, urlopen

from bench.process import Command, Server, free_port

if TYPE_CHECKING:
    from collections.abc import Callable

_DEFAULT = Path(__file__).parents[1] / ".venv" / "peers"
LIVES = "/Lives"
ANSWER = (
    '{"status":true,"code":"200","data":{"order_id":"2024519846516588484","trade_id":'
    '"40d357bc-6fea-594f-3a98-3bc13ec64070","amount":"1","currency":"EUR","parameters":{"transaction_id":'
    '"2816647363150HL80TzqMppAdG0sGUIMTdkj"},"state":"processing"},"message":""}'
)
"""What each peer answers: a response of the sandbox."""
NOTIFICATION = {"sign": "13f0089acff2826dacdca84b4269c5df12c1395cbdf7f0737cb8a3619c0fafd4", "data": {"state": "paid"}}


class Peer(NamedTuple):
    """A server: how to start it, and how many requests it needs until it is warm and then for a figure."""

    name: str
    version: str
    command: Command
    warm: int
    load: int
    environment: dict[str, str] = {}  # noqa: RUF012 - never changed
    notify: Callable[[int, str], None] | None = None

    def start(self) -> Server:
        return Server(self.command, self.environment, is_loud=False)


def folder() -> Path:
    """Where peers are looked for."""
    return Path(os.environ.get("BENCH_PEERS") or _DEFAULT)


def httpserver() -> Peer | None:
    """pytest-httpserver, from the folder."""
    place = folder() / "python"
    version = _distribution_version(place, "pytest_httpserver")
    if version is None:
        return None
    code = (
        "import sys, threading\nfrom pytest_httpserver import HTTPServer\n"
        "server = HTTPServer(port=int(sys.argv[1]))\n"
        "server.expect_request('/Payments', method='POST').respond_with_data("
        f"{ANSWER!r}, content_type='application/json')\n"
        "server.start()\nthreading.Event().wait()"
    )
    path = os.pathsep.join(filter(None, (str(place), os.environ.get("PYTHONPATH"))))
    environment = {"PYTHONPATH": path}
    return Peer(
        "pytest-httpserver", version, lambda port: [sys.executable, "-c", code, str(port)], 500, 3_000, environment
    )


def _distribution_version(place: Path, name: str) -> str | None:
    found = sorted(place.glob(f"{name}-*.dist-info"))
    return found[0].name.removeprefix(f"{name}-").removesuffix(".dist-info") if found else None


def _package_version(name: str) -> str | None:
    file = folder() / "node_modules" / name / "package.json"
    return str(json.loads(file.read_text(encoding="utf-8"))["version"]) if file.exists() else None


def wiremock(scratch: Path) -> Peer | None:
    """WireMock as it comes, with its request journal; `scratch` is a folder for its stubs."""
    version, java = _package_version("wiremock"), shutil.which("java")
    jars = sorted(folder().glob("node_modules/wiremock/**/wiremock-standalone-*.jar"))
    if version is None or java is None or not jars:
        return None
    (scratch / "mappings").mkdir(parents=True)
    (scratch / "mappings" / "payments.json").write_text(json.dumps(_stub("/Payments")), encoding="utf-8")
    options = ["--bind-address", "127.0.0.1", "--root-dir", str(scratch), "--disable-banner"]
    return Peer(
        "WireMock",
        f"{version}, Java {_printed_version(java, '-version')}",
        lambda port: [java, "-jar", str(jars[0]), "--port", str(port), *options],
        warm=20_000,
        load=15_000,
        notify=_add_webhook,
    )


def _stub(path: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    response = {"status": 200, "body": ANSWER, "headers": {"Content-Type": "application/json"}}
    return {"request": {"method": "POST", "urlPath": path}, "response": response, **more}


def _add_webhook(port: int, notify_url: str) -> None:
    """Have WireMock answer at `LIVES` too, and send a webhook for each of these requests."""
    parameters = {
        "method": "POST",
        "url": notify_url,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(NOTIFICATION),
    }
    stub = _stub(LIVES, serveEventListeners=[{"name": "webhook", "parameters": parameters}])
    request = Request(f"http://127.0.0.1:{port}/__admin/mappings", json.dumps(stub).encode())
    urlopen(request, timeout=60).close()  # noqa: S310


def mountebank(scratch: Path) -> Peer | None:
    """Mountebank with recorded requests and kept connections; `scratch` is a folder for its configuration."""
    version, node = _package_version("mountebank"), shutil.which("node")
    if version is None or node is None:
        return None
    scratch.mkdir(parents=True)
    headers = {"Content-Type": "application/json", "Connection": "keep-alive"}
    stub = {
        "predicates": [{"equals": {"method": "POST", "path": "/Payments"}}],
        "responses": [{"is": {"statusCode": 200, "headers": headers, "body": ANSWER}}],
    }

    def command(port: int) -> list[str]:
        imposter = {"protocol": "http", "port": port, "recordRequests": True, "stubs": [stub]}
        config = scratch / f"{port}.json"
        config.write_text(json.dumps({"imposters": [imposter]}), encoding="utf-8")
        program = str(folder() / "node_modules" / "mountebank" / "bin" / "mb")
        options = ["--host", "127.0.0.1", "--port", str(free_port()), "--pidfile", str(scratch / f"{port}.pid")]
        return [node, program, "start", "--configfile", str(config), "--nologfile", "--loglevel", "error", *options]

    return Peer("mountebank", f"{version}, Node {_printed_version(node, '--version')}", command, 4_000, 10_000)


def _printed_version(program: str, flag: str) -> str:
    done = subprocess.run([program, flag], capture_output=True, text=True, check=True)
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return found[0] if found else "unknown"


def missing_hint(name: str) -> str:
    """How to install a peer that was not found."""
    place = folder()
    if name == "pytest-httpserver":
        how = f"{sys.executable} -m pip install --target {place / 'python'} pytest-httpserver"
    else:
        package = {"WireMock": "wiremock@3.13.2", "mountebank": "mountebank@2.9.1"}[name]
        how = f"npm install --prefix {place} {package}"
    needs = {"WireMock": " (needs java)", "mountebank": " (needs node)"}.get(name, "")
    return f"{name} is not installed{needs}, and is left out. To compare with it: {how}"

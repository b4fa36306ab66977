"""Nothing in the project calls the real gateway by itself: whoever means it types its address."""

from __future__ import annotations

import ast
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mockserver.client.caller
from mockserver.delivery.destination import GATEWAY_DOMAINS
from tests.cli.commands import run
from tests.compare.gateways import compared, gateway

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

ROOT = Path(__file__).parents[1]
NAMED_BY = {
    "addresses.py": "a name under which the sandbox itself can be reached",
    "app.py": "the documentation's example merchant, whose notifications stay on this machine",
    "client/caller.py": "the client, which a shop uses with the real gateway too",
    "delivery/destination.py": "the hosts to which nothing is sent",
    "explain/variants/joining.py": "what clients sign by mistake",
    "gateway/example.py": "the documented example",
    "pages/tour/content.py": "the name that a plug-in calls, in a text",
    "server/tls.py": "a name in the certificate",
    "settings/__init__.py": "the help of --tls",
}
"""The modules that may have a name of the gateway, and for what."""


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def test_few_modules_have_a_name_of_the_gateway() -> None:
    package = ROOT / "mockserver"
    found = {
        path.relative_to(package).as_posix()
        for path in sources("mockserver")
        if any(domain in path.read_text(encoding="utf-8") for domain in GATEWAY_DOMAINS)
    }
    assert found == set(NAMED_BY)


def test_compare_has_no_address_at_all() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in sources("mockserver/compare"))
    text += (ROOT / "mockserver/cli/comparing.py").read_text(encoding="utf-8")
    assert not [domain for domain in GATEWAY_DOMAINS if domain in text]
    assert "GATEWAY_URL" not in text
    assert "Missing option '--base-url'" in run("compare", "--user", "1", "--secret-key-file", "x", "--yes")[2]


def test_nothing_makes_a_client_without_an_address() -> None:
    """The client's default is the real gateway, for shops; the project's own code always says where."""
    without = []
    for path in sources("mockserver", "bench", "examples"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"YabandPay", "Caller"}
            ):
                names = {keyword.arg for keyword in node.keywords}
                if len(node.args) < 3 and not {"base_url", None} & names:
                    without.append(f"{path}:{node.lineno}")
    assert without == []


def test_the_address_of_the_client_is_used_nowhere_else() -> None:
    users = [path.name for path in sources("mockserver", "bench") if "GATEWAY_URL" in path.read_text(encoding="utf-8")]
    assert users == ["__init__.py", "caller.py"]  # the first exports it
    assert mockserver.client.caller.GATEWAY_URL.endswith(GATEWAY_DOMAINS[0])


def test_a_comparison_connects_to_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    connect, look_up = socket.socket.connect, socket.getaddrinfo
    places: set[str] = set()

    def connecting(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple):
            places.add(str(address[0]))
        connect(self, address)

    def looking(host: Any, *rest: Any, **options: Any) -> Any:
        places.add(host.decode() if isinstance(host, bytes) else str(host))
        return look_up(host, *rest, **options)

    monkeypatch.setattr(socket.socket, "connect", connecting)
    monkeypatch.setattr(socket, "getaddrinfo", looking)
    with gateway() as url:
        compared(url)
    assert places == {"127.0.0.1"}

"""The Dockerfiles and compose.yaml of this project, built and started by podman; see tests/container/engine.py."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import yaml

from mockserver.client import YabandPay
from mockserver.testing import Merchant
from tests.container.engine import BASE, EngineUnusableError, Podman, hindrance
from tests.helpers import SECRET_KEY, USER
from tests.machine import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
IMAGE = "yabandpay-mock"
MEGABYTE = 1_000_000
MOST_MEGABYTES = 60
MOST_MEGABYTES_WITH_POSTGRESQL = 75


@pytest.fixture(scope="module")
def podman() -> Iterator[Podman]:
    if reason := hindrance():
        pytest.skip(reason)
    with ExitStack() as stack:
        try:
            running = stack.enter_context(Podman())
        except EngineUnusableError as error:
            pytest.skip(f"podman cannot build here: {error}")
        running.build(ROOT, IMAGE)
        yield running


@pytest.fixture(scope="module")
def image(podman: Podman) -> dict[str, Any]:
    return podman.inspect(IMAGE)


@pytest.fixture(scope="module")
def port(podman: Podman) -> int:
    """Where a container named `one` serves, with a root that is read-only and no rights."""
    port = free_port()
    given = {"PORT": port, "PAY_DELAY": "10ms", "DATABASE": "sqlite:////tmp/sandbox.db"}
    limits = ["--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
    podman.start("one", *(f"--env=YABANDPAY_MOCK_{name}={value}" for name, value in given.items()), *limits, IMAGE)
    return port


# What the image is ---------------------------------------------------------------------------------------------------


def test_it_runs_as_a_user_that_is_not_root_and_has_a_number(image: dict[str, Any]) -> None:
    assert all(number.isdigit() and int(number) > 0 for number in image["Config"]["User"].split(":"))


def test_it_starts_without_a_shell_so_that_signals_reach_it(image: dict[str, Any]) -> None:
    assert (image["Config"]["Entrypoint"], image["Config"]["Cmd"]) == (["yabandpay-mock"], ["serve"])


def test_its_health_check_needs_nothing_but_its_own_command(image: dict[str, Any]) -> None:
    assert image["Healthcheck"]["Test"] == ["CMD", "yabandpay-mock", "ready"]


def test_it_says_what_it_is_and_where_it_listens(image: dict[str, Any]) -> None:
    labels = image["Config"]["Labels"]
    assert all(labels[f"org.opencontainers.image.{name}"] for name in ("title", "description", "licenses"))
    assert set(image["Config"]["ExposedPorts"]) == {"8765/tcp", "8443/tcp"}


def test_it_adds_less_than_60_megabytes_to_its_base(podman: Podman, image: dict[str, Any]) -> None:
    added = image["Size"] - podman.inspect(BASE)["Size"]
    assert MEGABYTE < added < MOST_MEGABYTES * MEGABYTE


def test_nothing_of_the_build_is_left_in_it(podman: Podman) -> None:
    before, after = (Path(podman("image", "mount", name)) for name in (BASE, IMAGE))
    files = {file.relative_to(after) for file in after.rglob("*") if file.is_symlink() or not file.is_dir()}
    added = {file for file in files if not (before / file).is_symlink() and not (before / file).exists()}
    unexpected = [
        str(file) for file in added if not str(file).startswith(("usr/local/", "etc/host", "etc/resolv.conf"))
    ]
    assert unexpected == []
    packages = {file.parts[5].lower() for file in added if "site-packages" in file.parts}
    assert "mockserver" in packages
    assert packages.isdisjoint({"hatchling", "setuptools", "build", "pip", "pytest"})
    assert not [file for file in added if file.suffix in {".whl", ".gz"} or ".cache" in file.parts]


# What the image does -------------------------------------------------------------------------------------------------


def test_its_place_for_the_authority_belongs_to_its_user(podman: Podman, image: dict[str, Any], port: int) -> None:
    assert port
    assert podman("exec", "one", "stat", "--format=%u:%g", "/ca") == image["Config"]["User"]


def test_nothing_of_it_is_compiled_when_it_starts(podman: Podman, port: int) -> None:
    program = """
import os, sys
import mockserver.cli, mockserver.cli.console, mockserver.server.readiness, mockserver.server.server, trustme, faker.providers.person.nl_NL
specs = [module.__spec__ for module in sys.modules.values() if getattr(module, "__spec__", None)]
own = [spec for spec in specs if (spec.origin or "").startswith(sys.prefix) and spec.origin.endswith(".py")]
print(len(own), *[spec.name for spec in own if not os.path.exists(spec.cached)])
"""
    assert port
    count, *compiled = podman("exec", "one", "python", "-c", program).split()
    assert int(count) > 1
    assert compiled == []


def test_it_serves_and_keeps_payments_on_a_root_that_is_read_only_and_stops_on_signal(
    podman: Podman, port: int
) -> None:
    with Merchant(SECRET_KEY) as merchant:
        client = YabandPay(USER, SECRET_KEY, f"http://127.0.0.1:{port}")
        payment = client.create_alipay_mini_payment(
            order_id="container", amount="24.99", currency="EUR", description="Tea", notify_url=merchant.url
        )
        reported = merchant.wait_for(1)[0].notification
        assert reported is not None
        assert (reported.trade_id, reported.state) == (payment.trade_id, "paid")
        assert client.query_order(payment.trade_id).state == "paid"
    api = f"http://127.0.0.1:{port}/_sandbox/api/accounts/{USER}"
    filled = requests.post(f"{api}/demo-data", json={"orders": 100}, timeout=60)  # with the names of each language
    assert (filled.status_code, filled.json()["orders"]) == (201, 100), filled.text
    assert podman.run("logs", "one").stderr == ""
    assert podman("exec", "one", "ls", "/tmp/sandbox.db")  # noqa: S108 - a container has its own
    assert podman.run("exec", "one", "touch", "/etc/passwd").returncode
    assert podman.run("exec", f"--env=YABANDPAY_MOCK_PORT={free_port()}", "one", "yabandpay-mock", "ready").returncode
    assert podman("exec", "one", "cat", "/proc/1/cmdline").endswith("yabandpay-mock\0serve\0")
    assert podman.stop("one") == 0


def test_the_image_of_the_shared_sandboxes_takes_payments_into_postgresql(
    podman: Podman, postgres_database: str
) -> None:
    """Two containers on one database; docs/recipes/haproxy.cfg has its own tests."""
    services: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    build, image = services["sandbox-1"]["build"], services["sandbox-1"]["image"]
    podman.build(ROOT / build["context"], image, **build["args"])
    added = podman.inspect(image)["Size"] - podman.inspect(BASE)["Size"]
    assert added < MOST_MEGABYTES_WITH_POSTGRESQL * MEGABYTE
    ports = {name: free_port() for name in ("sandbox-1", "sandbox-2")}
    for name, port in ports.items():
        given = {
            **services[name]["environment"],
            "YABANDPAY_MOCK_PORT": port,
            "YABANDPAY_MOCK_DATABASE": postgres_database,
        }
        podman.start(name, *options({**services[name], "environment": given}), image)
    clients = [YabandPay(USER, SECRET_KEY, f"http://127.0.0.1:{port}") for port in ports.values()]
    payment = clients[0].create_alipay_mini_payment(
        order_id="shared",
        amount="24.99",
        currency="EUR",
        description="Tea",
        notify_url="https://www.yabandpay.com/notify",
    )
    assert clients[1].query_order(payment.trade_id).order_id == "shared"
    assert [podman.stop(name) for name in ports] == [0, 0]


# compose.yaml --------------------------------------------------------------------------------------------------------

# Buys, pays on the sandbox's page, and prints the state of the order and its number of parcels once it is paid.
PAYER = """
import re, requests, threading
browser = requests.Session()
page = browser.post("http://127.0.0.1:3000/buy")
assert page.url.startswith("http://127.0.0.1:8765/"), (page.url, page.text)
browser.post(page.url, data={"state": "paid"}).raise_for_status()
order = re.search("http://127.0.0.1:3000/return/([0-9a-f]+)", browser.get(page.url).text)[1]
for _ in range(200):
    shown = re.findall('id="(?:state|parcels)">([^<]*)', browser.get(f"http://127.0.0.1:3000/orders/{order}").text)
    if shown[0] == "paid":
        break
    threading.Event().wait(0.05)
print(*shown)
"""


def options(service: dict[str, Any]) -> Iterator[str]:
    """What a service of compose.yaml says, as options of `podman run`."""
    assert service["read_only"] is True
    yield "--read-only"
    yield from (f"--env={name}={value}" for name, value in service["environment"].items())
    yield from (f"--sysctl={name}={value}" for name, value in service.get("sysctls", {}).items())
    yield from (f"--volume={value}" for value in service.get("volumes", ()))
    yield from (f"--cap-drop={value}" for value in service["cap_drop"])
    yield from (f"--security-opt={value}" for value in service["security_opt"])
    # runc before 1.2 ignores the mode of a folder that the image has; U gives it to the image's user instead.
    yield from (f"--tmpfs={value.replace('mode=1777', 'U')}" for value in service["tmpfs"])


def test_the_compose_file_sells_tea_to_a_browser_on_the_host(podman: Podman, tmp_path: Path) -> None:
    """The host's browser reaches the services by their ports on 127.0.0.1, so here both share one network with it."""
    services: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    sandbox, shop = services["sandbox"], services["shop"]
    podman.build(ROOT / shop["build"], "shop")
    hosts = tmp_path / "hosts"
    hosts.write_text(f"127.0.0.1 localhost sandbox shop {' '.join(sandbox['networks']['default']['aliases'])}\n")
    names = ["--no-hosts", f"--volume={hosts}:/etc/hosts:ro"]
    podman.start("sandbox", "--network=none", *names, *options(sandbox), IMAGE, *sandbox["command"])
    podman.start("shop", "--network=container:sandbox", *names, *options(shop), "shop")
    assert podman("exec", "sandbox", "python", "-c", PAYER).split() == ["paid", "1"]

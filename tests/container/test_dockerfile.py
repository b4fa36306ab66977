"""The Dockerfiles of this project, built for real and started as an engine would.

No registry is asked for the base image: tests.container.standin makes one of this machine's own Python.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from mockserver.client import YabandPay
from mockserver.testing import Merchant
from tests.container import standin
from tests.container.composing import playing
from tests.container.engine import Container, Engine, Image, hindrance
from tests.helpers import SECRET_KEY, USER
from tests.machine import free_port

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
MEGABYTE = 1_000_000
MOST_MEGABYTES = 60


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    if reason := hindrance():
        pytest.skip(reason)
    with Engine() as running:
        yield running


@pytest.fixture(scope="module")
def base(engine: Engine) -> Image:
    return engine.image(standin.NAME)


@pytest.fixture(scope="module")
def image(engine: Engine) -> Image:
    return engine.build(ROOT, "yabandpay-sandbox")


@pytest.fixture(scope="module")
def added(image: Image, base: Image) -> dict[str, os.stat_result]:
    """What the image holds above its base: files that are new or changed, by path."""
    before = base.files()
    return {
        path: status
        for path, status in image.files().items()
        if path not in before
        or (before[path].st_size, before[path].st_mtime_ns) != (status.st_size, status.st_mtime_ns)
    }


# What the image is ---------------------------------------------------------------------------------------------------


def test_it_runs_as_a_user_that_is_not_root_and_has_a_number(image: Image) -> None:
    assert all(number.isdigit() and int(number) > 0 for number in image.config["User"].split(":"))


def test_it_starts_without_a_shell_so_that_signals_reach_it(image: Image) -> None:
    assert (image.config["Entrypoint"], image.config["Cmd"]) == (["yabandpay-mock"], ["serve"])


def test_its_health_check_needs_nothing_but_its_own_command(image: Image) -> None:
    assert image.config["Healthcheck"]["Test"] == ["CMD", "yabandpay-mock", "ready"]


def test_it_says_what_it_is_and_where_it_listens(image: Image) -> None:
    labels = {name.removeprefix("org.opencontainers.image."): text for name, text in image.config["Labels"].items()}
    assert all(labels[name] for name in ("title", "description", "licenses"))
    assert set(image.config["ExposedPorts"]) == {"8765/tcp", "8443/tcp"}


def test_it_adds_less_than_60_megabytes_to_its_base(added: dict[str, os.stat_result]) -> None:
    assert sum(status.st_size for status in added.values()) < MOST_MEGABYTES * MEGABYTE


def test_nothing_of_the_build_is_left_in_it(added: dict[str, os.stat_result]) -> None:
    library = f"usr/local/lib/{standin.PYTHON}/"
    expected = (f"{library}site-packages/", "usr/local/bin/", "usr/local/share/man/", "etc/host", "etc/resolv.conf")
    unexpected = [path for path in added if not path.startswith(expected) and not path.endswith(".pyc")]
    assert unexpected == []
    packages = {
        path.removeprefix(library).split("/")[1].lower() for path in added if path.startswith(f"{library}site-")
    }
    assert "mockserver" in packages
    assert packages.isdisjoint({"hatchling", "setuptools", "build", "pip", "pytest"})
    assert not [path for path in added if path.endswith((".whl", ".tar.gz")) or "/.cache/" in path]


def test_its_place_for_the_authority_belongs_to_its_user(image: Image) -> None:
    status = (image.root / "ca").stat()
    assert f"{status.st_uid}:{status.st_gid}" == image.config["User"]


def test_nothing_is_compiled_when_it_starts(image: Image) -> None:
    program = """
import os, sys
import mockserver.cli, mockserver.cli.console, mockserver.server.readiness, mockserver.server.server, trustme, faker.providers.person.nl_NL
specs = [module.__spec__ for module in sys.modules.values() if getattr(module, "__spec__", None)]
print(*[spec.name for spec in specs if (spec.origin or "").endswith(".py") and not os.path.exists(spec.cached)])
"""
    assert Container(image).run("python", "-c", program).stdout.split() == []


# What the image does -------------------------------------------------------------------------------------------------


def test_it_serves_from_a_root_that_is_read_only_and_stops_when_told(image: Image) -> None:
    port = free_port()
    container = Container(image, {"YABANDPAY_MOCK_PORT": str(port), "YABANDPAY_MOCK_PAY_DELAY": "10ms"})
    with container.started() as process, Merchant(SECRET_KEY) as merchant:
        container.wait_until_healthy(process)
        client = YabandPay(USER, SECRET_KEY, f"http://127.0.0.1:{port}")
        payment = client.create_alipay_mini_payment(
            order_id="container", amount="24.99", currency="EUR", description="Tea", notify_url=merchant.url
        )
        told = merchant.wait_for(1)[0].notification
        assert told is not None
        assert (told.trade_id, told.state) == (payment.trade_id, "paid")
        assert client.query_order(payment.trade_id).state == "paid"
        assert process.signal(signal.SIGTERM) == 0
    assert not container.is_healthy()


def test_it_keeps_payments_in_a_database(image: Image) -> None:
    program = """
from mockserver.settings import Settings
from mockserver.testing import Sandbox
with Sandbox(Settings(port=0, database="sqlite:////tmp/sandbox.db")) as sandbox:
    payment = sandbox.client().create_alipay_mini_payment(
        order_id="kept", amount="24.99", currency="EUR", description="Tea", notify_url="https://www.yabandpay.com/notify"
    )
    print(sandbox.client().query_order(payment.trade_id).state)
"""
    ran = Container(image).run("python", "-c", program)
    assert (ran.stdout.strip(), ran.stderr) == ("processing", "")


# compose.yaml --------------------------------------------------------------------------------------------------------


def test_the_compose_file_sells_tea_to_a_browser_on_the_host(engine: Engine, image: Image, tmp_path: Path) -> None:
    services: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    images = {"sandbox": image, "shop": engine.build(ROOT / services["shop"]["build"], "shop")}
    with playing(services, images, tmp_path) as network:
        assert network.run(sys.executable, "-c", PAYER).split() == ["paid", "1"]


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

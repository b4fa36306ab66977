from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mockserver.settings import Settings
from mockserver.testing import Merchant, Sandbox
from tests.api.calling import Tenant
from tests.bounds.field import Field
from tests.helpers import SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def field(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    stored = getattr(request, "param", "memory") == "sqlite"
    database = f"sqlite:///{tmp_path_factory.mktemp('odd') / 'odd.db'}" if stored else ""
    settings = Settings(port=0, seed="tests", log="none", journal_size=30, database=database)
    with Merchant(SECRET_KEY) as merchant, Sandbox(settings) as sandbox:
        yield Field(sandbox, merchant)


@pytest.fixture
def odd_account(field: Field) -> Iterator[tuple[str, str]]:
    """The user of an account, and the trade_id of a payment in it."""
    tenant = Tenant(field.api, user="odd", secret_key=SECRET_KEY)
    yield "odd", tenant.create("odd", field.merchant.url)
    field.api("DELETE", tenant.path)

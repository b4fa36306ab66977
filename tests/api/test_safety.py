"""Who may call the API, and what it answers to strangers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import requests

from mockserver.testing import Sandbox
from tests.api.calling import Api, Tenant
from tests.helpers import USER, create

if TYPE_CHECKING:
    from mockserver.settings import Settings


class TestSafety:
    def test_a_token_is_asked_for(self, settings: Settings) -> None:
        with Sandbox(replace(settings, control_token="t0ken")) as sandbox:
            api = Api(sandbox)
            assert api("GET", "/accounts")[0] == 401
            assert api("GET", "/accounts", Authorization="Bearer wrong")[0] == 401
            detail = api("GET", "/accounts")[1]["detail"]
            assert "header Authorization: Bearer TOKEN" in detail
            assert "--control-token (YABANDPAY_MOCK_CONTROL_TOKEN)" in detail
            assert api("GET", "/accounts", Authorization="Bearer t0ken")[0] == 200
            assert create(sandbox.app)["status"] is True

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Origin": "https://evil.example"}, 403),
            ({"Origin": "null"}, 403),
            ({"Host": "evil.example"}, 403),
            ({"Host": "localhost:1"}, 200),
        ],
    )
    def test_foreign_pages_and_names_are_kept_out(self, api: Api, headers: dict[str, str], status: int) -> None:
        assert api("GET", "/accounts", None, **headers)[0] == status

    def test_json_only(self, api: Api) -> None:
        url = f"{api.sandbox.url}/_sandbox/api/accounts"
        assert requests.post(url, data="{}", timeout=30).status_code == 415
        spoilt = requests.post(url, data="{", headers={"Content-Type": "application/json"}, timeout=30)
        assert (spoilt.status_code, spoilt.json()["title"]) == (400, "Not JSON")

    def test_settings_are_shown_without_secrets(self, api: Api) -> None:
        shown = api.ok("GET", "/settings")
        assert (shown["secret_key"], shown["control_token"], shown["user"]) == ("***", "***", USER)

    def test_a_request_is_signed_with_the_accounts_key(self, api: Api, tenant: Tenant) -> None:
        envelope = {"user": tenant.account["user"], "method": "v3.ListOrder", "time": 1, "data": {"page": "1"}}
        signed = api.ok("POST", f"{tenant.path}/sign", {"request": envelope})
        answer = requests.post(
            f"{api.sandbox.url}/Payments", json={**envelope, "sign": signed["sign"]}, timeout=30
        ).json()
        assert answer["status"] is True

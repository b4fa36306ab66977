"""The commands that work with a running sandbox, over its own API."""

from __future__ import annotations

from mockserver.settings import Settings

URL_VARIABLE = "YABANDPAY_MOCK_URL"
TOKEN_VARIABLE = "YABANDPAY_MOCK_CONTROL_TOKEN"  # noqa: S105 - its name
DEFAULT_URL = f"http://{Settings().host}:{Settings().port}"

"""Masks secrets in each answer of the API, and in each value on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from flask import Response, g, request
from markupsafe import Markup

from mockserver.domain.accounts import ANONYMOUS

if TYPE_CHECKING:
    from flask import Flask

    from mockserver.app import Application
    from mockserver.masking import Secrets

SHOW_A_KEY = frozenset({"POST /accounts", "POST /bundles"})
"""The operations whose answer shows the key of a new account."""

OWN_WORDS = frozenset(
    {"state", "kind", "type", "form", "role", "notified_state",
     "plan", "method", "pay_method", "sub_pay_method", "currency",
     "scenario"}
)  # fmt: skip
"""Members with a fixed set of values, which are never masked, as a bundle could not be read without them.

Their values are validated, so a merchant cannot store a secret in them.
"""

_MERCHANT_TEXTS = frozenset(
    {"order_id", "description", "demo", "redirect_url", "notify_url", "own_notify_url", "m_refund_id", "reference",
     "reference_id", "shares", "text", "known_as", "url", "body", "sent", "answer", "error"}
)  # fmt: skip
_STATIC = frozenset({"openapi", "pages.static"})


def hidden_values(secrets: Secrets, own: str, value: Any, name: str = "") -> Any:  # noqa: ANN401 - JSON
    """JSON with secrets masked; a short key of the account (`own`) is masked only in texts from the merchant."""
    if isinstance(value, str):
        return secrets.text(value, own if name in _MERCHANT_TEXTS else "", about_cards=False)
    if isinstance(value, dict):
        return {
            key: inner if key in OWN_WORDS else hidden_values(secrets, own, inner, key) for key, inner in value.items()
        }
    return [hidden_values(secrets, own, inner, name) for inner in value] if isinstance(value, list) else value


def _shown_before() -> dict[str, str]:
    """The texts of the present page and what is shown of each, as the rows of a list repeat most of theirs."""
    known: dict[str, str] = g.setdefault("shown_before", {})
    return known


def hide_secrets(site: Flask, app: Application) -> None:
    """Make a site mask secrets in values on pages, in answers of the API and in errors."""
    secrets = app.secrets

    def shown(value: Any) -> Any:  # noqa: ANN401 - any value in a template
        if not isinstance(value, str) or isinstance(value, Markup):
            return value
        known = _shown_before()
        masked = known.get(value)
        if masked is None:
            masked = known[value] = secrets.text(value, about_cards=False)
        return masked

    site.jinja_options = {**site.jinja_options, "finalize": shown}

    @site.after_request
    def hide(response: Response) -> Response:
        endpoint = request.url_rule.endpoint if request.url_rule is not None else ""
        if endpoint in SHOW_A_KEY or endpoint in _STATIC or response.direct_passthrough:
            return response
        content = response.get_data()
        if (response.mimetype or "").endswith("json"):
            account = app.store.known_account((request.view_args or {}).get("user", ANONYMOUS))
            own = "" if account is None else account.secret_key
            if secrets.has_key(content, own):  # only values, as the names of members are the API's own
                values = hidden_values(secrets, own, msgspec.json.decode(content))
                response.set_data(msgspec.json.encode(values))
        elif response.mimetype == "text/plain":
            response.set_data(secrets.content(content))
        return response

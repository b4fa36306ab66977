"""The requests of an account as the journal holds them, and the diagnosis of each that was rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, request

from mockserver.api.schemas import ExchangeRecord
from mockserver.domain.accounts import ANONYMOUS
from mockserver.domain.codes import INTERNAL_ERROR, REFUSAL_MESSAGES, SUCCESS
from mockserver.gateway.example import curl_line
from mockserver.pages.filters import read_filters
from mockserver.pages.mending import mending_of, stored_exchange, twin_of
from mockserver.pages.rendering import DashboardPage, address_here, translated
from mockserver.pages.signature_findings import findings_of, unsigned_request
from mockserver.signing.signature import signed_request
from mockserver.store.search import REFUSED, find_exchanges
from mockserver.texts import message

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.timeline import Exchange

_LISTED = 100
_LONGEST_SHOWN = 60


def _show_requests(app: Application, account: Account) -> dict[str, Any]:
    filters = read_filters("q", "wallet", "method", "since", "until", code=(REFUSED, SUCCESS, *REFUSAL_MESSAGES))
    wanted = filters.wanted._replace(limit=_LISTED)
    if request.args.get("only") == "rejected":
        wanted = wanted._replace(code=REFUSED)
    found = find_exchanges(app.store, account.user, wanted)
    unknown_users = [] if wanted.cursor else find_exchanges(app.store, ANONYMOUS, wanted).items
    with app.store.read(account.user) as view:
        total = view.last_number("exchanges")
    return {"exchanges": found.items, "unknown_users": unknown_users, "total": total, "filters": filters,
            "rest": found.rest, "only_rejected": wanted.code == REFUSED,
            "default": app.catalog.default.name}  # fmt: skip


def _show_request(app: Application, account: Account, number: str) -> dict[str, Any]:
    return _request(app, account.user, number)


def _show_unknown_user(app: Application, _account: Account | None, number: str) -> dict[str, Any]:
    return _request(app, ANONYMOUS, number)


def _request(app: Application, user: str, wanted: str) -> dict[str, Any]:
    exchange = stored_exchange(app, user, wanted)
    if exchange is None:
        abort(404, translated("The journal has no request {number}.", number=wanted[:_LONGEST_SHOWN]))
    explanation = ExchangeRecord.of(exchange).explanation
    findings = None if explanation is None else findings_of(app, exchange, explanation)
    return {"exchange": exchange, "explanation": explanation, "findings": findings, "curl": _curl(app, exchange),
            "mending": mending_of(app, exchange, explanation), "twin": twin_of(app, exchange),
            "message": exchange.reason if exchange.code == INTERNAL_ERROR and exchange.reason
            else REFUSAL_MESSAGES.get(exchange.code, "")}  # fmt: skip


def _curl(app: Application, exchange: Exchange) -> str:
    """The command that sends the request again, with the right sign; empty if it was cut, masked or no request."""
    account, unsigned = app.store.account(exchange.user), unsigned_request(exchange)
    if account is None or not account.secret_key or not unsigned:
        return ""
    try:
        return curl_line(address_here(app), signed_request(unsigned, account.secret_key))
    except (ValueError, RecursionError):
        return ""


DASHBOARD_PAGES = (
    DashboardPage("requests", "/accounts/<user>/requests", "requests.html", _show_requests, message("Requests"),
                  menu_order=20, key="r"),
    DashboardPage("request", "/accounts/<user>/requests/<number>", "request.html", _show_request, section="requests"),
    DashboardPage("unknown_user", "/unknown-users/<number>", "request.html", _show_unknown_user, section="requests"),
)  # fmt: skip

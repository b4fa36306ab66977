"""The requests of an account as the journal holds them, and the diagnosis of each that was rejected."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import abort, request

from mockserver.api.paths import number_in
from mockserver.api.schemas import ExchangeRecord
from mockserver.domain.accounts import ANONYMOUS
from mockserver.domain.codes import INTERNAL_ERROR, REFUSAL_MESSAGES, SUCCESS
from mockserver.gateway.example import curl_line
from mockserver.masking import HIDDEN
from mockserver.pages.filters import read_filters
from mockserver.pages.rendering import DashboardPage, address_here, translated
from mockserver.signing.signature import signed_request
from mockserver.store.search import REFUSED, find_exchanges
from mockserver.texts import message

if TYPE_CHECKING:
    from mockserver.api.schemas import ExplanationRecord
    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.timeline import Exchange
    from mockserver.explain.signature import Explanation

_LISTED = 100
_LONGEST_SHOWN = 60


class StringDifference(NamedTuple):
    """Two strings to sign, cut where they differ: what is equal, and of each the first other character and the rest."""

    equal: str
    expected: tuple[str, str]
    sent: tuple[str, str]


def string_difference(explanation: Explanation | ExplanationRecord) -> StringDifference | None:
    """Where the two strings of an explanation differ; None where that is not known."""
    if explanation.first_difference is None or not explanation.client_string:
        return None
    at = explanation.first_difference - explanation.shown_from
    equal = explanation.sandbox_string.encode()[:at].decode("utf-8", "ignore")
    place = len(equal)
    expected, sent = (
        (text[place : place + 1], text[place + 1 :]) for text in (explanation.sandbox_string, explanation.client_string)
    )
    return StringDifference(f"…{equal}" if explanation.shown_from else equal, expected, sent)


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
    number = number_in(wanted)
    with app.store.read(user) as unit:
        exchange = None if number is None else unit.exchange(number)
    if exchange is None:
        abort(404, translated("The journal has no request {number}.", number=wanted[:_LONGEST_SHOWN]))
    explanation = ExchangeRecord.of(exchange).explanation
    difference = None if explanation is None else string_difference(explanation)
    return {"exchange": exchange, "explanation": explanation, "difference": difference, "curl": _curl(app, exchange),
            "message": exchange.reason if exchange.code == INTERNAL_ERROR and exchange.reason
            else REFUSAL_MESSAGES.get(exchange.code, "")}  # fmt: skip


def _curl(app: Application, exchange: Exchange) -> str:
    """The command that sends the request again, with the right sign; empty if it was cut, masked or no request."""
    account = app.store.account(exchange.user)
    try:
        content = json.loads(exchange.request)
    except (ValueError, RecursionError):
        return ""
    if (
        account is None
        or not account.secret_key
        or not isinstance(content, dict)
        or HIDDEN.encode() in exchange.request
    ):
        return ""
    if not isinstance(content.get("data"), dict):
        return ""
    unsigned = {name: value for name, value in content.items() if name != "sign"}
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

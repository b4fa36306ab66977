"""The requests of an account as the journal holds them, and the diagnosis of each that was rejected."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from flask import abort, redirect, request, url_for

from mockserver.api.paths import number_in
from mockserver.api.schemas import ExchangeRecord
from mockserver.domain.accounts import ANONYMOUS
from mockserver.domain.codes import REFUSAL_MESSAGES, SUCCESS
from mockserver.gateway.example import curl_command, curl_line
from mockserver.gateway.request import PATH
from mockserver.pages.filters import read_filters
from mockserver.pages.rendering import DashboardPage, address_here, translated
from mockserver.pages.sending import creates_order, is_whole, next_number, request_content, send_request, sign_again
from mockserver.pages.signature.findings import findings_of
from mockserver.pages.signature.mending import mending_of, stored_exchange, twin_of
from mockserver.store.search import REFUSED, find_exchanges
from mockserver.texts import message

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.timeline import Exchange

_LISTED = 100
_LONGEST_SHOWN = 60
_REPLAYS = {
    "same": message("The same bytes"),
    "new": message("Signed with the present time"),
    "order": message("With a new order_id"),
}


def _show_requests(app: Application, account: Account) -> dict[str, Any]:
    filters = read_filters("q", "wallet", "method", "since", "until", code=(REFUSED, SUCCESS, *REFUSAL_MESSAGES))
    wanted = filters.wanted._replace(limit=_LISTED)
    if request.args.get("only") == "rejected":
        wanted = wanted._replace(code=REFUSED)
    found = find_exchanges(app.store, account.user, wanted)
    unknown_users = [] if wanted.cursor else find_exchanges(app.store, ANONYMOUS, wanted).items
    with app.store.read(account.user) as view:
        total = str(view.last_number("exchanges"))
    if wanted.code or filters.are_set:
        total = "" if wanted.cursor else f"{len(found.items)}{'+' if found.rest else ''}"
    return {"exchanges": found.items, "unknown_users": unknown_users, "total": total, "filters": filters,
            "rest": found.rest, "only_rejected": wanted.code == REFUSED,
            "default": app.catalog.default.name}  # fmt: skip


def _show_request(app: Application, account: Account, number: str) -> dict[str, Any]:
    return _request(app, account.user, number)


def _show_unknown_user(app: Application, _account: Account | None, number: str) -> dict[str, Any]:
    return _request(app, ANONYMOUS, number)


def _exchange(app: Application, user: str, wanted: str) -> Exchange:
    exchange = stored_exchange(app, user, wanted)
    if exchange is None:
        abort(404, translated("The journal has no request {number}.", number=wanted[:_LONGEST_SHOWN]))
    return exchange


def _request(app: Application, user: str, wanted: str) -> dict[str, Any]:
    exchange = _exchange(app, user, wanted)
    content = request_content(exchange)
    explanation = ExchangeRecord.of(exchange).explanation
    findings = None if explanation is None else findings_of(app, exchange, explanation)
    return {"exchange": exchange, "explanation": explanation, "findings": findings,
            "mending": mending_of(app, exchange, explanation), "twin": twin_of(app, exchange),
            "curls": _curls(app, exchange, content), "replays": _replays(app, exchange, content),
            "replay_of": number_in(request.args.get("replay_of", "")), "message": _answered_message(exchange),
            "meaning": REFUSAL_MESSAGES.get(exchange.code, "")}  # fmt: skip


def _answered_message(exchange: Exchange) -> str:
    """The message in the answer to a refused request; empty if it has none, as after a fault of a scenario."""
    try:
        found = json.loads(exchange.answer)
    except (ValueError, RecursionError):
        return ""
    message = found.get("message") if isinstance(found, dict) and exchange.code != SUCCESS else ""
    return message if isinstance(message, str) else ""


def _curls(app: Application, exchange: Exchange, content: dict[str, Any] | None) -> dict[str, str]:
    """The commands that send the request: as it came, and with the right sign; none if the journal masks or cuts it."""
    if not is_whole(exchange):
        return {}
    account, here = app.store.account(exchange.user), address_here(app)
    curls = {message("As curl, as it came"): curl_command(here + PATH, exchange.request)}
    if account is not None and account.secret_key and content is not None:
        with suppress(ValueError, RecursionError):
            curls[message("As curl, with the right sign")] = curl_line(here, sign_again(content, account))
    return {label: command for label, command in curls.items() if command}


def _replays(app: Application, exchange: Exchange, content: dict[str, Any] | None) -> dict[str, str]:
    """How the request can be sent again: the ways, with the label of the button of each."""
    if not is_whole(exchange):
        return {}
    account = app.store.account(exchange.user)
    if content is None or account is None or not account.secret_key:
        return {"same": _REPLAYS["same"]}
    return {way: label for way, label in _REPLAYS.items() if way != "order" or creates_order(content)}


def _replay(app: Application, account: Account | None, number: str) -> BaseResponse:
    """Send a request of the journal again; leads to the page of the new request."""
    is_unknown = request.endpoint == "dashboard.replay_unknown_user"
    user = ANONYMOUS if is_unknown or account is None else account.user
    exchange = _exchange(app, user, number)
    content, way = request_content(exchange), request.form.get("way", "")
    if way not in _replays(app, exchange, content):
        abort(409, translated("This request cannot be sent again in this way."))
    body = exchange.request
    if account is not None and content is not None and way != "same":
        now = app.clocks.of(user).now() // 1000
        content["time"] = str(now) if isinstance(content.get("time"), str) else now
        if way == "order":
            order_id = str(content["data"]["order_id"])[:_LONGEST_SHOWN]
            content["data"]["order_id"] = f"{order_id}-{next_number(app, user)}"
        try:
            body = sign_again(content, account)
        except ValueError as error:
            abort(409, str(error))
    again = send_request(app, body)
    if again.user == ANONYMOUS:
        return redirect(url_for("dashboard.unknown_user", number=again.number, replay_of=number), 303)
    return redirect(url_for("dashboard.request", user=again.user, number=again.number, replay_of=number), 303)


DASHBOARD_PAGES = (
    DashboardPage("requests", "/accounts/<user>/requests", "requests.html", _show_requests, message("Requests"),
                  menu_order=20, key="r"),
    DashboardPage("request", "/accounts/<user>/requests/<number>", "request.html", _show_request, section="requests"),
    DashboardPage("replay", "/accounts/<user>/requests/<number>/replay", "", _replay, methods=("POST",)),
    DashboardPage("replay_unknown_user", "/unknown-users/<number>/replay", "", _replay, methods=("POST",)),
    DashboardPage("unknown_user", "/unknown-users/<number>", "request.html", _show_unknown_user, section="requests"),
)  # fmt: skip

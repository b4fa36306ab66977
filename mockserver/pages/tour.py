"""The error tour: each documented error and the worst faults as slides, played for real at a press of a button."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask import abort, redirect, request, url_for

from mockserver.gateway.request import Request
from mockserver.pages.curl_examples import example_request, pasted
from mockserver.pages.dashboard import account_of, pages_with_header
from mockserver.pages.language import translated
from mockserver.pages.presenters import readable
from mockserver.pages.rendering import page, reached_origin
from mockserver.pages.tour_content import STOPS
from mockserver.scenarios.description import response_in_words, timeline

if TYPE_CHECKING:
    from flask import Blueprint, Response
    from werkzeug.wrappers import Response as AnyResponse

    from mockserver.app import Application
    from mockserver.domain.accounts import Account


_MOST_DIGITS = 16


class Played(NamedTuple):
    """What came of playing a stop: the request, what arrived, its number in the journal, the trade if any."""

    scenario: str
    body: str
    arrived: str
    what: str
    number: int
    trade_id: str


def create_tour(app: Application) -> Blueprint:
    """The tour of a sandbox."""
    pages = pages_with_header(app, "tour")

    @pages.get("/accounts/<user>/tour")
    def show(user: str) -> Response:
        account, number = account_of(app, user), request.args.get("played", "")
        is_number = number.isascii() and number.isdigit() and len(number) < _MOST_DIGITS
        return _slides(app, account, _played(app, account, int(number)) if is_number else None)

    @pages.post("/accounts/<user>/tour")
    def play(user: str) -> AnyResponse:
        account, name = account_of(app, user), request.form.get("name", "")
        if name not in {stop.scenario for stop in STOPS}:
            abort(404, translated("The tour has no stop {name}.", name=name))
        number = _play(app, account, name)
        return redirect(url_for("tour.show", user=user, played=number, _anchor=name), 303)

    return pages


def _slides(app: Application, account: Account, played: Played | None) -> Response:
    known = {scenario.name: scenario for scenario in app.catalog}
    stops = [(stop, known[stop.scenario]) for stop in STOPS if stop.scenario in known]
    told = []
    for stop, scenario in stops:
        told.append((stop, scenario, timeline(scenario, translated), pasted(app, account, stop.scenario)))
    return page("tour.html", stops=told, played=played)


def _play(app: Application, account: Account, name: str) -> int:
    """Ask the gateway as a merchant would; gives the number of the request in the journal."""
    with app.store.read(account.user) as unit:
        number = unit.last_number("exchanges") + 1  # so that a second play is not the second try of one order
    return app.gateway.answer(
        Request("POST", example_request(account, order_id=f"TOUR-{number}"), name, reached_origin())
    ).exchange.number


def _played(app: Application, account: Account, number: int) -> Played | None:
    """What came of a request that was played, as far as the journal still knows."""
    with app.store.read(account.user) as unit:
        exchange = unit.exchange(number)
    if exchange is None or exchange.scenario not in {scenario.name for scenario in app.catalog}:
        return None
    response = app.catalog.named(exchange.scenario).answer(0)
    what = response_in_words(response, translated) or "HTTP 200"
    return Played(exchange.scenario, readable(exchange.request), readable(exchange.answer), what, number,
                  exchange.trade_id)  # fmt: skip

"""The error tour: each documented error and the worst faults as slides, played for real at a press of a button."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Blueprint, abort, request

from mockserver.gateway.request import Request
from mockserver.pages.asking import example_request, pasted
from mockserver.pages.dashboard import DASHBOARD_PATH, account_of, shared_values
from mockserver.pages.language import translated
from mockserver.pages.rendering import page
from mockserver.pages.stops import STOPS
from mockserver.pages.viewing import readable
from mockserver.scenarios.story import response_in_words, timeline

if TYPE_CHECKING:
    from flask import Response

    from mockserver.app import Application
    from mockserver.store.contract import Account


class Played(NamedTuple):
    """What came of playing a stop: the request, what arrived, its number in the journal, the trade if any."""

    body: str
    status: int
    arrived: str
    what: str
    number: int
    trade_id: str


def create_tour(app: Application) -> Blueprint:
    """The tour of a sandbox."""
    pages = Blueprint("tour", __name__, url_prefix=DASHBOARD_PATH)

    @pages.context_processor
    def shared() -> dict[str, Any]:
        return shared_values(app)

    @pages.get("/accounts/<user>/tour")
    def show(user: str) -> Response:
        return _slides(app, account_of(app, user), {})

    @pages.post("/accounts/<user>/tour")
    def play(user: str) -> Response:
        account, name = account_of(app, user), request.form.get("name", "")
        if name not in {stop.scenario for stop in STOPS}:
            abort(404, translated("The tour has no stop {name}.", name=name))
        return _slides(app, account, {name: _play(app, account, name)})

    return pages


def _slides(app: Application, account: Account, played: dict[str, Played]) -> Response:
    known = {scenario.name: scenario for scenario in app.repertoire}
    stops = [(stop, known[stop.scenario]) for stop in STOPS if stop.scenario in known]
    shown = [
        (stop, scenario, timeline(scenario, translated), pasted(app, account, stop.scenario))
        for stop, scenario in stops
    ]
    return page("tour.html", stops=shown, played=played)


def _play(app: Application, account: Account, name: str) -> Played:
    """Ask the gateway as a merchant would, and tell what would have arrived."""
    with app.store.unit(account.user) as unit:
        number = unit.last_number("exchanges") + 1  # so that a second play is not the second try of one order
    body = example_request(account, order_id=f"TOUR-{number}")
    answer = app.gateway.answer(Request("POST", body, name))
    reply = answer.reply
    status = 200 if reply is None or reply.status is None else reply.status
    arrived = answer.body if reply is None else reply.arriving
    response = app.repertoire.named(name).answer(0)
    lost = reply is not None and reply.is_lost
    what = response_in_words(response, translated) if lost else f"HTTP {status}"
    sent = json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    return Played(sent, status, readable(arrived), what, answer.exchange.number, answer.exchange.trade_id)

"""The error tour: every documented error and the worst faults, a step each, which is sent for real by its button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from flask import abort, redirect, request, url_for

from mockserver.api.paths import number_in
from mockserver.gateway.example import curl_line
from mockserver.gateway.request import Request
from mockserver.pages.docs import example_request
from mockserver.pages.rendering import DashboardPage, address_here, reached_origin, translated
from mockserver.pages.tour_content import TOUR_STEPS
from mockserver.scenarios.description import response_in_words, timeline
from mockserver.texts import message

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.timeline import Exchange


class StepResult(NamedTuple):
    """What a step led to: the exchange, and what the scenario did to the response."""

    exchange: Exchange
    response: str


def _show_tour(app: Application, account: Account) -> dict[str, Any] | BaseResponse:
    if request.method == "POST":
        return _run_step(app, account, request.form.get("name", ""))
    scenarios = {scenario.name: scenario for scenario in app.catalog}
    steps, here = [], address_here(app)
    for step in TOUR_STEPS:
        if (scenario := scenarios.get(step.scenario)) is not None:
            diagram = timeline(scenario, translated)
            steps.append((step, scenario, diagram, curl_line(here, example_request(account), step.scenario)))
    return {"steps": steps, "result": _result(app, account, request.args.get("request", ""))}


def _run_step(app: Application, account: Account, name: str) -> BaseResponse:
    """Send the step's request to the gateway as a merchant would."""
    if name not in {step.scenario for step in TOUR_STEPS}:
        abort(404, translated("The error tour has no step {name}.", name=name))
    with app.store.read(account.user) as unit:
        number = unit.last_number("exchanges") + 1  # a second run must not be the second try of one order
    body = example_request(account, order_id=f"TOUR-{number}")
    exchange = app.gateway.answer(Request("POST", body, name, reached_origin())).exchange
    return redirect(url_for("dashboard.tour", user=account.user, request=exchange.number, _anchor=name), 303)


def _result(app: Application, account: Account, wanted: str) -> StepResult | None:
    """What a step led to, if the journal still has it."""
    number = number_in(wanted)
    with app.store.read(account.user) as unit:
        exchange = None if number is None else unit.exchange(number)
    if exchange is None or exchange.scenario not in {scenario.name for scenario in app.catalog}:
        return None
    response = app.catalog.named(exchange.scenario).answer(0)
    return StepResult(exchange, response_in_words(response, translated) or "HTTP 200")


DASHBOARD_PAGES = (
    DashboardPage("tour", "/accounts/<user>/tour", "tour.html", _show_tour, message("Error tour"), menu_order=50,
                  key="t", methods=("GET", "POST")),
)  # fmt: skip

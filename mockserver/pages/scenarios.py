"""The scenarios of a sandbox, each as a diagram with buttons that select it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from flask import request

from mockserver.domain.payments.transitions import PAYMENT
from mockserver.gateway.example import curl_line
from mockserver.pages.actions import run_operation
from mockserver.pages.docs.code_reference import example_request
from mockserver.pages.rendering import DashboardPage, address_here, translated
from mockserver.pages.scenario_advice import ADVICE_BY_SCENARIO
from mockserver.scenarios.description import timeline, triggers_of
from mockserver.texts import message

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.pages.scenario_advice import Advice
    from mockserver.scenarios.description import Line
    from mockserver.scenarios.scenario import Scenario

_PAYMENTS = message("Payments")
_OTHERS = message("Refunds, payouts and splits")
_RESPONSES = message("Responses")
_NOTIFICATIONS = message("Notifications")
_EXAMPLE = "declined"
_GROUPS = (_PAYMENTS, _OTHERS, _RESPONSES, _NOTIFICATIONS)


class ScenarioCard(NamedTuple):
    """A card of the gallery: the diagram, what selects the scenario, and the advice for it."""

    scenario: Scenario
    diagram: list[Line]
    triggers: list[tuple[str, str]]
    advice: Advice | None


def _group_of(scenario: Scenario) -> str:
    """The heading of a scenario: what is most particular about it."""
    if scenario.answers:
        return _RESPONSES
    steps = [step for steps in scenario.parts.values() for step in steps]
    if scenario.notification_faults is not None or any(step.notification_faults is not None for step in steps):
        return _NOTIFICATIONS
    return _OTHERS if scenario.parts.keys() - {PAYMENT.part} else _PAYMENTS


def _show_scenarios(app: Application, account: Account) -> dict[str, Any]:
    text = request.args.get("q", "")
    found = [
        ScenarioCard(
            scenario, timeline(scenario, translated), triggers_of(scenario), ADVICE_BY_SCENARIO.get(scenario.name)
        )
        for scenario in app.catalog
        if text.strip().casefold() in f"{scenario.name} {scenario.summary} {translated(scenario.summary)}".casefold()
    ]
    return {
        "groups": [(title, [one for one in found if _group_of(one.scenario) == title]) for title in _GROUPS],
        "total": len(found),
        "text": text,
        "queue": run_operation(app, "GET /accounts/{user}/scenarios", {"user": account.user}),
        "example": _EXAMPLE,
        "curl": curl_line(address_here(app), example_request(account), _EXAMPLE),
        "default": account.scenario or app.catalog.default.name,
    }


DASHBOARD_PAGES = (
    DashboardPage("scenarios", "/accounts/<user>/scenarios", "scenarios.html", _show_scenarios, message("Scenarios"),
                  menu_order=40, key="s"),
)  # fmt: skip

"""The scenarios of a sandbox, each as a diagram with buttons that select it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from mockserver.domain.payments.transitions import PAYMENT
from mockserver.pages.actions import run_operation
from mockserver.pages.rendering import DashboardPage, translated
from mockserver.scenarios.description import timeline, triggers_of
from mockserver.texts import message

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.scenarios.scenario import Scenario

_PAYMENTS = message("Payments")
_OTHERS = message("Refunds, payouts and splits")
_RESPONSES = message("Responses")
_NOTIFICATIONS = message("Notifications")
_GROUPS = (_PAYMENTS, _OTHERS, _RESPONSES, _NOTIFICATIONS)


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
        (scenario, timeline(scenario, translated), triggers_of(scenario))
        for scenario in app.catalog
        if text.strip().casefold() in f"{scenario.name} {scenario.summary} {translated(scenario.summary)}".casefold()
    ]
    return {
        "groups": [(title, [one for one in found if _group_of(one[0]) == title]) for title in _GROUPS],
        "total": len(found),
        "text": text,
        "queue": run_operation(app, "GET /accounts/{user}/scenarios", {"user": account.user}),
        "default": account.scenario or app.catalog.default.name,
    }


DASHBOARD_PAGES = (
    DashboardPage("scenarios", "/accounts/<user>/scenarios", "scenarios.html", _show_scenarios, message("Scenarios"),
                  menu_order=40, key="s"),
)  # fmt: skip

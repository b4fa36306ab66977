"""The scenario gallery: each story told as a picture, with buttons that ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from mockserver.domain.payments.transitions import PAYMENT
from mockserver.pages.actions import act
from mockserver.pages.dashboard import account_of, pages_with_header
from mockserver.pages.language import translated
from mockserver.pages.rendering import page
from mockserver.scenarios.description import timeline, ways_to_ask
from mockserver.texts import message

if TYPE_CHECKING:
    from flask import Blueprint, Response

    from mockserver.app import Application
    from mockserver.scenarios.scenario import Scenario


GROUPS = (
    message("What becomes of a payment"),
    message("Refunds, payouts and splits"),
    message("What the gateway answers"),
    message("How the merchant is told"),
)


def group_of(scenario: Scenario) -> str:
    """The title under which a scenario is shown: what is most particular about it."""
    if scenario.answers:
        return GROUPS[2]
    steps = [step for steps in scenario.parts.values() for step in steps]
    if scenario.notification_faults is not None or any(step.notification_faults is not None for step in steps):
        return GROUPS[3]
    return GROUPS[1] if scenario.parts.keys() - {PAYMENT.part} else GROUPS[0]


def create_gallery(app: Application) -> Blueprint:
    """The scenarios of a sandbox, told as pictures, with buttons that ask for them."""
    pages = pages_with_header(app, "gallery")

    @pages.get("/accounts/<user>/scenarios")
    def show(user: str) -> Response:
        account = account_of(app, user)
        text = request.args.get("q", "").strip().casefold()
        told = [
            (scenario, timeline(scenario, translated), ways_to_ask(scenario))
            for scenario in app.catalog
            if text in f"{scenario.name} {scenario.summary} {translated(scenario.summary)}".casefold()
        ]
        queued = act(app, "GET /accounts/{user}/scenarios", {"user": user})
        default = account.scenario or app.catalog.default.name
        groups = [(title, [one for one in told if group_of(one[0]) == title]) for title in GROUPS]
        return page("scenarios.html", groups=groups, total=len(told), text=request.args.get("q", ""), queued=queued,
                    default=default)  # fmt: skip

    return pages

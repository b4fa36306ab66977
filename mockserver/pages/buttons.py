"""What the buttons of the dashboard do: each carries out an operation of the sandbox's own API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from flask import Blueprint, flash, redirect, request

from mockserver.api.operations import ApiError
from mockserver.pages.actions import act
from mockserver.pages.dashboard import DASHBOARD_PATH
from mockserver.pages.language import translated
from mockserver.texts import message

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from mockserver.app import Application

Form = Mapping[str, str]
_TOLD = ("state", "amount", "currency", "order_id")


class Button(NamedTuple):
    """One button: the address that its form posts to, the operation, what the operation takes, what is said then."""

    path: str
    operation: str
    body: Callable[[Form], dict[str, Any]]
    says: str


def _nothing(_form: Form) -> dict[str, Any]:
    return {}


def _told(form: Form) -> dict[str, Any]:
    fields = {name: text for name in _TOLD if (text := form.get(name))}
    return {"fields": fields, "form": form.get("form", "json"), "defect": form.get("defect") or None}


_ORDER = "/accounts/<user>/orders/<id>"
BUTTONS = (
    Button("/accounts/<user>/clock", "POST /accounts/{user}/clock/advance", lambda form: {"by": form.get("by")},
           message("The clock was moved forward.")),
    Button("/accounts/<user>/notifications/<id>/resend", "POST /accounts/{user}/notifications/{id}/resend", _nothing,
           message("The notification is sent again.")),
    Button(f"{_ORDER}/state", "POST /accounts/{user}/payments/{id}/state",
           lambda form: {"state": form.get("state", ""), "force": "force" in form}, message("The order was pushed.")),
    Button(f"{_ORDER}/signal", "POST /accounts/{user}/payments/{id}/signal", _nothing, message("The signal was sent.")),
    Button(f"{_ORDER}/notifications", "POST /accounts/{user}/payments/{id}/notifications", _told,
           message("The notification is sent.")),
    Button("/accounts/<user>/scenarios/next", "POST /accounts/{user}/scenarios",
           lambda form: {"scenario": form.get("name", "")}, message("The next request plays this scenario.")),
    Button("/accounts/<user>/scenarios/always", "PATCH /accounts/{user}",
           lambda form: {"scenario": form.get("name", "")},
           message("From now on every request plays this scenario, unless it asks for another.")),
    Button("/accounts/<user>/scenarios/clear", "POST /accounts/{user}/reset", lambda _form: {"parts": ["scenarios"]},
           message("Requests play the default scenario again.")),
)  # fmt: skip


def create_buttons(app: Application) -> Blueprint:
    """The addresses that the forms of the dashboard post to."""
    buttons = Blueprint("buttons", __name__, url_prefix=DASHBOARD_PATH)

    for button in BUTTONS:
        buttons.add_url_rule(button.path, button.path, _pressing(app, button), methods=["POST"])
    return buttons


def _pressing(app: Application, button: Button) -> Callable[..., AnyResponse]:
    def press(**path: str) -> AnyResponse:
        try:
            act(app, button.operation, path, button.body(request.form))
            flash(translated(button.says))
        except ApiError as error:
            flash(app.secrets.text(error.problem.detail), "mistake")  # it travels in a cookie
        return redirect(_same_page(), 303)

    return press


def _same_page() -> str:
    """The page that the button was on, if it is one of these."""
    dashboard = f"{request.script_root}{DASHBOARD_PATH}/"
    try:
        target = urlsplit(request.form.get("back", ""))
    except ValueError:
        return dashboard
    is_own = target.path.startswith(dashboard) and not target.netloc and not target.scheme
    return urlunsplit(target) if is_own else dashboard

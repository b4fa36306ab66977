"""The forms of the dashboard: each runs an operation of the sandbox's own API, and goes back to its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from flask import redirect, request

from mockserver.api.demo_data import MOST_ORDERS
from mockserver.api.openapi import OPERATIONS
from mockserver.api.operations import ApiError, BadValue
from mockserver.api.paths import DASHBOARD_PATH
from mockserver.pages.notes import PRESSED, FormNote, leave_note
from mockserver.pages.rendering import translated, translated_reason
from mockserver.texts import message, shown

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from mockserver.app import Application

FormData = Mapping[str, str]
_BY_NAME = {f"{operation.verb} {operation.path}": operation for operation in OPERATIONS}
_HIDDEN = frozenset({PRESSED, "back"})
_BESIDE = "unsigned fields beside the data"
_NOTIFICATION_FIELDS = ("state", "amount", "currency", "order_id")


class Action(NamedTuple):
    """What a form does: the path that it posts to, the operation, the operation's body, and the message on success."""

    path: str
    operation: str
    body: Callable[[FormData], dict[str, Any]]
    success: str


def _no_body(_form: FormData) -> dict[str, Any]:
    return {}


def _notification(form: FormData) -> dict[str, Any]:
    fields = {name: text for name in _NOTIFICATION_FIELDS if (text := form.get(name))}
    place = "tampered" if form.get("defect") == _BESIDE else "fields"
    return {place: fields, "form": form.get("form", "json"), "defect": form.get("defect") or None}


def _demo_data(form: FormData) -> dict[str, Any]:
    text = form.get("orders", "")
    orders = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MOST_ORDERS)) else 0
    if not 1 <= orders <= MOST_ORDERS:
        said = translated(
            "Expected {least} to {most} orders, not {value}.", least=1, most=MOST_ORDERS, value=shown(text)
        )
        raise BadValue(said)
    return {"orders": orders}


_ORDER = "/accounts/<user>/orders/<id>"
ACTIONS = (
    Action("/accounts/<user>/name", "PATCH /accounts/{user}", lambda form: {"name": form.get("name", "").strip()},
           message("The name is changed.")),
    Action("/accounts/<user>/clock", "POST /accounts/{user}/clock/advance", lambda form: {"by": form.get("by")},
           message("Clock advanced.")),
    Action("/accounts/<user>/clock/kind", "PUT /accounts/{user}/clock", lambda form: {"kind": form.get("kind", "")},
           message("The clock is set.")),
    Action("/accounts/<user>/clock/reset", "POST /accounts/{user}/reset", lambda _form: {"parts": ["clock"]},
           message("The clock shows the real time again.")),
    Action("/accounts/<user>/notifications/<id>/resend", "POST /accounts/{user}/notifications/{id}/resend", _no_body,
           message("The notification is being resent.")),
    Action(f"{_ORDER}/state", "POST /accounts/{user}/payments/{id}/state",
           lambda form: {"state": form.get("state", ""), "force": "force" in form}, message("State changed.")),
    Action(f"{_ORDER}/signal", "POST /accounts/{user}/payments/{id}/signal", _no_body, message("Signal sent.")),
    Action("/accounts/<user>/refunds/<id>/state", "POST /accounts/{user}/refunds/{id}/state",
           lambda form: {"state": form.get("state", "")}, message("State changed.")),
    Action(f"{_ORDER}/notifications", "POST /accounts/{user}/payments/{id}/notifications", _notification,
           message("The notification is being sent.")),
    Action("/accounts/<user>/demo-data", "POST /accounts/{user}/demo-data", _demo_data, message("Demo data added.")),
    Action("/accounts/<user>/scenarios/next", "POST /accounts/{user}/scenarios",
           lambda form: {"scenario": form.get("name", "")}, message("The next request uses this scenario.")),
    Action("/accounts/<user>/scenarios/default", "PATCH /accounts/{user}",
           lambda form: {"scenario": form.get("name", "")},
           message("All requests now use this scenario, unless they select another one.")),
    Action("/accounts/<user>/scenarios/reset", "POST /accounts/{user}/reset", lambda _form: {"parts": ["scenarios"]},
           message("Requests use the default scenario again.")),
    Action("/accounts/<user>/examination/stop", "DELETE /accounts/{user}/examination", _no_body,
           message("The examination is being stopped.")),
)  # fmt: skip


def create_action(app: Application, action: Action) -> Callable[..., BaseResponse]:
    """The view that a form posts to."""

    def view(**path: str) -> BaseResponse:
        try:
            run_operation(app, action.operation, path, action.body(request.form))
            leave_note(FormNote(request.form.get(PRESSED, ""), translated(action.success)))
        except ApiError as error:
            leave_note(failed_note(app, error.problem.detail))
        return redirect(page_of_form(), 303)

    return view


def failed_note(app: Application, text: str, key: str = "") -> FormNote:
    """The note of a form that failed, with what was typed; it may travel in a cookie, so it has no secrets."""
    typed = {name: app.secrets.text(value) for name, value in request.form.items() if name not in _HIDDEN}
    return FormNote(key or request.form.get(PRESSED, ""), app.secrets.text(translated_reason(text)), typed)


def run_operation(app: Application, name: str, path: dict[str, str], body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401
    """What an operation gives, such as `POST /accounts/{user}/clock/advance`; the body is checked like one over HTTP.

    Raises:
        ApiError: it cannot be carried out.
    """
    return _BY_NAME[name].carry_out(app, path, body)


def page_of_form() -> str:
    """The page that the form is on, if it is one of the dashboard."""
    dashboard = f"{request.script_root}{DASHBOARD_PATH}/"
    try:
        target = urlsplit(request.form.get("back", ""))
    except ValueError:
        return dashboard
    is_own = target.path.startswith(dashboard) and not target.netloc and not target.scheme
    return urlunsplit(target) if is_own else dashboard

"""One notification: its body, its attempts, the command that sends it, and a form that sends an edited copy."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from flask import abort, redirect, request, url_for

from mockserver.api.operations import ApiError
from mockserver.api.paths import number_in
from mockserver.domain.notifications.editing import EditError, decoded, edited_body
from mockserver.domain.notifications.notification import FORMS
from mockserver.domain.notifications.payload import CONTENT_TYPES
from mockserver.domain.payments.payment import Payment
from mockserver.gateway.example import curl_command
from mockserver.pages.actions import run_operation
from mockserver.pages.forgeries import defect_in_words
from mockserver.pages.notes import FormNote, leave_note
from mockserver.pages.orders import DeliveredNotification
from mockserver.pages.rendering import DashboardPage, translated
from mockserver.texts import message

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.notifications.notification import Notification

_LONGEST_SHOWN = 60


def _show_notification(app: Application, account: Account, number: str) -> dict[str, Any] | BaseResponse:
    wanted = number_in(number)
    with app.store.read(account.user) as unit:
        found = None if wanted is None else unit.notification(wanted)
        delivered = None if found is None else DeliveredNotification.of(found, unit)
        order = None if found is None else unit.get(Payment, found.timeline)
    if delivered is None:
        abort(404, translated("There is no notification {number}.", number=number[:_LONGEST_SHOWN]))
    notification = delivered.notification
    error, edited = "", _unedited(notification)
    if request.method == "POST":
        edited = {name: request.form.get(name, "").replace("\r\n", "\n") for name in edited}
        sent, error = _send(app, account, notification, edited)
        if sent is not None:
            return sent
    curl = curl_command(notification.url, notification.body, CONTENT_TYPES[notification.form])
    return {"delivered": delivered, "notification": notification, "order": order, "edited": edited, "error": error,
            "forms": FORMS, "defect": defect_in_words(notification.defect, translated),
            "curls": {message("Send it by hand, with curl"): curl} if curl else {}}  # fmt: skip


def _unedited(notification: Notification) -> dict[str, str]:
    """The values of the form before anything was typed."""
    text = decoded(notification.body, notification.form).decode("utf-8", "replace")
    with suppress(ValueError, RecursionError):  # a body that was not JSON is shown as it is
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    return {"body": text, "sign": "new", "url": notification.url, "form": notification.form, "once": ""}


def _send(
    app: Application, account: Account, notification: Notification, edited: dict[str, str]
) -> tuple[BaseResponse | None, str]:
    """Send the edited copy: the page of the copy, or what is wrong."""
    try:
        edited_body(edited["body"], "kept" if edited["sign"] == "kept" else "new", account.secret_key)
        path = {"user": account.user, "id": str(notification.number)}
        given = {name: edited[name] for name in ("body", "sign", "url", "form") if edited[name]}
        copy = run_operation(
            app, "POST /accounts/{user}/notifications/{id}/edit", path,
            {"body": "", **given, "once": edited["once"] == "on"},
        )  # fmt: skip
    except EditError as error:
        return None, translated(error.template, **error.values)
    except ApiError as error:
        return None, app.secrets.text(error.problem.detail)
    leave_note(FormNote("edit", translated("The edited notification is being sent.")))
    return redirect(url_for("dashboard.notification", user=account.user, number=copy.number), 303), ""


DASHBOARD_PAGES = (
    DashboardPage("notification", "/accounts/<user>/notifications/<number>", "notification.html", _show_notification,
                  section="notifications", methods=("GET", "POST")),
)  # fmt: skip

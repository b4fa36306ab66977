"""The page that examines a shop: starts it, shows the progress and the report, and offers the report as a file."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from mockserver.api.examinations import last_report
from mockserver.api.operations import ApiError
from mockserver.examine.checks import CHECKS
from mockserver.pages.actions import run_operation
from mockserver.pages.rendering import DashboardPage, address_here, chosen_language, translated, translated_reason
from mockserver.pages.report_file import ReportInWords, report_file
from mockserver.settings import Settings
from mockserver.system.command import shared_command
from mockserver.system.words import in_lines, quoted
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.app import Application
    from mockserver.domain.accounts import Account

_URLS = ("create", "state")
_EXAMPLES = {"create": "http://127.0.0.1:3000/orders", "state": "http://127.0.0.1:3000/orders/{order_id}"}
_WORDS = {
    "paid": message("paid"), "open": message("unpaid"), "refunded": message("refunded"),
    "closed": message("ended without payment"), "held": message("waiting for a person"),
}  # fmt: skip
_FIELDS = ("state_field", "effects_field")
_NAMES = (*_URLS, *_WORDS, *_FIELDS, "checks")
_COMMAS = "[,\uff0c\u3001]"
"""Western and Chinese commas."""

_FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def _show_examination(app: Application, account: Account) -> dict[str, Any] | Response:
    error = ""
    if request.method == "POST":
        try:
            return _start(app, account, request.form)
        except ApiError as refused:
            error = app.secrets.text(refused.problem.detail)
    report = last_report(app, account.user)
    form = {name: request.values.get(name, "") for name in _NAMES}
    return {
        "form": form,
        "command": _command(address_here(app), account.user, form),
        "error": error,
        "words": _WORDS,
        "groups": list(dict.fromkeys(check.group for check in CHECKS)),
        "result": None if report is None else ReportInWords.of(report, translated, translated_reason),
        "order_page": partial(_order_page, account.user),
    }


def _command(address: str, user: str, form: Mapping[str, str]) -> str:
    """The same examination in a terminal."""
    usual = f"http://{Settings().host}:{Settings().port}"
    here = [] if address == usual else [f"--url {quoted(address)}"]
    given = [f"--{name} {quoted(form[name] or example)}" for name, example in _EXAMPLES.items()]
    return in_lines(f"{shared_command()} examine --account {quoted(user)}", *here, *given)


def _start(app: Application, account: Account, form: Mapping[str, str]) -> Response:
    given: dict[str, Any] = {name: text for name in _NAMES if (text := form.get(name, "").strip())}
    listed = {name: _listed(text) for name, text in given.items() if name in {*_WORDS, "checks"}}
    run_operation(app, "POST /accounts/{user}/examinations", {"user": account.user}, {"create": "", **given, **listed})
    return redirect(url_for("dashboard.examination", user=account.user, **given), 303)  # which keeps the form filled


def _listed(text: str) -> list[str]:
    return [word.strip() for word in re.split(_COMMAS, text) if word.strip()]


def _order_page(user: str, trade_id: str) -> str:
    return url_for("dashboard.order", user=user, trade_id=trade_id)


def _download(app: Application, account: Account) -> Response:
    report = last_report(app, account.user)
    if report is None:
        abort(404, translated("The shop of this account has not been examined."))
    response = Response(report_file(report, chosen_language()), content_type="text/html; charset=utf-8")
    response.headers["Content-Disposition"] = "attachment; filename=examination.html"
    response.headers["Content-Security-Policy"] = _FILE_POLICY
    response.headers["Cache-Control"] = "no-store"
    return response


DASHBOARD_PAGES = (
    DashboardPage("examination", "/accounts/<user>/examination", "examination.html", _show_examination,
                  message("Examine"), menu_order=45, key="e", methods=("GET", "POST")),
    DashboardPage("examination_file", "/accounts/<user>/examination/report.html", "", _download),
)  # fmt: skip

"""The dashboard: finds its pages, and serves each with the header, the menu and the actions of its forms."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from mockserver.api.paths import DASHBOARD_PATH, LIVE_PATH
from mockserver.api.records import instant_text
from mockserver.pages.actions import ACTIONS, create_action
from mockserver.pages.docs.views import llms_txt
from mockserver.pages.gateway_forms import add_gateway_forms, test_order_curl
from mockserver.pages.rendering import NOT_PLAYED_HEADER, DashboardPage, find_account, render_page
from mockserver.pages.unusual import unusual_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.app import Application
    from mockserver.domain.accounts import Account

_CLOCK_STEPS = ("1m", "1h", "1d")
_MOST_ACCOUNTS = 20


def dashboard_pages() -> list[DashboardPage]:
    """The pages that the modules of this folder list in `DASHBOARD_PAGES`, in the order of the menu."""
    found = walk_packages([str(Path(__file__).parent)], f"{__package__}.")
    modules = [import_module(one.name) for one in found]
    pages = [page for module in modules for page in getattr(module, "DASHBOARD_PAGES", ())]
    return sorted(pages, key=lambda page: page.menu_order)


def create_dashboard(app: Application) -> Blueprint:
    """The dashboard of a sandbox."""
    dashboard = Blueprint("dashboard", __name__)
    pages = dashboard_pages()
    for page in pages:
        rule = DASHBOARD_PATH + page.path
        dashboard.add_url_rule(rule, page.name, _create_view(app, page, pages), methods=list(page.methods))
    for action in ACTIONS:
        rule = DASHBOARD_PATH + action.path
        dashboard.add_url_rule(rule, action.path, create_action(app, action), methods=["POST"])
    add_gateway_forms(app, dashboard)

    @dashboard.get(f"{DASHBOARD_PATH}/")
    def home() -> BaseResponse:
        return redirect(url_for("dashboard.stage", user=_present_user(app)), 303)

    @dashboard.get(f"{LIVE_PATH}<user>")
    def live(user: str) -> BaseResponse:
        find_account(app, user)  # the server sends the events, and asks here first whether the client may listen
        return BaseResponse(status=204, headers={NOT_PLAYED_HEADER: "an event stream needs yabandpay-mock serve"})

    dashboard.add_url_rule("/llms.txt", view_func=lambda: llms_txt(app), endpoint="llms_txt")
    return dashboard


def _create_view(app: Application, page: DashboardPage, pages: list[DashboardPage]) -> Callable[..., BaseResponse]:
    menu = [page for page in pages if page.menu_order]
    with_key = sorted((page for page in pages if page.key), key=lambda page: not page.menu_order)

    def view(user: str = "", **path: str) -> BaseResponse:
        account = find_account(app, user) if page.names_account else app.store.account(_present_user(app))
        shown = page.view(app, account, **path)
        if isinstance(shown, BaseResponse):
            return shown
        header = _header(app, account, page)
        return render_page(page.template, has_frames=page.has_frames, menu=menu, with_key=with_key, **header, **shown)

    return view


def _header(app: Application, account: Account | None, page: DashboardPage) -> dict[str, Any]:
    """The values of the templates that all pages of the dashboard share."""
    clock = None if account is None else app.clocks.of(account.user)
    now = None if clock is None else clock.now()
    return {
        "account": account,
        "others": _first_accounts(app, account),
        "clock": clock,
        "now": "" if now is None else instant_text(now),
        "present": now,
        "clock_steps": _CLOCK_STEPS,
        "page": page,
        "section": page.section or page.name,
        "live": "" if account is None else request.script_root + LIVE_PATH + quote(account.user, safe=""),
        "test_order_curl": lambda: "" if account is None else test_order_curl(app, account),
        "unusual": None if account is None or clock is None else unusual_of(app, account, clock),
    }


def _first_accounts(app: Application, shown: Account | None) -> list[Account]:
    """The accounts to switch to: the first ones, and the one that is shown."""
    users = app.merchants()[:_MOST_ACCOUNTS]
    found = [account for user in users if (account := app.store.known_account(user)) is not None]
    return found if shown is None or shown.user in users else [shown, *found]


def _present_user(app: Application) -> str:
    """The account of a page without one in its path: the one that was shown before, or the first that there is."""
    asked = request.args.get("user", app.settings.user)
    users = app.merchants()
    return asked if asked in users else next(iter(users), app.settings.user)

"""The accounts of a sandbox: create, name, switch and delete them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from flask import redirect, request, url_for
from markupsafe import escape

from mockserver.api.operations import ApiError
from mockserver.api.paths import number_in
from mockserver.domain.accounts import MAX_INSTANT
from mockserver.domain.payments.payment import Payment
from mockserver.domain.unit_of_work import Choice
from mockserver.pages.actions import failed_note, run_operation
from mockserver.pages.notes import FormNote, leave_note, show_note
from mockserver.pages.rendering import DashboardPage, translated
from mockserver.texts import LONGEST, is_segment, is_utf8, message

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from mockserver.api.records import AccountRecord
    from mockserver.app import Application
    from mockserver.domain.accounts import Account

_PAGE_SIZE = 25
_FIELDS = ("user", "name", "secret_key")
_ALL = Choice(0, MAX_INSTANT, None, 0, 1)
CREATE, DELETE = "create-account", "delete-account"


class AccountUse(NamedTuple):
    """An account, the number of its orders and requests, and the instant of its last request, None without one."""

    account: Account
    orders: int
    requests: int
    last: int | None

    @classmethod
    def of(cls, app: Application, account: Account) -> AccountUse:
        """How an account was used until now."""
        with app.store.read(account.user) as view:
            newest = view.exchanges(1)
            return cls(account, view.count(Payment, _ALL), view.last_number("exchanges"),
                       newest[0].at if newest else None)  # fmt: skip


class WrongField(NamedTuple):
    """A field of a form with a wrong value, and what is wrong."""

    name: str
    text: str


class AccountList(NamedTuple):
    """A page of the accounts, the number of those that were found, and of the pages."""

    accounts: list[AccountUse]
    total: int
    number: int
    pages: int


def _show_accounts(app: Application, account: Account | None) -> dict[str, Any]:
    created: AccountRecord | None = None
    wrong: WrongField | None = None
    if request.method == "POST":
        wanted = {name: text for name in _FIELDS if (text := request.form.get(name, "").strip())}
        wrong = _wrong_field(app, wanted)
        try:
            created = None if wrong else run_operation(app, "POST /accounts", {}, wanted)
        except ApiError as error:
            wrong = WrongField("user", error.problem.detail)
        if wrong is not None:
            show_note(failed_note(app, wrong.text, CREATE))
    text = request.args.get("q", "").strip()
    return {"found": _found(app, text, number_in(request.args.get("page", "1")) or 1), "text": text,
            "created": created, "secret": "" if created is None else escape(created.secret_key),
            "wrong": wrong.name if wrong else "", "create": CREATE,
            "status": 422 if wrong else 200, "current": "" if account is None else account.user}  # fmt: skip


def _wrong_field(app: Application, wanted: dict[str, str]) -> WrongField | None:
    """The first field of a new account that cannot be; None if all can."""
    for name, text in wanted.items():
        if len(text) > LONGEST or not is_utf8(text):
            return WrongField(name, translated("Expected at most {count} characters.", count=LONGEST))
    user = wanted.get("user", "")
    if user and not is_segment(user):
        return WrongField("user", translated("Expected a UID such as 016683 or an e-mail address, without spaces and"
                                             " slashes."))  # fmt: skip
    if user and app.store.account(user) is not None:
        return WrongField("user", translated("The account {user} exists already. Choose another UID.", user=user))
    return None


def _found(app: Application, text: str, number: int) -> AccountList:
    known = [account for user in app.merchants() if (account := app.store.known_account(user)) is not None]
    part = text.casefold()
    found = [one for one in known if part in one.user.casefold() or part in one.name.casefold()]
    begin = (number - 1) * _PAGE_SIZE
    shown = [AccountUse.of(app, one) for one in found[begin : begin + _PAGE_SIZE]]
    return AccountList(shown, len(found), number, -(-len(found) // _PAGE_SIZE))


def _show_account(app: Application, account: Account) -> dict[str, Any] | BaseResponse:
    if request.method == "POST":
        if request.form.get("sure") == account.user:
            run_operation(app, "DELETE /accounts/{user}", {"user": account.user})
            leave_note(FormNote(DELETE, translated("The account {user} is deleted.", user=account.user)))
            return redirect(url_for("dashboard.accounts"), 303)
        show_note(failed_note(app, translated("Tick the box to delete the account."), DELETE))
    return {"use": AccountUse.of(app, account), "is_default": account.user == app.settings.user, "delete": DELETE}


DASHBOARD_PAGES = (
    DashboardPage("accounts", "/accounts", "accounts.html", _show_accounts, message("Accounts"),
                  methods=("GET", "POST"), key="a"),
    DashboardPage("account", "/accounts/<user>/account", "account.html", _show_account, section="accounts",
                  methods=("GET", "POST")),
)  # fmt: skip

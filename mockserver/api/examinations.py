"""Examines the shop of an account, and keeps the report with the account."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from mockserver.api.assistance import NoTool, Tool
from mockserver.api.local import LocalCalls, check_shop_address
from mockserver.api.operations import Address, ApiError, BadValue, Label, Operation, Visit, Word
from mockserver.delivery.destination import is_web_address
from mockserver.domain.accounts import LastExamination
from mockserver.examine.report import Report
from mockserver.examine.sandbox import SandboxRefusedError
from mockserver.examine.shop import ShopError
from mockserver.texts import shown

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.examine.examination import Examination

_MOST_WORDS = 50
_ABANDONED = 180_000
"""Milliseconds without a change after which the process that examined the shop has ended."""

_logger = logging.getLogger(__name__)
_Words = Annotated[list[Word], Meta(max_length=_MOST_WORDS)]


class NewExamination(msgspec.Struct, forbid_unknown_fields=True):
    """How to examine a shop.

    A POST to `create` makes it create an order; `state` is the URL of an order's state, with `{order_id}`. The lists
    have the shop's own words for its states. `state_field` and `effects_field` name fields of the state's JSON, such as
    `order.status`. `checks` are names or groups of checks, all if it is empty.
    """

    create: Address
    state: Address = ""
    paid: _Words = []
    open: _Words = []
    refunded: _Words = []
    closed: _Words = []
    held: _Words = []
    state_field: Label = ""
    effects_field: Label = ""
    checks: _Words = []
    parallel: Annotated[int, Meta(ge=1, le=32)] = 8


def _start(visit: Visit) -> Report:
    wanted, app, user = visit.body, visit.app, visit.account.user
    for name in ("create", "state"):
        _check_url(app, name, getattr(wanted, name))
    examination = _examination(app, user, wanted)
    report = examination.report("running")
    _store(app, user, report)
    if not app.examinations.start(user, examination, partial(_run, app, user, examination)):
        raise ApiError(409, "Examination is running", f"The shop of {user} is being examined. Stop that with DELETE.")
    return report


def _check_url(app: Application, name: str, url: str) -> None:
    if not url and name == "state":
        return
    if not is_web_address(url.replace("{order_id}", "1")):
        raise BadValue(f"{name}: expected a URL such as http://127.0.0.1:3000/orders, not {shown(url)}.")
    if name == "state" and "{order_id}" not in url:
        raise BadValue(f"state: expected {{order_id}} in the URL, such as {url.rstrip('/')}/{{order_id}}.")
    try:
        check_shop_address(app, url.replace("{order_id}", "1"))
    except ShopError as error:
        raise BadValue(f"{name}: {error}") from None


def _examination(app: Application, user: str, wanted: NewExamination) -> Examination:
    from mockserver.examine.examination import Examination, Plan, chosen_checks  # noqa: PLC0415 - slows down the start
    from mockserver.examine.shop import Shop, Words, creator, state_reader  # noqa: PLC0415 - as above

    try:
        checks = chosen_checks(wanted.checks)
    except ValueError as error:
        raise BadValue.because(error) from None
    check = partial(check_shop_address, app)
    words = Words({"paid": wanted.paid, "open": wanted.open, "refunded": wanted.refunded, "closed": wanted.closed,
                   "held": wanted.held})  # fmt: skip
    read = state_reader(wanted.state, check) if wanted.state else None
    shop = Shop(creator(wanted.create, check), read, words, wanted.state_field, wanted.effects_field)
    return Examination(LocalCalls(app), user, shop, Plan(checks, wanted.parallel))


def _run(app: Application, user: str, examination: Examination) -> None:
    try:
        report = examination.run(lambda report: _store(app, user, report))
    except (ShopError, SandboxRefusedError) as error:
        report = examination.report("failed", str(error))
    except Exception:
        _logger.exception("The examination of the shop of %s failed", user)
        report = examination.report("failed", "Internal error. The log of the sandbox has the details.")
    _store(app, user, report)


def _store(app: Application, user: str, report: Report) -> None:
    text = msgspec.json.encode(report).decode("utf-8", "replace")
    try:
        with app.store.unit(user) as unit:
            unit.put(LastExamination(text, app.clocks.machine.now()))
    except KeyError:  # the account was dropped
        app.examinations.stop(user)


def last_report(app: Application, user: str) -> Report | None:
    """The newest report of an account's shop; None if it was never examined."""
    with app.store.read(user) as view:
        found = view.get(LastExamination, "examination")
    if found is None:
        return None
    report = msgspec.json.decode(found.report, type=Report)
    is_old = app.clocks.machine.now() - found.changed_at > _ABANDONED
    if report.state == "running" and is_old and not app.examinations.is_running(user):
        report.state, report.problem = "failed", "The sandbox that examined the shop was stopped."
    return report


def _show(visit: Visit) -> Report:
    user = visit.account.user
    report = last_report(visit.app, user)
    if report is None:
        raise ApiError(404, "No examination", f"The shop of {user} has not been examined. Start with POST.")
    return report


def _keep(visit: Visit) -> Report:
    report: Report = visit.body
    if visit.app.examinations.is_running(visit.account.user):
        raise ApiError(409, "Examination is running", f"The shop of {visit.account.user} is being examined.")
    _store(visit.app, visit.account.user, report)
    return report


def _stop(visit: Visit) -> None:
    user = visit.account.user
    if not visit.app.examinations.stop(user):
        raise ApiError(409, "Nothing to stop", f"No examination of the shop of {user} runs in this process.")


_ONE = "/accounts/{user}/examination"
OPERATIONS = (
    Operation("POST", "/accounts/{user}/examinations", "Examine the account's shop.", _start, Report, NewExamination,
              status=201,
              tool=Tool("examine_shop", "The shop must run and use the account. This returns when all checks have been"
                        " carried out, usually after some ten seconds. The account's clock stands still meanwhile.")),
    Operation("GET", _ONE, "Get the report of the newest examination of the account's shop.", _show, Report,
              tool=Tool("get_examination")),
    Operation("PUT", _ONE, "Keep the report of an examination that ran elsewhere, to show it on the pages.", _keep,
              Report, Report, tool=NoTool("Examinations that run elsewhere keep their reports themselves.")),
    Operation("DELETE", _ONE, "Stop the examination of the account's shop.", _stop, status=204,
              tool=NoTool("Cancelling examine_shop stops it.")),
)  # fmt: skip

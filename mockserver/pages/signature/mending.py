"""Mend it: sends a refused request again with the right sign, and shows what became of it beside the refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from flask import abort, flash, redirect, request, url_for

from mockserver.api.paths import number_in
from mockserver.api.schemas import ExchangeRecord
from mockserver.domain.accounts import ANONYMOUS
from mockserver.domain.codes import SUCCESS
from mockserver.gateway.answer import UNRECORDED
from mockserver.pages.rendering import DashboardPage, translated
from mockserver.pages.sending import send_request, sign_again
from mockserver.pages.signature.findings import envelope_in, unsigned_request
from mockserver.signing.php import text_of
from mockserver.texts import message

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from mockserver.api.schemas import ExplanationRecord
    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.timeline import Exchange

_MASKED_OR_CUT = message(
    "The journal has masked a secret or a card number in this request, or keeps only its first 16 KiB, so it cannot be"
    " sent again from here."
)
_NO_ACCOUNT = message("No account has this user, so there is no key to sign with.")
_MOST_CHANGES = 20
_LONGEST_CHANGE = 500
_LOOKED_AT = 200  # newest requests after the refused one


class Mending(NamedTuple):
    """How a refused request is mended: the values that replace its own, by name; or why it cannot be.

    `accepted` is the number of the request that was mended before and accepted; 0 if there is none.
    """

    changes: dict[str, str]
    why_not: str = ""
    accepted: int = 0


class Changed(NamedTuple):
    """A field that differs in the twin; empty where a request does not have it."""

    name: str
    before: str
    after: str


class Twin(NamedTuple):
    """A mended request: its exchange, its sign, what differs in it, and why it was refused, if it was."""

    exchange: Exchange
    signs: tuple[str, str]
    changed: tuple[Changed, ...]
    explanation: ExplanationRecord | None


def mending_of(app: Application, exchange: Exchange, record: ExplanationRecord | None) -> Mending | None:
    """How a refused request can be mended; None where nothing is known that makes it right.

    The sign is always made again. A field gets the nearest value that the gateway accepts, and `time` the present time
    if it was too far from the account's clock.
    """
    if exchange.code == SUCCESS or record is None:
        return None
    changes = {field.field: _right_value(app, exchange, field.field, field.nearest) for field in record.fields}
    is_sign = bool(record.sandbox_string)
    if not is_sign and (not changes or not all(changes.values())):
        return None
    if exchange.user == ANONYMOUS:
        return Mending({}, _NO_ACCOUNT)
    unsigned = unsigned_request(exchange)
    if not unsigned:
        return Mending({}, _MASKED_OR_CUT)
    return Mending(changes, accepted=_accepted_twin(app, exchange, _mended(unsigned, changes)))


def _accepted_twin(app: Application, exchange: Exchange, wanted: dict[str, Any]) -> int:
    """The number of the newest accepted request after a refused one that says what the mended one would; 0 without."""
    with app.store.read(exchange.user) as view:
        later = view.exchanges(_LOOKED_AT, after=exchange.number)
    method, order_id = exchange.method, exchange.order_id
    alike = (one for one in later if one.code == SUCCESS and one.method == method and one.order_id == order_id)
    return next((one.number for one in alike if _without_time(unsigned_request(one)) == _without_time(wanted)), 0)


def _without_time(unsigned: dict[str, Any]) -> dict[str, Any]:
    """A request without its time, which is another one whenever it is mended."""
    return {name: value for name, value in unsigned.items() if name != "time"}


def _right_value(app: Application, exchange: Exchange, name: str, nearest: str) -> str:
    """The value that makes a field right; empty if that is unknown."""
    if name == "time" and app.profile.max_clock_skew:
        return str(app.clocks.of(exchange.user).now() // 1000)
    return "" if nearest == name else nearest


def _mend(app: Application, account: Account, number: str) -> BaseResponse:
    exchange = stored_exchange(app, account.user, number)
    if exchange is None:
        abort(404, translated("The journal has no request {number}.", number=number[:60]))
    here = url_for("dashboard.request", user=account.user, number=exchange.number)
    mending = mending_of(app, exchange, ExchangeRecord.of(exchange).explanation)
    if mending is None or mending.why_not:
        flash(
            translated(mending.why_not) if mending else translated("The sandbox knows no cure for this request."),
            "error",
        )
        return redirect(here, 303)
    try:
        body = sign_again(_mended(unsigned_request(exchange), mending.changes), account)
    except ValueError:  # such as a number of thousands of digits
        flash(translated("The sandbox knows no cure for this request."), "error")
        return redirect(here, 303)
    twin = send_request(app, body)
    if twin.number == UNRECORDED:
        flash(translated("The request was sent, and could not be stored in the journal."), "error")
        return redirect(here, 303)
    return redirect(f"{here}?twin={twin.number}#twin", 303)


def _mended(unsigned: dict[str, Any], changes: dict[str, str]) -> dict[str, Any]:
    data = dict(unsigned["data"])
    mended = {**unsigned, "data": data}
    for name, value in changes.items():
        (mended if name in mended and name != "data" else data)[name] = value
    return mended


def stored_exchange(app: Application, user: str, wanted: str) -> Exchange | None:
    """The exchange of a number in an address; None if the journal does not have it."""
    number = number_in(wanted)
    with app.store.read(user) as view:
        return None if number is None else view.exchange(number)


def twin_of(app: Application, exchange: Exchange) -> Twin | None:
    """The twin that the address of the page names."""
    wanted = request.args.get("twin", "")
    found = stored_exchange(app, exchange.user, wanted) if wanted else None
    if found is None or found.number == exchange.number:
        return None
    refused, mended = (_flat(one) for one in (exchange, found))
    signs = refused.pop("sign", ""), mended.pop("sign", "")
    changed = [
        Changed(name, refused.get(name, "")[:_LONGEST_CHANGE], mended.get(name, "")[:_LONGEST_CHANGE])
        for name in dict.fromkeys([*refused, *mended])
        if refused.get(name) != mended.get(name)
    ]
    return Twin(found, signs, tuple(changed[:_MOST_CHANGES]), ExchangeRecord.of(found).explanation)


def _flat(exchange: Exchange) -> dict[str, str]:
    """The fields of a request as texts, those of data by their names alone."""
    envelope = envelope_in(exchange.request)
    data = envelope.pop("data", None)
    fields = {name: text_of(value) for name, value in envelope.items()}
    return fields | {f"data.{name}": text_of(value) for name, value in (data if isinstance(data, dict) else {}).items()}


DASHBOARD_PAGES = (
    DashboardPage("mend", "/accounts/<user>/requests/<number>/mend", "", _mend, section="requests", methods=("POST",)),
)

"""Lists, shows and resends notifications, and sends notifications with chosen fields or a defect."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from mockserver.api.assistance import NoTool, Tool
from mockserver.api.operations import Address, ApiError, BadValue, Counted, Operation, Text, Visit, Word
from mockserver.api.paths import number_in
from mockserver.api.schemas import NotificationRecord
from mockserver.api.searching import Search
from mockserver.delivery.destination import is_web_address
from mockserver.domain.notifications.editing import EditError, Signing, decoded, defect_of, edited_body
from mockserver.domain.notifications.notification import Form, Notification, NotificationState
from mockserver.domain.notifications.outbox import StateChange, add_notification, copy_notes, wrong_content, wrong_key
from mockserver.domain.notifications.payload import encoded, signed_body, without_empty
from mockserver.domain.payments.payment import PAYMENT_STATES, Payment
from mockserver.domain.payments.serialization import payment_data
from mockserver.domain.refunds import Refund, refund_data
from mockserver.domain.timeline import Event, Task, data_of
from mockserver.gateway.request import LARGEST_BODY
from mockserver.store.search import find_notifications
from mockserver.texts import message, shown

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.unit_of_work import AccountView, UnitOfWork

_MOST_FIELDS = 100
_MOST_COPIES = 20
_EDITED, _BY_HAND = message("edited"), message("resent by hand")
_LONGEST_SHOWN = 60
_JSON_ONLY = frozenset({"not JSON", "missing signature", "true as signature", "unsigned fields beside the data"})
_CHANGES_ENVELOPE = _JSON_ONLY - {"not JSON"}
_UNACCEPTED: tuple[NotificationState, ...] = ("given up", "refused")


class Which(Search):
    """Selects notifications by trade or payout (`timeline`), by state, by content and by time.

    `q` is any part of the fields of the body or of the URL, in any case. A search looks at some thousand notifications.
    It goes on with the number of the oldest one as `before`.
    """

    timeline: str | None = None
    state: NotificationState | None = None
    limit: Counted = 100


Defect = Literal[
    "wrong signature", "signature of another account", "missing signature", "true as signature",
    "unsigned fields beside the data", "not JSON",
]  # fmt: skip
_Fields = Annotated[dict[Word, Text], msgspec.Meta(max_length=_MOST_FIELDS)]


class NotificationRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A notification of a payment or a refund to send now, with other values in some fields, or with a defect.

    `fields` replace the real ones and are signed, an empty one is left out; a `state` of a payment brings the other
    fields of that state. `tampered` fields are replaced after signing. With `reordered`, they come in another
    order. A `body` is sent as it is. One that is sent `once` is not repeated if the merchant does not accept it.
    """

    fields: _Fields = {}
    tampered: _Fields = {}
    form: Form = "json"
    defect: Defect | None = None
    reordered: bool = False
    body: Text | None = None
    url: Address | None = None
    copies: Annotated[int, msgspec.Meta(ge=1, le=_MOST_COPIES)] = 1
    concurrent: bool = False
    once: bool = False


class EditedNotification(msgspec.Struct, forbid_unknown_fields=True):
    """An edited copy of a notification to send now.

    The `body` is JSON. Its `sign` is a new one for its data, or it is kept, and the body is sent exactly as it is. The
    URL and the form are those of the notification, unless others are given.
    """

    body: Annotated[str, msgspec.Meta(max_length=LARGEST_BODY)]
    sign: Signing = "new"
    url: Address | None = None
    form: Form | None = None
    once: bool = False


def _newest(unit: AccountView, which: Which) -> list[Notification]:
    states = () if which.state is None else (which.state,)
    if which.timeline is None:
        return list(islice(unit.newest_notifications(*states), which.limit))[::-1]
    listed = reversed(unit.notifications(which.timeline))
    return list(islice((one for one in listed if not states or one.state in states), which.limit))[::-1]


def _list(visit: Visit) -> list[NotificationRecord]:
    which: Which = visit.query
    is_search = which.q or which.since or which.until or which.before
    if is_search and which.timeline is not None:
        raise BadValue("A search has no timeline. Search for the trade_id as q.")
    wanted, user = which.wanted(which.limit, state=which.state or ""), visit.account.user
    found = find_notifications(visit.app.store, user, wanted).items[::-1] if is_search else []
    with visit.app.store.read(user) as unit:
        listed = found if is_search else _newest(unit, which)
        return [NotificationRecord.with_attempts(one, unit) for one in listed]


def _one(visit: Visit, unit: AccountView) -> Notification:
    number = number_in(visit.path["id"])
    found = None if number is None else unit.notification(number)
    if found is None:
        detail = f"Account {visit.account.user} has no notification {visit.path['id'][:_LONGEST_SHOWN]}."
        raise ApiError(404, "No such notification", detail)
    return found


def _show(visit: Visit) -> NotificationRecord:
    with visit.app.store.read(visit.account.user) as unit:
        return NotificationRecord.with_attempts(_one(visit, unit), unit)


def _send_again(unit: UnitOfWork, notification: Notification, now: int) -> Notification:
    again = notification._replace(state="pending")
    unit.save_notification(again)
    unit.add_event(Event(again.timeline, now, "notification", again.number, f"{again.notified_state}, {_BY_HAND}"))
    unit.schedule(Task(now, "notification", str(again.number)))
    return again


def _resend(visit: Visit) -> NotificationRecord:
    with visit.app.store.unit(visit.account.user) as unit:
        return NotificationRecord.with_attempts(_send_again(unit, _one(visit, unit), visit.clock.now()), unit)


def _resend_failed(visit: Visit) -> list[NotificationRecord]:
    with visit.app.store.unit(visit.account.user) as unit:
        failed = [*unit.newest_notifications(*_UNACCEPTED)][::-1]
        return [NotificationRecord.with_attempts(_send_again(unit, one, visit.clock.now()), unit) for one in failed]


def _send_edited(visit: Visit) -> NotificationRecord:
    wanted: EditedNotification = visit.body
    now = visit.clock.now()
    with visit.app.store.unit(visit.account.user) as unit:
        original, key = _one(visit, unit), unit.account.secret_key
        try:
            body = edited_body(wanted.body, wanted.sign, key)
        except EditError as error:
            raise BadValue(str(error)) from None
        url, form = wanted.url or original.url, wanted.form or original.form
        _check_url(url)
        state = data_of(body).get("state", original.notified_state)
        made = original._replace(
            notified_state=state if isinstance(state, str) else original.notified_state, created_at=now, url=url,
            body=encoded(body, form), state="pending", form=form, once=wanted.once,
            defect=defect_of(body, _real_data(unit, original), key),
        )  # fmt: skip
        note = ", ".join(["", _EDITED, *([made.defect] if made.defect else [])])
        return NotificationRecord.with_attempts(made._replace(number=add_notification(unit, made, now, note)), unit)


def _real_data(unit: UnitOfWork, notification: Notification) -> dict[str, Any]:
    """The data that a notification would have now; what it has if its object is none of a payment or a refund."""
    data = {**data_of(decoded(notification.body, notification.form))}
    payment = unit.get(Payment, notification.timeline)
    if payment is None:
        return data
    if notification.type == "payment":
        return payment_data(payment, unit.account.seed)
    refund = unit.get(Refund, str(data.get("refund_id")))
    return data if refund is None else refund_data(refund, payment, unit.account.seed)


def _check_url(url: str) -> None:
    if not is_web_address(url):
        raise BadValue(f"Expected a url such as https://shop.example/notify, not {shown(url)}.")


def _notify_payment(visit: Visit) -> NotificationRecord:
    now = visit.clock.now()
    with visit.app.store.unit(visit.account.user) as unit:
        account, payment = unit.account, unit.get(Payment, visit.path["id"])
        if payment is None:
            raise ApiError(404, "No such payment", f"Account {account.user} has no payment {visit.path['id']}.")
        shown_state = visit.body.fields.get("state")
        claimed = payment if shown_state in {None, payment.state} else _as_if(payment, shown_state, now)
        data = payment_data(payment, account.seed)
        change = StateChange("payment", payment.trade_id, payment.state, payment.notify_url, data, now)
        return _send(visit.app, unit, change, payment_data(claimed, account.seed), visit.body)


def _as_if(payment: Payment, state: str, now: int) -> Payment:
    """The payment as it would be in another state; one that the gateway does not have changes nothing else."""
    if state not in set(PAYMENT_STATES):
        return payment
    paid_at = (payment.paid_at or now) if state == "paid" else None
    return payment._replace(state=state, paid_at=paid_at)


def _notify_refund(visit: Visit) -> NotificationRecord:
    now = visit.clock.now()
    with visit.app.store.unit(visit.account.user) as unit:
        account, refund = unit.account, unit.get(Refund, visit.path["id"])
        payment = None if refund is None else unit.get(Payment, refund.trade_id)
        if refund is None or payment is None:
            raise ApiError(404, "No such refund", f"Account {account.user} has no refund {visit.path['id']}.")
        data = refund_data(refund, payment, account.seed)
        change = StateChange("refund", refund.trade_id, refund.state, refund.notify_url, data, now)
        return _send(visit.app, unit, change, data, visit.body)


def _send(
    app: Application, unit: UnitOfWork, real: StateChange, claimed: dict[str, Any], wanted: NotificationRequest
) -> NotificationRecord:
    """Send a notification of the state in `claimed`, with the requested changes; `real` is what is true."""
    account, url = unit.account, wanted.url or real.url
    if not url:
        detail = f"The {real.type} has no notify_url. Add url to the request, such as https://shop.example/notify."
        raise ApiError(422, "No address", detail)
    _check_url(url)
    if wanted.defect in _JSON_ONLY and wanted.form != "json":
        raise BadValue(f"The defect {wanted.defect!r} needs the form json, not {wanted.form}.")
    data = without_empty({**claimed, **wanted.fields})
    state = wanted.tampered.get("state", str(data.get("state", real.state)))
    defect = _defect(wanted, real.data)
    body = _body(wanted, _key(app, account, wanted), data)
    made = Notification(
        0, real.timeline, real.type, state, real.at, url, body, "pending", wanted.form, wanted.concurrent, defect,
        wanted.once,
    )  # fmt: skip
    numbers = [
        add_notification(unit, made, real.at, f"{f', {defect}' if defect else ''}{copy}")
        for copy in copy_notes(wanted.copies, concurrent=wanted.concurrent)
    ]
    return NotificationRecord.with_attempts(made._replace(number=numbers[0]), unit)


def _defect(wanted: NotificationRequest, real: dict[str, Any]) -> str:
    if wanted.body is not None:
        return "not JSON"
    if wanted.tampered and wanted.defect is None:
        return f"tampered {' and '.join(wanted.tampered)}"
    return wanted.defect or wrong_content(real, wanted.fields)


def _key(app: Application, account: Account, wanted: NotificationRequest) -> str:
    """The key to sign with; that of another account is the one in the field `user`, or else the sandbox's own."""
    if wanted.defect == "wrong signature":
        return wrong_key(account.secret_key)
    if wanted.defect != "signature of another account":
        return account.secret_key
    named = (wanted.fields.get("user", ""), app.settings.user)
    others = (app.store.account(user) for user in named if user and user != account.user)
    return next((other.secret_key for other in others if other is not None), f"another {account.secret_key}")


def _body(wanted: NotificationRequest, secret_key: str, data: dict[str, Any]) -> bytes:
    if wanted.body is not None:
        return wanted.body.encode()
    if wanted.reordered:
        data = dict(sorted(data.items(), reverse=True))
    body = signed_body(data, secret_key, data_first=wanted.reordered)
    if wanted.defect == "not JSON":
        return body[:-1]
    if wanted.tampered or wanted.defect in _CHANGES_ENVELOPE:
        content = _changed(json.loads(body), wanted)
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return encoded(body, wanted.form)


def _changed(content: dict[str, Any], wanted: NotificationRequest) -> dict[str, Any]:
    """The body's content, changed after it was signed."""
    if wanted.defect == "unsigned fields beside the data":
        return {**content, **wanted.tampered}
    content["data"] |= wanted.tampered
    if wanted.defect == "missing signature":
        del content["sign"]
    elif wanted.defect == "true as signature":
        content["sign"] = True
    return content


_ALL = "/accounts/{user}/notifications"
OPERATIONS = (
    Operation("GET", _ALL, "List the newest notifications of an account, oldest first.", _list,
              list[NotificationRecord], query=Which,
              tool=Tool("list_notifications", "For earlier ones, pass the number of the oldest one as before.")),
    Operation("GET", f"{_ALL}/{{id}}", "Get a notification with its attempts.", _show, NotificationRecord,
              tool=Tool("get_notification", "What was sent, and what the shop answered to each attempt.",
                        "number of the notification")),
    Operation("POST", f"{_ALL}/{{id}}/resend", "Resend a notification.", _resend, NotificationRecord,
              tool=Tool("resend_notification", "It is sent at once; get_notification has the shop's answer.",
                        "number of the notification")),
    Operation("POST", f"{_ALL}/{{id}}/edit", "Send an edited copy of a notification.", _send_edited,
              NotificationRecord, EditedNotification, status=201,
              tool=NoTool("send_payment_notification and send_refund_notification change fields too.")),
    Operation("POST", f"{_ALL}/resend-failed", "Resend all notifications in the states given up and refused.",
              _resend_failed, list[NotificationRecord], tool=NoTool("resend_notification sends one.")),
    Operation("POST", "/accounts/{user}/payments/{id}/notifications",
              "Send a notification of a payment now, with chosen fields or a defect.", _notify_payment,
              NotificationRecord, NotificationRequest, status=201,
              tool=Tool("send_payment_notification", "For tests of a shop: a right one should be accepted, a forged or"
                        " changed one not.", "trade_id of the payment")),
    Operation("POST", "/accounts/{user}/refunds/{id}/notifications",
              "Send a notification of a refund now, with chosen fields or a defect.", _notify_refund,
              NotificationRecord, NotificationRequest, status=201,
              tool=Tool("send_refund_notification", "", "refund_id of the refund")),
)  # fmt: skip

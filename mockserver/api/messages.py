"""Lists, shows and resends notifications, and sends notifications with chosen fields or a defect."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from mockserver.api.operations import Address, ApiError, BadValue, Counted, Operation, Text, Visit, Word
from mockserver.api.paths import number_in
from mockserver.api.schemas import NotificationRecord
from mockserver.delivery.destination import is_web_address
from mockserver.domain.notifications.notification import Form, NotificationFaults
from mockserver.domain.notifications.outbox import StateChange, notify
from mockserver.domain.payments.payment import Payment
from mockserver.domain.payments.serialization import payment_data
from mockserver.domain.timeline import Event, Task
from mockserver.texts import shown

if TYPE_CHECKING:
    from mockserver.domain.notifications.notification import Notification, NotificationState
    from mockserver.domain.unit_of_work import AccountView, UnitOfWork

_MOST_FIELDS = 100
_LONGEST_SHOWN = 60
_UNACCEPTED: tuple[NotificationState, ...] = ("given up", "refused")


class Which(msgspec.Struct, forbid_unknown_fields=True):
    """Selects notifications by trade or payout (`timeline`) and by state."""

    timeline: str | None = None
    state: Literal["pending", "accepted", "given up", "refused"] | None = None
    limit: Counted = 100


class NotificationRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A notification of a payment to send now, with other values in some fields, in another form, or with a defect."""

    fields: Annotated[dict[Word, Text], msgspec.Meta(max_length=_MOST_FIELDS)] = {}
    form: Form = "json"
    defect: Literal["wrong signature", "not JSON", "no sign"] | None = None
    url: Address | None = None


def _newest(unit: AccountView, which: Which) -> list[Notification]:
    states = () if which.state is None else (which.state,)
    if which.timeline is None:
        return list(islice(unit.newest_notifications(*states), which.limit))[::-1]
    listed = reversed(unit.notifications(which.timeline))
    return list(islice((one for one in listed if not states or one.state in states), which.limit))[::-1]


def _list(visit: Visit) -> list[NotificationRecord]:
    with visit.app.store.read(visit.account.user) as unit:
        return [NotificationRecord.with_attempts(one, unit) for one in _newest(unit, visit.query)]


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
    unit.add_event(Event(again.timeline, now, "notification", again.number, f"{again.notified_state}, resent by hand"))
    unit.schedule(Task(now, "notification", str(again.number)))
    return again


def _resend(visit: Visit) -> NotificationRecord:
    with visit.app.store.unit(visit.account.user) as unit:
        return NotificationRecord.with_attempts(_send_again(unit, _one(visit, unit), visit.clock.now()), unit)


def _resend_failed(visit: Visit) -> list[NotificationRecord]:
    with visit.app.store.unit(visit.account.user) as unit:
        failed = [*unit.newest_notifications(*_UNACCEPTED)][::-1]
        return [NotificationRecord.with_attempts(_send_again(unit, one, visit.clock.now()), unit) for one in failed]


def _notify(visit: Visit) -> NotificationRecord:
    wanted, account, now = visit.body, visit.account, visit.clock.now()
    with visit.app.store.unit(account.user) as unit:
        payment = unit.get(Payment, visit.path["id"])
        if payment is None:
            raise ApiError(404, "No such payment", f"Account {account.user} has no payment {visit.path['id']}.")
        url = wanted.url or payment.notify_url
        if wanted.defect in {"not JSON", "no sign"} and wanted.form != "json":
            raise BadValue(f"The defect {wanted.defect!r} needs the form json, not {wanted.form}.")
        if not url:
            raise ApiError(
                422,
                "No address",
                "The payment has no notify_url. Add url to the request, such as https://shop.example/notify.",
            )
        if not is_web_address(url):
            raise BadValue(f"Expected a url such as https://shop.example/notify, not {shown(url)}.")
        faults = NotificationFaults(
            wrong_signature=wanted.defect == "wrong signature", fields=tuple(wanted.fields.items()), form=wanted.form
        )
        data = payment_data(payment, account.seed)
        notify(unit, account, StateChange("payment", payment.trade_id, payment.state, url, data, now, faults))
        made = unit.notification(unit.last_number("notifications"))
        if made is None:
            raise LookupError("the new notification is missing")
        if wanted.defect in {"not JSON", "no sign"}:
            made = made._replace(body=_broken(made.body, wanted.defect))
            unit.save_notification(made)
        return NotificationRecord.with_attempts(made, unit)


def _broken(body: bytes, defect: str) -> bytes:
    if defect == "not JSON":
        return body[:-1]
    data = json.loads(body)["data"]
    return json.dumps({"data": data}, ensure_ascii=False, separators=(",", ":")).encode()


_ALL = "/accounts/{user}/notifications"
OPERATIONS = (
    Operation("GET", _ALL, "List the newest notifications of an account, oldest first.", _list,
              list[NotificationRecord], query=Which),
    Operation("GET", f"{_ALL}/{{id}}", "Get a notification with its attempts.", _show, NotificationRecord),
    Operation("POST", f"{_ALL}/{{id}}/resend", "Resend a notification.", _resend, NotificationRecord),
    Operation("POST", f"{_ALL}/resend-failed", "Resend all notifications in the states given up and refused.",
              _resend_failed, list[NotificationRecord]),
    Operation("POST", "/accounts/{user}/payments/{id}/notifications",
              "Send a notification of a payment now, with chosen fields or a defect.", _notify,
              NotificationRecord, NotificationRequest, status=201),
)  # fmt: skip

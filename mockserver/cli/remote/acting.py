"""The commands that act on an order: pay and its siblings, refund, notify and resend."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args
from urllib.parse import quote

import click

from mockserver.api.messages import Defect, NotificationRequest
from mockserver.api.records import PaymentRecord
from mockserver.api.resources import NewState
from mockserver.api.schemas import NotificationRecord
from mockserver.cli.entries import colour_of
from mockserver.cli.lines import DIM, GREEN, YELLOW, Part, printable
from mockserver.cli.remote.calling import call_gateway, rejection
from mockserver.cli.remote.completing import complete_orders
from mockserver.cli.remote.connection import no, remote_command, say
from mockserver.cli.remote.following import Follower
from mockserver.cli.remote.lookup import ORDER, find_order
from mockserver.domain.money import amount_text, parse_amount
from mockserver.domain.notifications.notification import FORMS
from mockserver.system.words import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mockserver.api.schemas import AttemptRecord
    from mockserver.cli.remote.connection import Remote
    from mockserver.domain.notifications.notification import Form

_LONGEST_DELIVERY = "15s"
_FORCE = click.option("--force", is_flag=True, help="Allow a transition that the gateway does not have.")


def _to_state(name: str, state: str, text: str) -> click.Command:
    """A command that changes the state of an order."""

    def act(remote: Remote, order: str, *, force: bool) -> None:
        before = find_order(remote, order)
        path = f"/payments/{quote(before.trade_id, safe='')}/state"
        after = remote.post(path, PaymentRecord, NewState(state, force=force))
        shown = f"{printable(after.order_id)}  {remote.paint(after.state, colour_of(after.state))}  was {before.state}"
        remote.show(after, shown)

    about = f"{text}\n\nORDER is an order_id or a trade_id, of which the beginning is enough."
    return remote_command(ORDER, _FORCE, name=name, help=about)(act)


pay = _to_state("pay", "paid", "Have the payer pay an order.")
decline = _to_state("decline", "declined", "Have the wallet decline an order.")
fail = _to_state("fail", "failed", "Have the payment of an order fail.")
expire = _to_state("expire", "expired", "Have an order expire.")
cancel = _to_state("cancel", "cancelled", "Have the payer cancel an order.")
review = _to_state("review", "verify", "Have an order held for risk review.")


@remote_command(
    ORDER,
    click.option("--amount", metavar="AMOUNT", help="Amount to refund, such as 1.99. Default: all that is left."),
    click.option("--description", default="Refund", show_default=True, metavar="TEXT", help="Reason of the refund."),
    click.option("--refund-id", default="", metavar="ID", help="Your own id of the refund (m_refund_id)."),
)
def refund(remote: Remote, order: str, amount: str | None, description: str, refund_id: str) -> None:
    """Refund a paid order, completely or in part.

    The command calls v3.CreateRefund. ORDER is an order_id or a trade_id, of which the beginning is enough.
    """
    payment = find_order(remote, order)
    answer = call_gateway(remote, "v3.CreateRefund", refund_data(payment, amount, description, refund_id))
    if not answer.is_accepted:
        no(rejection(remote, "refund", answer))
    made, money = answer.data, f"{answer.data.get('refund_amount', '')} {payment.currency}".strip()
    words = [printable(payment.order_id), f"refund {made.get('refund_id', '')}", str(made.get("state", "")), money]
    remote.show(made, "  ".join(words))


def refund_data(payment: PaymentRecord, amount: str | None, description: str, refund_id: str = "") -> dict[str, str]:
    """The data of a request that refunds an order; without an amount, all that is left of it."""
    left = parse_amount(payment.amount) - parse_amount(payment.refunded_amount)
    data = {
        "trade_id": payment.trade_id,
        "refund_amount": amount or amount_text(left),
        "refund_currency": payment.currency,
        "refund_description": description,
    }
    return {**data, "m_refund_id": refund_id} if refund_id else data


def _fields(_context: click.Context, _parameter: click.Parameter, given: Sequence[str]) -> dict[str, str]:
    fields = dict(text.partition("=")[::2] for text in given)
    if not all("=" in text and text[0] != "=" for text in given):
        raise click.BadParameter("expected NAME=VALUE, such as amount=0.01.")
    return fields


@remote_command(
    ORDER,
    click.option("--field", "fields", multiple=True, callback=_fields, metavar="NAME=VALUE",
                 help="Another value in a field, which is signed, such as amount=0.01. Can be repeated."),
    click.option("--form", type=click.Choice(FORMS), default="json", show_default=True, help="Encoding of the body."),
    click.option("--defect", type=click.Choice(get_args(Defect)), help="What is wrong with the notification."),
    click.option("--to", "target", default="", metavar="URL", help="Where to send it. Default: its notify_url."),
)  # fmt: skip
def notify(  # noqa: PLR0913 - its flags
    remote: Remote, order: str, *, fields: dict[str, str], form: Form,
    defect: Defect | None, target: str,
) -> None:  # fmt: skip
    """Send a notification of an order now.

    ORDER is an order_id or a trade_id, of which the beginning is enough. The shop's answer is printed, and the exit
    status is 1 if the shop does not acknowledge it.
    """
    payment = find_order(remote, order)
    follower = Follower(remote)
    wanted = NotificationRequest(fields, form=form, defect=defect, url=target or None)
    path = f"/payments/{quote(payment.trade_id, safe='')}/notifications"
    _report(remote, follower, [remote.post(path, NotificationRecord, wanted)])


@remote_command(
    click.argument("order", required=False, shell_complete=complete_orders),
    click.option("--number", type=click.IntRange(1), help="Number of a notification, as in show --json."),
    click.option("--failed", is_flag=True, help="All notifications that were not accepted, instead of one."),
)
def resend(remote: Remote, order: str | None, number: int | None, *, failed: bool) -> None:
    """Resend the newest notification of an order.

    ORDER is an order_id or a trade_id, of which the beginning is enough. The shop's answer is printed, and the exit
    status is 1 if the shop does not acknowledge it.
    """
    if sum((order is not None, number is not None, failed)) != 1:
        raise click.UsageError("Give either an ORDER, or --number, or --failed.")
    if order is not None:
        trade_id = find_order(remote, order).trade_id
        sent = remote.get("/notifications", list[NotificationRecord], {"timeline": trade_id, "limit": 1})
        if not sent:
            no(f"Nothing was sent about {order} yet. Send its state with {remote.command(f'notify {quoted(order)}')}.")
        number = sent[0].number
    follower = Follower(remote)
    if failed:
        again = remote.post("/notifications/resend-failed", list[NotificationRecord])
        if not again and not remote.as_json:
            say("All notifications were accepted.")
    else:
        again = [remote.post(f"/notifications/{number}/resend", NotificationRecord)]
    _report(remote, follower, again)


def _report(remote: Remote, follower: Follower, sent: Sequence[NotificationRecord]) -> None:
    """Wait for an attempt of each notification, and print the result; exits with 1 if one was not accepted."""
    tries = {one.number: len(one.attempts) for one in sent}
    waiting = set(tries)
    while waiting:
        items = follower.news(_LONGEST_DELIVERY).items
        if not items:
            break
        waiting -= {item.number for item in items if item.kind == "attempt"}
    records = [remote.get(f"/notifications/{number}", NotificationRecord) for number in tries]
    lines = [line for one in records for line in _result(remote, one, tries[one.number])]
    remote.show(records, *lines)
    if any(len(one.attempts) == tries[one.number] or not one.attempts[-1].accepted for one in records):
        raise SystemExit(1)


def _result(remote: Remote, sent: NotificationRecord, tries: int) -> list[str]:
    head = [Part(sent.notified_state)]
    if len(sent.attempts) == tries:
        return remote.entry([*head, Part(f"not sent within {_LONGEST_DELIVERY}", YELLOW)], [Part(sent.url, DIM)])
    attempt = sent.attempts[-1]
    result = Part(_answer_of(attempt), GREEN if attempt.accepted else YELLOW)
    return remote.entry([*head, result], [Part(printable(attempt.url), DIM)])


def _answer_of(attempt: AttemptRecord) -> str:
    if attempt.status is None:
        return f"not delivered: {printable(attempt.error)}"
    answer = f"HTTP {attempt.status} {printable(attempt.answer)}".strip()
    return f"{'accepted' if attempt.accepted else 'not accepted'}: {answer} ({attempt.duration_ms} ms)"

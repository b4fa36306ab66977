"""The commands orders and show."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import click
import msgspec

from mockserver.api.journal import Journal
from mockserver.api.records import PlannedRecord
from mockserver.api.schemas import PaymentDetails
from mockserver.cli.entries import colour_of, colour_of_event
from mockserver.cli.lines import (
    BOLD,
    DIM,
    GREEN,
    INDENT,
    YELLOW,
    Part,
    clock_time,
    columns_of,
    date_and_time,
    fitted,
    instant_in,
    printable,
    wrapped,
)
from mockserver.cli.remote.connection import remote_command
from mockserver.cli.remote.lookup import ORDER, find_order, newest_orders
from mockserver.domain.notifications.notification import DELIVERY, UNDER_WAY, DeliveryOutcome
from mockserver.domain.payments.payment import EXPIRING, PAYMENT_STATES
from mockserver.durations import relative_text
from mockserver.store.search import REFUSED
from mockserver.system.words import quoted
from mockserver.texts import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mockserver.api.records import ListedPaymentRecord, PaymentRecord
    from mockserver.api.schemas import EventRecord, NotificationRecord
    from mockserver.cli.remote.connection import Remote

_TRADE, _LABEL = 8, 12
_WIDEST_ORDER, _NARROWEST_ORDER = 40, 10
_GAP, _AND = "  ", " · "


@remote_command(
    click.option("--search", metavar="TEXT", help="Any part of an order_id, a trade_id, a description or an amount."),
    click.option("--state", type=click.Choice(list(PAYMENT_STATES)), help="Only orders in this state."),
    click.option("--wallet", metavar="NAME", help="Any part of the wallet, such as ideal."),
    click.option("--method", metavar="NAME", help="Any part of the gateway's method."),
    click.option("--since", metavar="TIME", help="The first day or ISO 8601 instant, in UTC."),
    click.option("--until", metavar="TIME", help="The last day or ISO 8601 instant, in UTC."),
    click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, metavar="COUNT",
                 help="How many orders to list at most."),
)  # fmt: skip
def orders(remote: Remote, search: str | None, limit: int, **filters: str | None) -> None:
    """List the newest orders, newest first, or those that all filters select."""
    wanted = {name: text for name, text in {"q": search, **filters}.items() if text}
    listed = list(newest_orders(remote, limit, **wanted))
    if not listed and not remote.as_json:
        click.echo(_none(remote, wanted), err=True)
    remote.show(listed, *_table(remote, listed))


def _none(remote: Remote, wanted: Mapping[str, str]) -> str:
    """Why no order is listed, and where a refused one is."""
    state = f" in the state {wanted['state']}" if "state" in wanted else ""
    if wanted.keys() <= {"state"}:
        return f"Account {remote.user} has no orders{state}. Make one with {remote.command('trigger default')}."
    text = wanted.get("q")
    refusals = {"q": text, "code": REFUSED, "limit": 1}
    for one in remote.get("/exchanges", Journal, refusals).items if text else ():
        return f"No order has {shown(text or '')}; request {one.number} was refused: {printable(one.reason)}"
    return f"Account {remote.user} has no order{state} that fits. List all with {remote.command('orders')}."


def _table(remote: Remote, listed: Sequence[ListedPaymentRecord]) -> Iterator[str]:
    now = remote.now() if listed else 0
    rows = [
        ("order_id", "trade_id", "state", "amount", "wallet", "created"),
        *((printable(order.order_id), order.trade_id[:_TRADE], _with_refunds(order), f"{order.amount} {order.currency}",
           printable(order.sub_pay_method), relative_text(instant_in(order.created_at), now)) for order in listed),
    ]  # fmt: skip
    if not listed:
        return
    columns = [max(columns_of(row[place]) for row in rows) for place in range(len(rows[0]))]
    others = sum(columns[1:]) + len(_GAP) * (len(columns) - 1)
    columns[0] = min(columns[0], _WIDEST_ORDER, max(_NARROWEST_ORDER, remote.width - others))
    became = [
        "notification" if any(order.delivery for order in listed) else "",
        *(_delivered(one, now) for one in listed),
    ]
    for row, words in zip(rows, became, strict=True):
        cells = [fitted(text, columns[place]) for place, text in enumerate(row)]
        cells[3] = f"{row[3]:>{columns[3]}}"
        if row is not rows[0]:
            cells[2] = remote.paint(cells[2], colour_of(row[2].partition(_AND)[0]))
        line, fits = _GAP.join(cells), sum(columns) + len(_GAP) * len(columns) + columns_of(words) <= remote.width
        line = (f"{line}{_GAP}{words}" if fits else line).rstrip()
        yield line if row is not rows[0] else remote.paint(line, DIM)
        if not fits and row is not rows[0]:
            yield from (f"{_GAP}{below}" for below in wrapped(words, remote.width - len(_GAP)))


def _delivered(order: ListedPaymentRecord, now: int) -> str:
    """What became of the last notification of an order, as the pages show it; empty if it has none."""
    found = order.delivery
    if found is None:
        return ""
    at = None if found.next_attempt_at is None else instant_in(found.next_attempt_at)
    return DeliveryOutcome(found.state, found.attempts, at).in_words(now)


def _with_refunds(order: PaymentRecord) -> str:
    """The state of an order, with that of its refunds."""
    if order.refunded_amount in {None, "0.00"}:
        return order.state
    return f"{order.state}{_AND}refunded in {'full' if order.refunded_amount == order.amount else 'part'}"


def _delivery(last: Sequence[NotificationRecord]) -> Iterator[str]:
    """What became of the last notification of an order, in words; nothing if it has none."""
    for one in last:
        yield DELIVERY.get(one.state) or ("not acknowledged yet" if one.attempts else UNDER_WAY)


@remote_command(ORDER)
def show(remote: Remote, order: str) -> None:
    """Show an order: its state, its timeline and its notifications.

    ORDER is an order_id or a trade_id, of which the beginning is enough.
    """
    payment = find_order(remote, order)
    details, plan = details_of(remote, payment.trade_id)
    remote.show({**msgspec.structs.asdict(details), "plan": plan}, *summary(remote, details, plan))


def details_of(remote: Remote, trade_id: str) -> tuple[PaymentDetails, list[PlannedRecord]]:
    path = f"/payments/{quote(trade_id, safe='')}"
    return remote.get(path, PaymentDetails), remote.get(f"{path}/plan", list[PlannedRecord])


def summary(remote: Remote, details: PaymentDetails, plan: Sequence[PlannedRecord]) -> Iterator[str]:
    """An order with its timeline, as lines."""
    payment, now = details.payment, remote.now()
    state = _AND.join([_with_refunds(payment), *_delivery(details.notifications[-1:])])
    yield f"{remote.paint(printable(payment.order_id), BOLD)}  {remote.paint(state, colour_of(payment.state))}"
    facts = {
        "trade_id": payment.trade_id,
        "amount": f"{payment.amount} {payment.currency}",
        "method": f"{payment.method}  {printable(payment.sub_pay_method)}".rstrip(),
        "scenario": payment.scenario,
        "notify_url": printable(payment.notify_url),
        "created": date_and_time(instant_in(payment.created_at), now),
    }
    for name, fact in facts.items():
        if fact:
            first, *more = wrapped(fact, remote.width - _LABEL - 2)
            yield f"  {remote.paint(f'{name:{_LABEL}}', DIM)}{first}"
            yield from (" " * (_LABEL + 2) + line for line in more)
    yield ""
    yield from timeline_lines(remote, details.timeline, details.notifications)
    yield from _outlook(remote, details, plan, now)


def timeline_lines(
    remote: Remote, events: Iterable[EventRecord], notifications: Iterable[NotificationRecord]
) -> Iterator[str]:
    """A timeline, with the address and the result of each notification."""
    by_number = {one.number: one for one in notifications}
    for event in events:
        yield from remote.entry(*event_parts(event, by_number.get(event.reference or 0)))


def event_parts(event: EventRecord, notification: NotificationRecord | None) -> tuple[list[Part], list[Part]]:
    """The head of an entry, and what comes below it."""
    kind = "notified" if event.kind == "attempt" else "notify" if event.kind == "notification" else event.kind
    head = [Part(clock_time(instant_in(event.at)), DIM), Part(f"{kind:9}")]
    text = printable(event.text)
    if event.kind == "state":
        return [*head, Part(text, colour_of_event(event.text))], []
    if event.kind == "attempt" and notification is not None:
        colour = GREEN if event.text.startswith("accepted") else YELLOW
        return [*head, Part(text, colour)], [Part(printable(notification.url), DIM)]
    return [*head, Part(text)], []


def _outlook(remote: Remote, details: PaymentDetails, plan: Sequence[PlannedRecord], now: int) -> Iterator[str]:
    """What comes next, and the command with which it happens now."""
    for text, command in [*_planned(details.payment, plan, now), *_undelivered(details)]:
        head = [Part(f"{'next':{INDENT - 2}}", DIM), Part(text)]
        yield from remote.entry(head, [Part(f"now: {remote.command(command)}", DIM, is_whole=True)])


def _planned(payment: PaymentRecord, plan: Sequence[PlannedRecord], now: int) -> Iterator[tuple[str, str]]:
    order = quoted(printable(payment.order_id) or payment.trade_id)
    act = {"paid": "pay", "declined": "decline", "failed": "fail", "expired": "expire", "cancelled": "cancel",
           "verify": "review"}  # fmt: skip
    if not plan:
        if payment.state in EXPIRING:
            yield f"waits for its payer until {date_and_time(instant_in(payment.expires_at), now)}", f"pay {order}"
        return
    step = plan[0]
    if step.at is not None:
        when = f"at {date_and_time(instant_in(step.at), now)}"
    else:
        when = f"after {step.queries} queries by the merchant" if step.queries else "on a signal"
    yield f"{step.state} {when}", f"{act.get(step.state, 'clock advance TIME, for')} {order}"


def _undelivered(details: PaymentDetails) -> Iterator[tuple[str, str]]:
    for one in details.notifications:
        if one.state == "pending":
            again = "another try of the notification" if one.attempts else "the notification"
            yield f"{again} {one.notified_state}", f"resend --number {one.number}"

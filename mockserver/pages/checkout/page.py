"""What the checkout page shows of an order: the step that the payer is at, or how the payment ended."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import segno
from flask import request
from markupsafe import Markup, escape

from mockserver.domain.money import amount_text
from mockserver.domain.notifications.notification import describe, next_attempt
from mockserver.domain.notifications.payload import signed_body
from mockserver.domain.payments.payer import LATE_PAYMENT_DELAY, arrives_late_at, challenge_code, success_of
from mockserver.domain.payments.payment import UNPAID, UNSUCCESSFUL
from mockserver.domain.payments.serialization import as_bank_transfer, payment_data
from mockserver.domain.wallets import choices
from mockserver.gateway.fields import is_web_address
from mockserver.pages.checkout.card_form import CARD_OUTCOMES, kept_card, next_expiry, test_cards
from mockserver.pages.checkout.content import EDGE_CASES, outcomes, result_of, wallet_style
from mockserver.pages.checkout.steps import SCANNED, at, kept, step_of, with_wallet
from mockserver.pages.docs.browser_return import return_field
from mockserver.pages.rendering import address_here, render_framable_page, translated, translated_reason
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.notifications.notification import Attempt, Notification
    from mockserver.domain.payments.payment import Payment
    from mockserver.pages.checkout.steps import CheckoutStep

STATE_HEADER = "X-Sandbox-State"
"""The state of the order on a page, by which an open page notices a change."""
REVISION_HEADER = "X-Sandbox-Revision"
"""A text that changes with whatever an open page shows live: the state, a scan, the delivery of notifications."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_FINAL = UNSUCCESSFUL | {"paid"}
_UNDER_WAY = frozenset({"pending", "held"})
_NOT_SENT = {
    "held": message("held"),
    "dropped": message("dropped, as simulated"),
    "refused": message("blocked: the sandbox does not send to this address"),
}


class TimeLeft(NamedTuple):
    """Milliseconds until an instant, by the account's clock and in real time; the latter is None when that stands."""

    left: int
    real: int | None

    @property
    def text(self) -> str:
        """Hours if there are any, minutes and seconds, as the page's script goes on writing it."""
        minutes, seconds = divmod(-(-self.left // 1000), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


class ShownNotification(NamedTuple):
    """What the shop was sent and how it answered: in words, and as text; `retry` is the time until the next attempt."""

    state: str
    mood: str
    text: str
    url: str
    sent: bytes
    answer: str
    retry: TimeLeft | None


class ShownOrder(NamedTuple):
    """An order and its notifications with their attempts, at an instant of the account's clock."""

    app: Application
    account: Account
    payment: Payment
    deliveries: list[tuple[Notification, list[Attempt]]]
    scanned: bool
    now: int

    @property
    def revision(self) -> str:
        """What changes whenever the page would show something else."""
        tried = sum(len(attempts) for _, attempts in self.deliveries)
        states = "-".join(notification.state.replace(" ", "") for notification, _ in self.deliveries)
        return f"{self.payment.state}-{self.scanned:d}-{tried}-{states}"

    @property
    def is_settled(self) -> bool:
        """Whether the page has nothing more to wait for."""
        waits = any(notification.state in _UNDER_WAY for notification, _ in self.deliveries)
        return self.payment.state in _FINAL and not waits and arrives_late_at(self.payment) is None

    def until(self, instant: int) -> TimeLeft:
        """The time until an instant."""
        seconds = self.app.clocks.of(self.account.user).seconds_until(instant)
        return TimeLeft(max(0, instant - self.now), None if seconds is None else round(seconds * 1000))

    def notifications(self) -> list[ShownNotification]:
        """What the shop was sent, oldest first."""
        return [self._notification(notification, attempts) for notification, attempts in self.deliveries]

    def _notification(self, notification: Notification, attempts: list[Attempt]) -> ShownNotification:
        last = attempts[-1] if attempts else None
        retry = None
        if last is None:
            mood, text = "", translated(_NOT_SENT.get(notification.state, message("sending")))
        elif last.accepted:
            mood, text = "good", translated("answered ok in {duration} ms", duration=last.duration)
        else:
            mood, text = "bad", translated_reason(describe(last, notification.defect))
            at_instant = next_attempt(attempts, self.app.settings.retry_plan, self.now)
            if notification.state == "pending" and at_instant is not None:
                retry = self.until(at_instant)
        answer = "" if last is None or last.status is None else last.answer.decode("utf-8", "replace")
        return ShownNotification(
            notification.notified_state, mood, text, notification.url, notification.body, answer, retry
        )


def show_order(shown: ShownOrder, status: int = 200, errors: Mapping[str, str] | None = None) -> Response:
    """The page of an order; `errors` are those of the form that was sent, by field."""
    account, payment = shown.account, shown.payment
    back = payment.redirect_url if is_web_address(payment.redirect_url) else ""
    return_method = shown.app.settings.return_method
    is_unpaid = payment.state in UNPAID
    values: dict[str, Any] = {
        "payment": payment,
        "amount": amount_text(payment.amount),
        "tip": amount_text(payment.tip) if payment.tip else "",
        "shop": account.name or translated("Merchant {user}", user=account.user),
        "back": back,
        "revision": shown.revision,
        "at": at,
        "kept": kept(),
        "plain": "plain" in kept(),
    }
    if back and return_method != "get":  # the gateway's own signed bytes: nothing in them is masked
        payload = signed_body(payment_data(payment, account.seed), account.secret_key).decode()
        values["returned"] = tuple(map(escape, return_field(payload, return_method)))
    values |= _unpaid_values(shown, errors or {}) if is_unpaid else _result_values(shown)
    template = "checkout/page.html" if is_unpaid else "checkout/result.html"
    return with_state(render_framable_page(template, status, **values), shown)


def with_state(response: Response, shown: ShownOrder) -> Response:
    """A response with the headers by which an open page notices a change."""
    response.headers[STATE_HEADER] = shown.payment.state
    response.headers[REVISION_HEADER] = shown.revision
    return response


def _unpaid_values(shown: ShownOrder, errors: Mapping[str, str]) -> dict[str, Any]:
    """What the page of an order shows that can still be paid."""
    payment = shown.payment
    step = step_of(payment, has_errors=bool(errors))
    chosen = with_wallet(payment, step.wallet)
    offered = choices(chosen.sub_pay_method, payment.currency, payment.amount)
    address = address_here(shown.app) + request.path  # as another device may open it
    return {
        "step": step,
        "style": step.style,
        "wallets": [(name, wallet_style(name)) for name in offered],
        "success": success_of(payment),
        "outcomes": [one for one in outcomes(payment) if one.state != "cancelled"],
        "edge_cases": EDGE_CASES,
        "late_seconds": LATE_PAYMENT_DELAY // 1000,
        "errors": errors,
        "scanned": shown.scanned,
        "expires": shown.until(payment.expires_at),
        "address": address,
        "qr_code": _qr_code(f"{address}?{urlencode(kept(wallet=step.wallet, **{SCANNED: '1'}))}"),
        "is_local": urlsplit(address).hostname in _LOOPBACK,
    } | _flow_values(shown, chosen, step, errors)


def _flow_values(shown: ShownOrder, chosen: Payment, step: CheckoutStep, errors: Mapping[str, str]) -> dict[str, Any]:
    """What a card form, a bank's confirmation and a transfer show beside the rest."""
    if step.flow == "card":
        return {
            "test_cards": test_cards(chosen.sub_pay_method),
            "card_outcomes": CARD_OUTCOMES,
            "expiry": next_expiry(shown.now),
            "typed": kept_card(request.form, errors),
            "asks_for_cvc": chosen.sub_pay_method != "Bancontact",
        }
    if step.flow == "challenge" and chosen.card is not None:
        return {"code": challenge_code(chosen.card), "typed": {"code": request.form.get("code", "")}}
    return {"transfer": as_bank_transfer(chosen, shown.account.seed)} if step.flow == "transfer" else {}


def _result_values(shown: ShownOrder) -> dict[str, Any]:
    """What the page of an order shows that is over."""
    late = arrives_late_at(shown.payment)
    return {
        "result": result_of(shown.payment),
        "style": wallet_style(shown.payment.sub_pay_method),
        "notifications": shown.notifications(),
        "is_settled": shown.is_settled,
        "arrives": None if late is None else shown.until(late),
    }


@lru_cache(maxsize=256)
def _qr_code(text: str) -> Markup:
    # A quarter of the code may be hidden, as the wallet's sign lies over its middle.
    code = segno.make(text, error="q", micro=False)
    return Markup(code.svg_inline(border=2, omitsize=True, svgclass="code", lineclass=None))  # noqa: S704 - black squares

"""Forms that send a signed request of the account through the gateway: a test order, a refund, a capture."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask import redirect, request, url_for

from mockserver.api.paths import DASHBOARD_PATH
from mockserver.domain.accounts import MAX_INSTANT
from mockserver.domain.codes import SUCCESS
from mockserver.domain.payments.payment import Payment
from mockserver.domain.unit_of_work import Choice
from mockserver.gateway.example import DOCUMENTED_DATA, DOCUMENTED_METHOD, curl_line
from mockserver.pages.actions import failed_note, page_of_form
from mockserver.pages.notes import PRESSED, FormNote, leave_note
from mockserver.pages.rendering import address_here, find_account, find_order, translated, translated_reason
from mockserver.pages.sending import present_request, send_request
from mockserver.signing.signature import signed_request
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Blueprint
    from werkzeug.wrappers import Response as BaseResponse

    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.timeline import Exchange


class GatewayForm(NamedTuple):
    """The last part of the path that the form posts to, the method, its data, and what is said if it is accepted."""

    name: str
    method: str
    data: Callable[[Payment, Mapping[str, str]], dict[str, str]]
    success: str


def _refund(payment: Payment, form: Mapping[str, str]) -> dict[str, str]:
    return {
        "trade_id": payment.trade_id,
        "refund_amount": form.get("refund_amount", ""),
        "refund_currency": payment.currency,
        "refund_description": form.get("refund_description", ""),
    }


def _capture(payment: Payment, form: Mapping[str, str]) -> dict[str, str]:
    return {
        "trade_id": payment.trade_id,
        "amount": form.get("captured_amount", ""),
        "currency": payment.currency,
        "description": payment.description,
        "notify_url": payment.notify_url,
        "request_id": f"capture-{payment.trade_id}-{form.get('captured_amount', '')}"[:64],
    }


def _cancel(payment: Payment, _form: Mapping[str, str]) -> dict[str, str]:
    return {"trade_id": payment.trade_id}


GATEWAY_FORMS = (
    GatewayForm("refund", "v3.CreateRefund", _refund, message("The gateway accepted the refund.")),
    GatewayForm("capture", "v3.Capture", _capture, message("The gateway captured the payment.")),
    GatewayForm("cancel", "v3.CancelPayment", _cancel, message("The gateway cancelled the payment.")),
)

_ALL = Choice(0, MAX_INSTANT, None, 0, 1)


def add_gateway_forms(app: Application, dashboard: Blueprint) -> None:
    """Add the paths that the forms post to."""
    for form in GATEWAY_FORMS:
        rule = f"{DASHBOARD_PATH}/accounts/<user>/orders/<trade_id>/{form.name}"
        dashboard.add_url_rule(rule, f"{form.name} form", _create_view(app, form), methods=["POST"])
    rule = f"{DASHBOARD_PATH}/accounts/<user>/test-order"
    dashboard.add_url_rule(rule, "test order form", _create_test_order_view(app), methods=["POST"])


def _create_view(app: Application, form: GatewayForm) -> Callable[..., BaseResponse]:
    """The view that a form about an order posts to."""

    def view(user: str, trade_id: str) -> BaseResponse:
        account = find_account(app, user)
        with app.store.read(user) as view:
            payment = find_order(view, trade_id)
        exchange = _sent(app, account, form.method, form.data(payment, request.form))
        if exchange.code == SUCCESS:
            leave_note(FormNote(request.form.get(PRESSED, ""), translated(form.success)))
        else:
            leave_note(failed_note(app, _refusal(exchange)))
        return redirect(page_of_form(), 303)

    return view


def _create_test_order_view(app: Application) -> Callable[[str], BaseResponse]:
    """The view of the button that creates a test order, which leads to the order."""

    def view(user: str) -> BaseResponse:
        account = find_account(app, user)
        exchange = _sent(app, account, DOCUMENTED_METHOD, _test_order(app, account))
        if exchange.trade_id:
            return redirect(url_for("dashboard.order", user=user, trade_id=exchange.trade_id), 303)
        leave_note(failed_note(app, _refusal(exchange)))
        return redirect(page_of_form(), 303)

    return view


def _test_order(app: Application, account: Account) -> dict[str, str]:
    """The data of an order, of which the sandbox's example merchant is notified."""
    with app.store.read(account.user) as view:
        number = view.count(Payment, _ALL) + 1
    return {**DOCUMENTED_DATA, "order_id": f"TEST-{number}", "amount": "24.99", "description": "Test order"}


def test_order_curl(app: Application, account: Account) -> str:
    """The shell command that creates a test order of an account."""
    return curl_line(address_here(app), _signed(app, account, DOCUMENTED_METHOD, _test_order(app, account)))


def _signed(app: Application, account: Account, method: str, data: Mapping[str, str]) -> bytes:
    return signed_request(present_request(app, account.user, method, data), account.secret_key)


def _sent(app: Application, account: Account, method: str, data: Mapping[str, str]) -> Exchange:
    return send_request(app, _signed(app, account, method, data))


def _refusal(exchange: Exchange) -> str:
    """What the gateway refused, in a sentence; without a code, a scenario played a fault instead of an answer."""
    reason = translated_reason(exchange.reason) if exchange.reason else ""
    return translated("The gateway answered {code}: {reason}", code=exchange.code or "-", reason=reason)

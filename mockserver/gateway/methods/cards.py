"""Card payments and their capture (protocol.md 3.11, 3.12)."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, NamedTuple

from mockserver import identity
from mockserver.domain.calendar import day_of
from mockserver.domain.cards import DEFAULT_CARD, ONE_TIME_TOKENS, TEST_CARDS, CardToken, CardUse, last_four
from mockserver.domain.limits import LOW_VALUE
from mockserver.domain.money import amount_text, parse_amount
from mockserver.domain.payments.transitions import PAYMENT
from mockserver.domain.states import IllegalTransitionError, Transition
from mockserver.domain.timeline import Event
from mockserver.domain.wallets import APPLE_PAY, CARD, CARD_PAGE, CARD_TOKEN, GOOGLE_PAY
from mockserver.evidence import Fact
from mockserver.gateway import parameters
from mockserver.gateway.errors import FieldInvalid, FieldMissing, RuleBroken
from mockserver.gateway.fields import amount_rule
from mockserver.gateway.method import Call, Method, MethodResult
from mockserver.gateway.methods.creating import (
    ORDER,
    PAID_AFTER_DELAY,
    URL,
    WAITS_FOR_PAYER,
    CreationOptions,
    create,
    created,
    use_once,
    with_page,
)
from mockserver.gateway.methods.orders import order_of
from mockserver.scenarios.scenario import default_steps
from mockserver.signing.php import NotJsonError, parse
from mockserver.texts import message

if TYPE_CHECKING:
    from mockserver.domain.cards import CardOutcome
    from mockserver.scenarios.scenario import Step

_SALE, _AUTHORISATION = "1", "2"
_TOKEN_ONLY, _TOKEN_AND_SALE, _TOKEN_AND_AUTHORISATION = "10", "11", "12"
_AUTHORISATIONS = frozenset({_AUTHORISATION, _TOKEN_AND_AUTHORISATION})
_MAKES_TOKEN = frozenset({_TOKEN_ONLY, _TOKEN_AND_SALE, _TOKEN_AND_AUTHORISATION})
_OPERATIONS = {
    CARD_PAGE.name: frozenset({_SALE, _AUTHORISATION, *_MAKES_TOKEN}),
    CARD.name: frozenset({_SALE, _AUTHORISATION, *_MAKES_TOKEN}),
    CARD_TOKEN.name: frozenset({_TOKEN_AND_SALE, _TOKEN_AND_AUTHORISATION}),
    APPLE_PAY.name: frozenset({_SALE, _AUTHORISATION}),
    GOOGLE_PAY.name: frozenset({_SALE, _AUTHORISATION}),
}
_WITH, _EXEMPTED = "01", "03"
_CARD_MEMBERS = ("card_holder", "card_number", "expiration_month", "expiration_year", "cvc")


class _Card(NamedTuple):
    brand: str
    last_four: str
    outcome: CardOutcome


def _create_card_payment(call: Call) -> MethodResult:
    call = _with_defaults(call)
    _check_operation(call)
    use_once(call, "request_id")
    typed = "cardinfo" in call.sent or "payment_token_object" in call.sent
    if call.sent["sub_pay_method"] == CARD_PAGE.name and not typed:
        return create(call, _options(call, _test_card(DEFAULT_CARD), WAITS_FOR_PAYER), with_page)
    card = _card(call)
    with_payer = call.sent["3ds_initiate"] == _WITH
    if card.outcome == "challenged" and with_payer:
        return create(call, _options(call, card, WAITS_FOR_PAYER), with_page)
    return create(call, _options(call, card, _course(card)))


def _with_defaults(call: Call) -> Call:
    """Creating only a token charges nothing, so amount, currency and description are optional for it."""
    if call.sent["operation"] == _TOKEN_ONLY:
        defaults = {"amount": "0.00", "currency": "EUR", "description": ""}
        return call._replace(sent={**defaults, **call.sent})
    missing = [name for name in ("amount", "currency", "description") if name not in call.sent]
    if missing:
        raise FieldMissing(*missing)
    broken = amount_rule(call.sent["amount"], call.sent)
    if broken:
        raise FieldInvalid("amount", broken, call.sent["amount"])
    return call


def _check_operation(call: Call) -> None:
    sent = call.sent
    wallet, operation, initiate = sent["sub_pay_method"], sent["operation"], sent["3ds_initiate"]
    if operation not in _OPERATIONS[wallet]:
        allowed = ", ".join(sorted(_OPERATIONS[wallet], key=int))
        raise FieldInvalid(
            "operation",
            message("must be one of {allowed} for {wallet}").format(allowed=allowed, wallet=wallet),
            operation,
        )
    if operation in _MAKES_TOKEN and wallet != CARD_TOKEN.name and initiate != _WITH:
        raise FieldInvalid(
            "3ds_initiate", message("must be {required} if a token is created").format(required=_WITH), initiate
        )
    if initiate == _EXEMPTED:
        if "sca_exemption" not in sent:
            raise FieldMissing("sca_exemption")
        if sent["currency"] == "EUR" and parse_amount(sent["amount"]) > LOW_VALUE:
            raise FieldInvalid(
                "amount",
                message("must be at most EUR {amount} with sca_exemption LowValue").format(
                    amount=amount_text(LOW_VALUE)
                ),
                sent["amount"],
            )


def _course(card: _Card) -> tuple[Step, ...]:
    """The default steps of a card payment; a challenge without a payer is declined."""
    if card.outcome == "approved":
        return PAID_AFTER_DELAY
    return default_steps("failed" if card.outcome == "failed" else "declined")


def _options(call: Call, card: _Card, steps: tuple[Step, ...]) -> CreationOptions:
    operation, seed = call.sent["operation"], call.account.seed
    with_payer = call.sent["3ds_initiate"] == _WITH
    makes_token = operation in _MAKES_TOKEN and call.sent["sub_pay_method"] != CARD_TOKEN.name
    use = CardUse(
        brand=card.brand,
        last_four=card.last_four,
        outcome=card.outcome,
        three_d_secure=with_payer,
        three_d_secure_id=identity.authentication_id(seed, call.exchange) if with_payer else "",
        token=identity.token(seed, "card_token", call.exchange) if makes_token else "",
    )
    return CreationOptions(steps, operation in _AUTHORISATIONS, use, operation != _TOKEN_ONLY)


def _card(call: Call) -> _Card:
    sent = call.sent
    wallet = sent["sub_pay_method"]
    if "cardinfo" in sent and wallet in {CARD.name, CARD_PAGE.name}:
        return _typed_card(call, sent["cardinfo"])
    token = sent.get("payment_token_object", "")
    if not token:
        needed = "cardinfo or payment_token_object" if wallet == CARD.name else "payment_token_object"
        raise FieldMissing(needed)
    if wallet in {APPLE_PAY.name, GOOGLE_PAY.name}:
        return _wallet_card(call, token)
    if wallet == CARD_TOKEN.name:
        kept = call.unit.get(CardToken, token)
        if kept is None:
            raise FieldInvalid(
                "payment_token_object", message("must be a token that this account received in a notification")
            )
        return _Card(kept.brand, kept.last_four, kept.outcome)
    if token not in ONE_TIME_TOKENS:
        raise FieldInvalid(
            "payment_token_object",
            message("must be a test token of the front-end plug-in: {choices}").format(
                choices=", ".join(ONE_TIME_TOKENS)
            ),
        )
    return _test_card(ONE_TIME_TOKENS[token])


def _typed_card(call: Call, text: str) -> _Card:
    try:
        info = parse(text.encode())
    except NotJsonError:
        info = None
    if not isinstance(info, dict):
        raise FieldInvalid(
            "cardinfo",
            message("must be the JSON text of an object with {choices}").format(choices=", ".join(_CARD_MEMBERS)),
        )
    makes_token = call.sent["operation"] in _MAKES_TOKEN
    required = (*_CARD_MEMBERS, "emial") if makes_token else _CARD_MEMBERS
    texts = {name: str(info[name]) for name in required if isinstance(info.get(name), str) and info[name] != ""}
    missing = [name for name in required if name not in texts]
    if missing:
        raise FieldMissing(*missing, where=" in cardinfo")
    _check_expiry(call, texts["expiration_month"], texts["expiration_year"])
    if not re.fullmatch("[0-9]{3,4}", texts["cvc"]):
        raise RuleBroken(message("cardinfo.cvc must be three or four digits."), field="cardinfo")
    return _test_card(texts["card_number"].replace(" ", "").replace("-", ""))


def _check_expiry(call: Call, month: str, year: str) -> None:
    if not re.fullmatch("0[1-9]|1[0-2]", month):
        raise RuleBroken(message("cardinfo.expiration_month must be 01 to 12."), field="cardinfo")
    if not re.fullmatch("20[0-9]{2}", year):
        raise RuleBroken(message("cardinfo.expiration_year must be a year such as 2030."), field="cardinfo")
    today = day_of(call.now)
    if (int(year), int(month)) < (today.year, today.month):
        raise RuleBroken(
            message("The card expired in {month}/{year}; use a future month.").format(month=month, year=year),
            field="cardinfo",
        )


def _test_card(number: str) -> _Card:
    card = TEST_CARDS.get(number)
    if card is None:
        raise RuleBroken(
            message("The sandbox accepts only test cards, such as {card}; the number sent is not one of them.").format(
                card=DEFAULT_CARD
            ),
            message("It ends in {digits}.").format(digits=last_four(number))
            if re.fullmatch("[0-9]{12,19}", number)
            else "",
        )
    return _Card(card.brand, last_four(number), card.outcome)


def _wallet_card(call: Call, token: str) -> _Card:
    """The test card for an Apple Pay or Google Pay token, which only the wallet could decrypt."""
    wallet = call.sent["sub_pay_method"]
    content = _wallet_token(token)
    if content is None:
        raise FieldInvalid(
            "payment_token_object",
            message("must be the {wallet} token: a JSON object, or its base64").format(wallet=wallet),
        )
    if wallet == GOOGLE_PAY.name and b"PAN_ONLY" in content and call.sent["3ds_initiate"] != _WITH:
        raise RuleBroken(
            message("A PAN_ONLY credential of Google Pay needs 3ds_initiate {required}.").format(required=_WITH),
            field="3ds_initiate",
        )
    return _test_card(DEFAULT_CARD)


def _wallet_token(token: str) -> bytes | None:
    try:
        content = token.encode() if token.startswith("{") else base64.b64decode(token, validate=True)
        return content if isinstance(parse(content), dict) else None
    except (NotJsonError, binascii.Error, ValueError):
        return None


def _capture(call: Call) -> MethodResult:
    payment, sent = order_of(call), call.sent
    if sent["currency"] != payment.currency:
        raise FieldInvalid(
            "currency", message("must be {currency}, as authorised").format(currency=payment.currency), sent["currency"]
        )
    amount = parse_amount(sent["amount"])
    if payment.state == "authorized" and amount > payment.authorized:
        raise FieldInvalid(
            "amount",
            message("must be at most {currency} {amount}, the authorised amount").format(
                currency=payment.currency, amount=amount_text(payment.authorized)
            ),
            sent["amount"],
        )
    if payment.authorized and payment.state == "paid":
        raise RuleBroken(
            message("Trade {trade_id} is already captured, and can be captured only once.").format(
                trade_id=payment.trade_id
            )
        )
    if payment.authorized and payment.state == "expired":
        raise RuleBroken(
            message("The authorisation of trade {trade_id} expired after 30 days.").format(trade_id=payment.trade_id)
        )
    if payment.state != "authorized":
        raise RuleBroken(
            message("Trade {trade_id} is {state} and cannot be captured; only an authorized trade can.").format(
                trade_id=payment.trade_id, state=payment.state
            )
        )
    use_once(call, "request_id")
    call.unit.add_event(Event(payment.trade_id, call.now, "request", call.exchange, call.method.name))
    captured = payment._replace(amount=amount, notify_url=sent.get("notify_url") or payment.notify_url, plan=())
    try:
        paid = PAYMENT.transition(call.unit, call.account, captured, Transition("paid", call.now))
    except IllegalTransitionError as error:
        raise RuleBroken.because(error) from error
    data = {
        "order_id": paid.order_id,
        "trade_id": paid.trade_id,
        "amount": sent["amount"] if call.rules.show_amount is None else call.rules.show_amount(sent["amount"]),
        "currency": paid.currency,
        "state": paid.state,
    }
    return MethodResult(data, paid.trade_id, paid.scenario)


_CARD_ORDER = (
    parameters.PAY_METHOD, parameters.SUB_PAY_METHOD, parameters.OPERATION, parameters.ORDER_ID,
    parameters.THREE_DS_INITIATE, parameters.SCA_EXEMPTION, parameters.CARD_AMOUNT,
    *(field.optional for field in ORDER[2:4]),
    parameters.FORM_TYPE, parameters.DEMO, parameters.TIMEOUT, parameters.REDIRECT_URL, parameters.NOTIFY_URL,
    parameters.REQUEST_ID, parameters.CARD_INFO, parameters.PAYMENT_TOKEN,
)  # fmt: skip

METHODS = (
    Method(
        name="v3.CreateCardPayments",
        summary="Creates a card payment: on the gateway's page, with card data, a token, Apple Pay or Google Pay.",
        source="3.11",
        fields=_CARD_ORDER,
        handle=_create_card_payment,
        answer=created(URL._replace(when="if the payer must open a page", source="3.11")),
        reference="order_id",
        pay_methods=("online",),
        wallets=(CARD_PAGE, CARD, CARD_TOKEN, APPLE_PAY, GOOGLE_PAY),
    ),
    Method(
        name="v3.Capture",
        summary="Captures an authorised card payment, once and within 30 days, up to the authorised amount.",
        source="3.12",
        fields=(
            parameters.TRADE_ID, parameters.CAPTURED_AMOUNT, parameters.CURRENCY, parameters.DESCRIPTION,
            parameters.NOTIFY_URL, parameters.REQUEST_ID,
        ),
        handle=_capture,
        answer=created(),
        changes_state=True,
    ),
)  # fmt: skip

EVIDENCE = (
    Fact("v3.CreateCardPayments", "Its fields, operations and 3-D Secure modes.", "documented", "3.11"),
    Fact("v3.CreateCardPayments", "amount, currency and description are optional with operation 10, which charges"
         " nothing.", "assumed", "3.11 UNSEEN"),
    Fact("v3.CreateCardPayments", "Cards HPP also accepts cardinfo, and creates tokens on the page with operations 10"
         " to 12.", "assumed", "3.11: EN cards/card, and hpptoken UNSEEN"),
    Fact("v3.CreateCardPayments", "Answers with the common keys, and with url if the payer must open a page.",
         "assumed", "3.11 UNSEEN"),
    Fact("v3.CreateCardPayments", "A card that requires a challenge is declined without 3-D Secure.", "assumed",
         "3.11 UNSEEN"),
    Fact("v3.CreateCardPayments", "PAN_ONLY of Google Pay needs 3ds_initiate 01.", "documented", "3.11"),
    Fact("payment_token_object", "A token arrives by notification and is sent back for later payments.", "documented",
         "3.11"),
    Fact("payment_token_object", "An invalid token is -1000.", "assumed", "3.11: the code is UNSEEN"),
    Fact("form_type", "Both values lead to the same page, which can be shown in an iframe.", "assumed", "3.11"),
    Fact("3ds_status", "Y authenticated, C challenge required, N not authenticated.", "assumed",
         "4.1 shows A, C, D and I; the letters of EMV 3-D Secure"),
    Fact("v3.Capture", "Its fields and rules.", "documented", "3.12"),
    Fact("v3.Capture", "The trade keeps its trade_id; the answer has amount as sent, currency and state.", "assumed",
         "3.12"),
    Fact("v3.Capture", "Paid at once; amount is the captured amount, and later notifications are sent to its"
         " notify_url.", "assumed", "3.12 UNSEEN"),
)  # fmt: skip

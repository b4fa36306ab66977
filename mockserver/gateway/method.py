"""The types of the gateway's methods and their handlers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from mockserver.domain.money import amount_text, parse_amount
from mockserver.domain.payments.transitions import PAYMENT
from mockserver.gateway.errors import FieldInvalid, PayMethodUnsupported, quoted
from mockserver.gateway.fields import FieldPlan
from mockserver.scenarios.scenario import default_steps
from mockserver.texts import message

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mockserver.domain.accounts import Account
    from mockserver.domain.lifecycle import Kind
    from mockserver.domain.unit_of_work import AccountView, UnitOfWork
    from mockserver.domain.wallets import Wallet
    from mockserver.evidence import DataField
    from mockserver.gateway.errors import Refusal
    from mockserver.gateway.fields import Field
    from mockserver.gateway.request import Envelopes
    from mockserver.scenarios.scenario import Scenario, Step
    from mockserver.signing.php import Value
    from mockserver.store.contract import Store


class GatewayRules(NamedTuple):
    """The configuration of a gateway, as `mockserver.gateway.profile` makes it; times are in milliseconds.

    `pages` returns the base address of the payers' pages for the origin that a request was sent to.
    `duplicate_orders` is `accept`, `return` or `refuse`, for an order_id that was used before. `max_clock_skew` is 0
    for no limit. `failure` returns the code, message and HTTP status of a refusal. `show_amount` makes the amount of an
    answer from the one that was sent, None for as it was sent. `find_method` replaces the usual function, if there is
    one.
    """

    pay_delay: int
    pages: Callable[[str], str]
    duplicate_orders: str
    max_clock_skew: int
    envelopes: Envelopes
    failure: Callable[[Refusal], tuple[str, str, int]]
    show_amount: Callable[[str], str] | None
    find_method: Callable[[str, Mapping[str, Value]], Method] | None


class Call(NamedTuple):
    """A request that has passed all checks, for a handler.

    `sent` has the texts of the method's fields, `exchange` is the number of the request in the journal. `reached`
    is the origin that the request was sent to.
    """

    account: Account
    method: Method
    time: str
    sent: Mapping[str, str]
    scenario: Scenario
    now: int
    rules: GatewayRules
    exchange: int
    unit: UnitOfWork
    store: Store
    reached: str = ""

    def open_view(self) -> AbstractContextManager[AccountView]:
        """Open a view of the account, after the unit of work."""
        return self.store.read(self.account.user)

    def steps(self, default: tuple[Step, ...] | None = None) -> tuple[Step, ...]:
        """The steps of the object that this call creates: those of the scenario, or the default of its kind."""
        scripted = self.scenario.parts.get(self.method.kind.part)
        if scripted is not None:
            return scripted
        return default_steps(*self.method.kind.default_states) if default is None else default


class Export(NamedTuple):
    """An answer that is sent in pieces: a file or a long list."""

    content_type: str
    pieces: Iterator[bytes]
    filename: str = ""


class MethodResult(NamedTuple):
    """The result of a handler: the `data` of the envelope, and the trade and its scenario.

    An export replaces the envelope; `integer_code` writes the code as a number.
    """

    data: dict[str, Any]
    trade_id: str = ""
    scenario: str = ""
    export: Export | None = None
    integer_code: bool = False


Handler = Callable[[Call], MethodResult]


@dataclass(frozen=True, eq=False)
class Method:
    """One method of the gateway, or one command of a method that has several.

    `wallets` are the supported values of sub_pay_method and `pay_methods` those of pay_method; empty if the method has
    no such field. `reference` is the field with the merchant's reference of the created object; empty if the method
    creates none. `kind` is the kind of the object, `changes_state` says whether the method changes an existing one.
    `exact_wallets` compares wallets with their case. `source` is a section of protocol.md. `answer` are the fields of
    `data` in its answer or, if it `exports`, the columns of its CSV file.
    """

    name: str
    summary: str
    source: str
    fields: tuple[Field, ...]
    handle: Handler
    pay_methods: tuple[str, ...] = ()
    wallets: tuple[Wallet, ...] = ()
    command: str = ""
    reference: str = ""
    kind: Kind[Any] = PAYMENT
    super_admin_only: bool = False
    exact_wallets: bool = False
    answer: tuple[DataField, ...] = ()
    changes_state: bool = False
    exports: bool = False

    @cached_property
    def field_plan(self) -> FieldPlan:
        return FieldPlan(self.fields, " in data")

    @cached_property
    def known_names(self) -> frozenset[str]:
        """The names of its fields, and of the command in both spellings if it has one."""
        return frozenset([field.name for field in self.fields] + (["command", "commond"] if self.command else []))

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """The names of its fields that are web addresses."""
        return tuple(field.name for field in self.fields if field.name in {"notify_url", "redirect_url"})

    @property
    def notified(self) -> tuple[DataField, ...]:
        """The fields of the `data` of the notifications that follow a call; none if it only reads."""
        return self.kind.notified if self.reference or self.changes_state else ()

    @property
    def title(self) -> str:
        """The name and the command, if the method has one."""
        return f"{self.name} {self.command}".strip()

    def take_pay_method(self, sent: dict[str, str]) -> dict[str, str]:
        """The fields, with the wallet in its documented spelling; wallets are compared without case.

        Raises:
            PayMethodUnsupported: this method does not support the pay_method or the wallet.
            RuleBroken: the wallet does not support the amount or the currency.
        """
        pay_method, named = sent.get("pay_method"), sent.get("sub_pay_method")
        if self.pay_methods and pay_method is not None and pay_method not in self.pay_methods:
            self._refuse("pay_method", self.pay_methods, pay_method)
        if not self.wallets or (named is None and len(self.wallets) > 1):
            return sent
        wallet = self.wallets[0] if named is None else self._wallet(named)
        _check_money(wallet, sent)
        return sent if named == wallet.name else {**sent, "sub_pay_method": wallet.name}

    def _wallet(self, named: str) -> Wallet:
        for wallet in self.wallets:
            if wallet.name == named:
                return wallet
        folded = "" if self.exact_wallets else named.casefold()
        for wallet in self.wallets:
            if folded in {known.casefold() for known in (wallet.name, *wallet.also)}:
                return wallet
        return self._refuse("sub_pay_method", tuple(wallet.name for wallet in self.wallets), named)

    def _refuse(self, name: str, choices: tuple[str, ...], text: str) -> NoReturn:
        raise PayMethodUnsupported(
            message("{method} supports {field} {choices}, not {value}.").format(
                method=self.name, field=name, choices=" or ".join(choices), value=quoted(text)
            ),
            fields=(name,),
        )


def _check_money(wallet: Wallet, sent: Mapping[str, str]) -> None:
    currency, amount = sent.get("currency", ""), sent.get("amount")
    if amount is None:
        return
    if wallet.currencies and currency not in wallet.currencies:
        raise FieldInvalid(
            "currency",
            message("must be {choices} for {name}").format(choices=" or ".join(wallet.currencies), name=wallet.name),
            currency,
        )
    smallest = wallet.smallest.get(currency, 0)
    if parse_amount(amount) < smallest:
        raise FieldInvalid(
            "amount",
            message("must be at least {currency} {amount} for {name}").format(
                currency=currency, amount=amount_text(smallest), name=wallet.name
            ),
            amount,
        )

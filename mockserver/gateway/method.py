"""What a method of the gateway is: its fields, the wallets it takes, and its handler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from mockserver.gateway.errors import PayMethodUnsupported
from mockserver.gateway.fields import Field, quoted

if TYPE_CHECKING:
    from mockserver.scenarios.scenario import Scenario
    from mockserver.store.contract import Account, UnitOfWork


class Call(NamedTuple):
    """A request that has passed every check, as a handler sees it.

    `sent` holds the texts of the method's fields, `exchange` the number under which the journal
    will keep the request, `pay_delay` milliseconds.
    """

    account: Account
    method: str
    sent: Mapping[str, str]
    scenario: Scenario
    now: int
    pay_delay: int
    exchange: int
    unit: UnitOfWork


class Outcome(NamedTuple):
    """What a handler answers: the `data` of the envelope, and the trade and scenario that it is about."""

    data: dict[str, Any]
    trade_id: str
    scenario: str


Handler = Callable[[Call], Outcome]


class Method(NamedTuple):
    """One method of the gateway.

    `wallets` are the values of sub_pay_method that it takes and `pay_methods` those of pay_method;
    empty where the method has no such field. `source` is the section of protocol.md.
    """

    name: str
    summary: str
    source: str
    fields: tuple[Field, ...]
    handle: Handler
    pay_methods: tuple[str, ...] = ()
    wallets: tuple[str, ...] = ()

    def take_pay_method(self, sent: dict[str, str]) -> dict[str, str]:
        """The fields with the wallet in its documented spelling; wallets compare without case.

        Raises:
            PayMethodUnsupported: this method does not take the pay_method or the wallet.
        """
        pay_method, wallet = sent.get("pay_method"), sent.get("sub_pay_method")
        if self.pay_methods and pay_method is not None and pay_method not in self.pay_methods:
            self._refuse("pay_method", self.pay_methods, pay_method)
        if not self.wallets or wallet is None or wallet in self.wallets:
            return sent
        known = next((known for known in self.wallets if known.casefold() == wallet.casefold()), None)
        if known is None:
            self._refuse("sub_pay_method", self.wallets, wallet)
        return {**sent, "sub_pay_method": known}

    def _refuse(self, name: str, choices: tuple[str, ...], text: str) -> NoReturn:
        raise PayMethodUnsupported(f"{self.name} takes {name} {' or '.join(choices)}, not {quoted(text)}.")

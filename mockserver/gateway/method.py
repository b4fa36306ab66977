"""What a method of the gateway is: its fields, the wallets it takes, and its handler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.gateway.errors import PayMethodUnsupported
from mockserver.gateway.fields import Field, quoted

if TYPE_CHECKING:
    from mockserver.scenarios.scenario import Scenario
    from mockserver.store.contract import Account, UnitOfWork


class Call(NamedTuple):
    """A request that has passed every check, as a handler sees it.

    `fields` holds the texts of the method's fields, `exchange` the number under which the journal
    will keep the request, `pay_delay` milliseconds.
    """

    account: Account
    method: str
    fields: Mapping[str, str]
    scenario: Scenario
    now: int
    pay_delay: int
    exchange: int
    unit: UnitOfWork


class Outcome(NamedTuple):
    """What a handler answers: the `data` of the envelope, and the trade that it is about."""

    data: dict[str, Any]
    trade_id: str


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

    def check_pay_method(self, fields: Mapping[str, str]) -> None:
        """Refuse a pay_method or wallet that this method does not take; wallets compare without case.

        Raises:
            PayMethodUnsupported: one of them is not taken.
        """
        taken = (("pay_method", self.pay_methods), ("sub_pay_method", self.wallets))
        for name, choices in taken:
            text = fields.get(name)
            if text is not None and choices and text.casefold() not in map(str.casefold, choices):
                raise PayMethodUnsupported(f"{self.name} takes {name} {' or '.join(choices)}, not {quoted(text)}.")

"""Seed files: accounts to create at the start, with payments in chosen states.

Each mistake in a file is reported with its line. An account that the database already has is not changed.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import yaml

from mockserver import identity
from mockserver.api.accounts import NewClock, clock_setting, make_account
from mockserver.api.operations import ApiError
from mockserver.clock import REAL, ClockKind, instant_shown
from mockserver.delivery.destination import is_web_address
from mockserver.domain.accounts import Account, Role
from mockserver.domain.money import CURRENCIES, parse_amount
from mockserver.domain.payments.payment import PAYMENT_STATES, Payment
from mockserver.domain.payments.transitions import PAYMENT, begin_payment
from mockserver.domain.states import Transition
from mockserver.gateway.methods import ALL_METHODS
from mockserver.masking import HIDDEN, Secrets
from mockserver.scenarios.yaml_files import (
    FileProblem,
    ListOf,
    Member,
    Node,
    Object,
    Parsed,
    Report,
    Text,
    Word,
    YamlFileError,
    read_yaml,
)
from mockserver.texts import LONGEST, is_segment, parse_user, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mockserver.app import Application
    from mockserver.domain.payments.payment import State
    from mockserver.domain.unit_of_work import UnitOfWork

_DAY = 24 * 60 * 60_000
_LARGEST_FILE = 4 * 1024 * 1024
_MOST_ACCOUNTS, _MOST_PAYMENTS = 1_000, 10_000
_LONGEST_TEXT = 10_000


class SeedPayment(NamedTuple):
    """A payment to create; an empty `trade_id` is drawn from the account's seed."""

    order_id: str
    amount: int
    currency: str = "EUR"
    state: State = "paid"
    trade_id: str = ""
    sub_pay_method: str = "Alipay"
    description: str = "Seeded"
    demo: str = ""
    notify_url: str = ""


class SeedAccount(NamedTuple):
    """An account to create, with its payments."""

    user: str
    secret_key: str
    name: str = ""
    role: Role = "super admin"
    scenario: str = ""
    seed: str = ""
    opening_balance: int = parse_amount("10000.00")
    clock: NewClock | None = None
    payments: tuple[SeedPayment, ...] = ()


class SeedFileError(ValueError):
    """A seed file has mistakes; the message has file, line and field of each."""


def seed_accounts(app: Application, file: Path) -> None:
    """Create the accounts of a file.

    Raises:
        SeedFileError: the file has a mistake, and no account was created.
    """
    for seed in _read(app, file):
        _seed_account(app, seed)


def _read(app: Application, file: Path) -> list[SeedAccount]:
    problems: list[FileProblem] = []
    try:
        nodes = read_yaml(file, _LARGEST_FILE)
    except YamlFileError as error:
        raise SeedFileError(str(FileProblem(str(file), error.line, "", _without_key(file, error)))) from None
    read = _file_of(app).read(nodes, "", lambda *mistake: problems.append(FileProblem.at(file, *mistake)))
    if problems:
        keys = Secrets(*_keys_in(nodes, set()))
        raise SeedFileError("\n".join(keys.text(str(problem)) for problem in problems))
    return [seed for _, seed in read["accounts"]]


def _without_key(file: Path, error: YamlFileError) -> str:
    """The message of an error, without the quoted part of a line that has a secret key."""
    line = ""
    with suppress(OSError), file.open(encoding="utf-8", errors="replace") as lines:
        line = next(islice(lines, error.line - 1, None), "")
    return re.sub(r"(['\"]).*\1", HIDDEN, str(error)) if "secret_key" in line else str(error)


def _keys_in(node: Node, seen: set[int], *, is_key: bool = False) -> Iterator[str]:
    """All values at the place of a secret key, even in a file with mistakes."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            yield from _keys_in(name, seen, is_key=is_key)
            yield from _keys_in(value, seen, is_key=is_key or name.value == "secret_key")
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _keys_in(value, seen, is_key=is_key)
    elif is_key:
        yield str(node.value)


def _payment_shape() -> Object:
    text, long_text = Text(LONGEST), Text(_LONGEST_TEXT, 0)
    wallets = tuple(sorted({wallet.name for method in ALL_METHODS for wallet in method.wallets}))
    return Object(
        {
            "order_id": Member(text, "the merchant's number of the order", required=True),
            "amount": Member(_AMOUNT, "for example 24.99", required=True),
            "currency": Member(Word(tuple(sorted(CURRENCIES))), "EUR by default"),
            "state": Member(Word(tuple(PAYMENT_STATES)), "paid by default"),
            "trade_id": Member(Parsed(_parse_trade_id, ".", "T-1"), "by default drawn from the seed"),
            "sub_pay_method": Member(Word(wallets), "Alipay by default"),
            "description": Member(long_text, "description of the goods"),
            "demo": Member(long_text, "returned unchanged in answers and notifications"),
            "notify_url": Member(
                Parsed(_parse_address, "^https?://", "https://shop.example/"), "receives notifications of later changes"
            ),
        },
        _payment,
    )


def _file_of(app: Application) -> Object:
    text, label = Text(LONGEST), Text(LONGEST, 0)
    clock = Object(
        {
            "kind": Member(Word(get_args(ClockKind)), "real, frozen, stepped or scaled", required=True),
            "at": Member(text, "ISO 8601 instant at which it starts"),
            "step": Member(text, "duration by which each request advances a stepped clock"),
            "rate": Member(Parsed(_parse_rate, ".", "60"), "how many times faster a scaled clock runs"),
        },
        lambda values: values,
        partial(_check_clock, app),
    )
    account = Object(
        {
            "user": Member(Parsed(parse_user, ".", "shop"), "UID or e-mail address", required=True),
            "secret_key": Member(text, "key that signs its requests", required=True),
            "name": Member(label, "name of the shop"),
            "role": Member(Word(get_args(Role)), "super admin by default"),
            "scenario": Member(
                Word(tuple(scenario.name for scenario in app.catalog)), "default scenario of its requests"
            ),
            "seed": Member(label, "seed of its generated ids and names"),
            "opening_balance": Member(_AMOUNT, "10000.00 by default"),
            "clock": Member(clock, "real by default"),
            "payments": Member(ListOf(_payment_shape(), "of payments", most=_MOST_PAYMENTS), "payments to create"),
        },
        _account,
        _check_payments,
    )
    accounts = ListOf(account, "of accounts such as - {user: shop, secret_key: key}", most=_MOST_ACCOUNTS)
    return Object(
        {"accounts": Member(accounts, "accounts to create", required=True)},
        check=partial(_check_users, app.settings.user),
    )


_AMOUNT = Parsed(parse_amount, r"^[0-9]+(\.[0-9]{1,2})?$", "24.99", numbers=True)


def _parse_rate(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"expected a number such as 60, not {shown(text)}") from None


def _parse_trade_id(text: str) -> str:
    if not is_segment(text):
        raise ValueError(f"expected a text without spaces and slashes, not {shown(text)}")
    return text


def _parse_address(text: str) -> str:
    if not is_web_address(text):
        raise ValueError(f"expected an address such as https://shop.example/notify, not {shown(text)}")
    return text


def _payment(values: dict[str, Any]) -> SeedPayment:
    return SeedPayment(**{"order_id": "", "amount": 0, **values})


def _account(values: dict[str, Any]) -> SeedAccount:
    payments = tuple(payment for _, payment in values.get("payments", ()) if payment is not None)
    clock = NewClock(**values["clock"]) if values.get("clock", {}).get("kind") else None
    return SeedAccount(**{"user": "", "secret_key": "", **values, "payments": payments, "clock": clock})


_ONLY_FOR = {"step": "stepped", "rate": "scaled"}


def _check_clock(
    app: Application, values: Mapping[str, Any], nodes: Mapping[str, Node], field: str, report: Report
) -> None:
    for name in ("at", "step", "rate"):
        kind = values.get("kind")
        if kind is None or name not in values:
            continue
        if _ONLY_FOR.get(name, kind) != kind:
            report(nodes[name], f"{field}.{name}", f"only a {_ONLY_FOR[name]} clock has it; expected kind:"
                   f" {_ONLY_FOR[name]}, or remove {name}")  # fmt: skip
            continue
        try:
            clock_setting(app, NewClock(kind, **{name: values[name]}), 0)
        except ApiError as error:
            detail = error.problem.detail
            report(nodes[name], f"{field}.{name}", f"{detail[:1].lower()}{detail[1:]}".removesuffix("."))


def _check_users(own: str, values: Mapping[str, Any], _nodes: Mapping[str, Node], field: str, report: Report) -> None:
    seen = set[str]()
    for place, (node, seed) in enumerate(values.get("accounts") or ()):
        user = "" if seed is None else seed.user
        if user and user in seen:
            report(node, f"{field}accounts[{place}].user", f"{user} appears twice; remove one of them")
        if user == own:
            sentence = (
                f"{user} is the sandbox's own account; expected another, or start the sandbox with another --user"
            )
            report(node, f"{field}accounts[{place}].user", sentence)
        seen.add(user)


def _check_payments(values: Mapping[str, Any], _nodes: Mapping[str, Node], field: str, report: Report) -> None:
    seen = set[str]()
    for place, (node, payment) in enumerate(values.get("payments") or ()):
        trade_id = "" if payment is None else _trade_id(payment, values.get("seed", ""), place + 1)
        if trade_id and trade_id in seen:
            report(node, f"{field}.payments[{place}].trade_id", f"{trade_id} appears twice; remove one of them")
        seen.add(trade_id)


def _trade_id(payment: SeedPayment, seed: str, number: int) -> str:
    """The id of an account's nth payment; empty if the account has no seed yet."""
    return payment.trade_id or (identity.trade_id(seed, number) if seed else "")


def _seed_account(app: Application, seed: SeedAccount) -> None:
    if app.store.account(seed.user) is not None:
        return
    clock = REAL if seed.clock is None else clock_setting(app, seed.clock, app.clocks.machine.now())
    now = instant_shown(clock, app.clocks.machine)
    account = Account(
        user=seed.user,
        secret_key=seed.secret_key,
        seed=seed.seed or identity.new_seed(),
        role=seed.role,
        opening_balance=seed.opening_balance,
        name=seed.name,
        scenario=seed.scenario,
        clock=clock,
    )

    def fill(unit: UnitOfWork) -> None:
        for payment in seed.payments:
            _seed_payment(unit, account, payment, now)

    make_account(app, account, fill)


def _seed_payment(unit: UnitOfWork, account: Account, seed: SeedPayment, now: int) -> None:
    number = unit.next_number("payments")
    payment = Payment(
        trade_id=_trade_id(seed, account.seed, number),
        number=number,
        user=account.user,
        method="seeded",
        order_id=seed.order_id,
        amount=seed.amount,
        tip=0,
        currency=seed.currency,
        pay_method="online",
        sub_pay_method=seed.sub_pay_method,
        description=seed.description,
        demo=seed.demo,
        timeout=1440,
        redirect_url="",
        notify_url="",
        scenario="",
        created_at=now,
        expires_at=now + _DAY,
        paid_at=None,
        state="pending" if seed.state == "pending" else PAYMENT_STATES.starts[0],
        plan=(),
    )
    begin_payment(unit, payment, 0)
    if seed.state != payment.state:
        payment = PAYMENT.transition(unit, account, payment, Transition(seed.state, now))
    unit.put(payment._replace(notify_url=seed.notify_url))

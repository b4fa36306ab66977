"""Accounts that stand in a file and are there from the start, with payments in given states.

A mistake in the file is told with its line. An account that a database holds already is left as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from mockserver import identity
from mockserver.clock import ClockSetting
from mockserver.control.accounts import NewAccount, clock_setting
from mockserver.control.operations import ApiError
from mockserver.gateway.fields import money_rule
from mockserver.masking import HIDDEN, Secrets
from mockserver.moves.payments import begin_payment, move_payment
from mockserver.payments.money import CURRENCIES, parse_amount
from mockserver.payments.payment import PAYMENT_STATES, Payment, State
from mockserver.store.contract import Account, UnitOfWork

if TYPE_CHECKING:
    from pathlib import Path

    from mockserver.app import Application

_DAY = 24 * 60 * 60_000
_PATH = re.compile(r"`\$([^`]*)`")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class SeedPayment(msgspec.Struct, forbid_unknown_fields=True):
    """A payment that is there from the start; a `trade_id` that is left out is drawn from the account's seed."""

    order_id: str
    amount: str
    currency: str = "EUR"
    state: State = "paid"
    trade_id: str = ""
    sub_pay_method: str = "Alipay"
    description: str = "Planted"
    demo: str = ""
    notify_url: str = ""


class SeedAccount(NewAccount, forbid_unknown_fields=True):
    """An account that is there from the start, with its payments."""

    payments: list[SeedPayment] = msgspec.field(default_factory=list)


class SeedFile(msgspec.Struct, forbid_unknown_fields=True):
    """A file of accounts."""

    accounts: list[SeedAccount]


class SeedFileError(ValueError):
    """A file of accounts cannot be read; the message names file, line and field."""


def plant(app: Application, file: Path) -> None:
    """Make the accounts of a file.

    Raises:
        SeedFileError: it has a mistake. Nothing of it has been made then.
    """
    node, seeds = _read(file)
    for place, seed in enumerate(seeds.accounts):
        mistake = _mistake(app, seed)
        if mistake:
            keys = Secrets(*(seed.secret_key or "" for seed in seeds.accounts))
            raise _error(file, node, f".accounts[{place}]", keys.text(mistake, seed.secret_key or ""))
    for seed in seeds.accounts:
        _plant(app, seed)


def _read(file: Path) -> tuple[yaml.Node | None, SeedFile]:
    try:
        text = file.read_text(encoding="utf-8")
        node, plain = yaml.compose(text, Loader=_LOADER), yaml.load(text, Loader=_LOADER)  # noqa: S506 - it is a safe one
    except (OSError, UnicodeDecodeError) as error:
        raise SeedFileError(f"{file}: the file cannot be read: {error}") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        wrong = "".join(text.splitlines()[line - 1 : line])
        problem = _without_quoted(str(error.problem)) if "secret_key" in wrong else error.problem
        raise SeedFileError(f"{file}:{line}: this is no YAML: {problem}") from None
    try:
        return node, msgspec.convert(plain, SeedFile, strict=False, str_keys=True)
    except msgspec.ValidationError as error:
        found = _PATH.search(str(error))
        sentence = Secrets(*_keys_in(plain)).text(str(error).partition(" - at ")[0])
        raise _error(file, node, found[1] if found else "", sentence) from None


def _keys_in(plain: Any) -> list[str]:  # noqa: ANN401 - whatever the file holds
    """The secret keys in a file that may have mistakes."""
    accounts = plain.get("accounts") if isinstance(plain, dict) else None
    listed = [account for account in accounts if isinstance(account, dict)] if isinstance(accounts, list) else []
    return [str(account["secret_key"]) for account in listed if account.get("secret_key")]


def _without_quoted(problem: str) -> str:
    """What is wrong with a line on which a secret key stands, without the part of the line that is quoted."""
    return re.sub(r"(['\"]).*\1", HIDDEN, problem)


def _error(file: Path, node: yaml.Node | None, path: str, sentence: str) -> SeedFileError:
    """An error with the line of a path such as `.accounts[0].role`."""
    line = 1
    for key, index in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        inner: Any = None
        if key and isinstance(node, yaml.MappingNode):
            inner = next((value for name, value in node.value if name.value == key), None)
        elif index and isinstance(node, yaml.SequenceNode):
            inner = node.value[int(index)]
        if inner is None:
            break
        node, line = inner, inner.start_mark.line + 1
    return SeedFileError(f"{file}:{line}: {path.lstrip('.') or 'accounts'}: {sentence}")


def _mistake(app: Application, seed: SeedAccount) -> str:
    """What is wrong with an account; empty if nothing is."""
    if not seed.user or not seed.secret_key:
        return "An account needs a user and a secret_key."
    if seed.scenario and seed.scenario not in {scenario.name for scenario in app.repertoire}:
        return f"There is no scenario {seed.scenario!r}."
    unknown = [payment for payment in seed.payments if payment.currency not in CURRENCIES]
    if unknown:
        return f"Order {unknown[0].order_id}: there is no currency {unknown[0].currency!r}."
    amounts = [("opening_balance", seed.opening_balance)]
    amounts += [(f"Order {payment.order_id}: amount", payment.amount) for payment in seed.payments]
    broken = [(name, text) for name, text in amounts if money_rule(text, {})]
    if broken:
        return f"{broken[0][0]} {money_rule(broken[0][1], {})}, not {broken[0][1]!r}."
    try:
        if seed.clock is not None:
            clock_setting(app, seed.clock, 0)
    except ApiError as error:
        return error.problem.detail
    return ""


def _plant(app: Application, seed: SeedAccount) -> None:
    user = seed.user or ""
    if app.store.account(user) is not None:
        return
    machine = app.clocks.machine.now()
    clock = ClockSetting() if seed.clock is None else clock_setting(app, seed.clock, machine)
    account = app.store.open_account(
        Account(
            user=user,
            secret_key=seed.secret_key or "",
            seed=seed.seed or identity.new_seed(),
            role=seed.role,
            opening_balance=parse_amount(seed.opening_balance),
            name=seed.name,
            scenario=seed.scenario,
            clock=clock,
        )
    )
    with app.store.unit(user) as unit:
        for payment in seed.payments:
            _plant_payment(unit, account, payment, app.clocks.of(user).now())


def _plant_payment(unit: UnitOfWork, account: Account, seed: SeedPayment, now: int) -> None:
    number = unit.next_number("payments")
    payment = Payment(
        trade_id=seed.trade_id or identity.trade_id(account.seed, number),
        number=number,
        user=account.user,
        method="planted",
        order_id=seed.order_id,
        amount=parse_amount(seed.amount),
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
        payment = move_payment(unit, account, payment, seed.state, now)
    unit.put(payment._replace(notify_url=seed.notify_url))

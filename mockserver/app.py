"""Assembles a sandbox: the one place that knows all parts."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from mockserver import identity
from mockserver.clock import REAL, Clock, Clocks, ClockSetting, SystemClock
from mockserver.figures import Figures
from mockserver.gateway.endpoint import Gateway
from mockserver.gateway.method import GatewayRules
from mockserver.notify.destination import HostMapping
from mockserver.scenarios.scenario import Repertoire
from mockserver.scenarios.shipped import SHIPPED_SCENARIOS
from mockserver.schedule.worker import DeliveryRules, Worker
from mockserver.store.contract import NOBODY, Account
from mockserver.store.memory import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from mockserver.scenarios.scenario import Scenario
    from mockserver.settings import Settings
    from mockserver.store.contract import Store

EXAMPLE_MERCHANT_PATH = "/_sandbox/merchant"
_DOCUMENTED_MERCHANT = "https://www.yabandpay.com"


class Urls(NamedTuple):
    """The addresses at which clients on this machine reach a sandbox; `secure` is empty without HTTPS."""

    plain: str = ""
    secure: str = ""


class Application:
    """One sandbox: its gateway, its store, and the worker that does due work."""

    def __init__(self, settings: Settings, urls: Urls, clock: Clock, store: Store, repertoire: Repertoire) -> None:
        """Put the parts together; nothing runs before `start`."""
        self.settings = settings
        base_url, self.secure_url = urls
        self.base_url = base_url
        self.clock = clock
        self.clocks = Clocks(clock, self._clock_setting, self._keep_clock)
        self.store = store
        self.repertoire = repertoire
        self.making_accounts = Lock()
        """Held by whoever finds out that there is no account of a user and makes it."""
        rules = GatewayRules(settings.pay_delay, settings.public_url or base_url, settings.duplicate_orders)
        self.gateway = Gateway(store, self.clocks, repertoire, rules)
        example = HostMapping(_DOCUMENTED_MERCHANT, base_url + EXAMPLE_MERCHANT_PATH)
        delivery = DeliveryRules(settings.retry_plan, settings.notify_timeout / 1000, (*settings.notify_map, example))
        self.worker = Worker(store, self.clocks, delivery)
        self.figures = Figures()
        self.gateway.on_exchange(self.figures.take_exchange)
        self.worker.on_attempt(self.figures.take_attempt)

    def _clock_setting(self, user: str) -> ClockSetting:
        account = self.store.account(user)
        return REAL if account is None else account.clock

    def _keep_clock(self, user: str, setting: ClockSetting) -> None:
        account = self.store.account(user)
        if account is not None:
            self.store.change_account(replace(account, clock=setting))

    def merchants(self) -> list[str]:
        """The users of all accounts, without the one that keeps requests of unknown users."""
        return [user for user in sorted(self.store.users()) if user != NOBODY]

    def is_told(self, user: str, timeline: str, after: int) -> bool:
        """Whether the merchant has been told about a trade or payout, or was tried to be, after so many others."""
        with self.store.unit(user) as unit:
            told = [one for one in unit.notifications(timeline) if one.number > after]
            return bool(told) and all(one.state != "pending" or unit.attempts(one.number) for one in told)

    def start(self) -> None:
        """Begin due work: payments move on, notifications go out."""
        self.worker.start()

    def close(self) -> None:
        """Stop due work and let go of the store."""
        self.worker.close()
        self.store.close()


def create_app(
    settings: Settings, base_url: str = "", secure_url: str = "", *, clock: Clock | None = None
) -> Application:
    """A sandbox of these settings that is reached at `base_url`, and by HTTPS at `secure_url` if there is one.

    Notifications for the documentation's own example merchant, https://www.yabandpay.com, go to the
    sandbox's example merchant, unless the host map sends them elsewhere.

    Raises:
        ScenarioFileError: a scenario file has mistakes.
        UnknownScenarioError: the default scenario does not exist.
        ValueError: the database cannot be opened.
    """
    repertoire = Repertoire(all_scenarios(settings.scenarios), settings.scenario)
    store = _open_store(settings)
    seed = settings.seed or identity.new_seed()
    store.open_account(Account(settings.user, settings.secret_key, seed, opening_balance=settings.opening_balance))
    return Application(settings, Urls(base_url, secure_url), clock or SystemClock(), store, repertoire)


def all_scenarios(folder: Path | None) -> list[Scenario]:
    """The shipped scenarios, and those of a folder of further files.

    Raises:
        ScenarioFileError: a file in the folder has mistakes.
    """
    if folder is None:
        return list(SHIPPED_SCENARIOS)
    from mockserver.scenarios.loader import load_scenarios  # noqa: PLC0415 - only own files need YAML

    return [*SHIPPED_SCENARIOS, *load_scenarios(folder)]


def _open_store(settings: Settings) -> Store:
    if not settings.database:
        return MemoryStore(settings.journal_size)
    from mockserver.store.sql import SqlStore  # noqa: PLC0415 - SQLAlchemy is imported only when it is asked for

    return SqlStore(settings.database, settings.journal_size)

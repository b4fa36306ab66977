"""Assembles a sandbox from its parts."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver import identity
from mockserver.addresses import BUILT_IN_MERCHANT, OwnAddresses, ip_of
from mockserver.clock import Clock, Clocks, ClockSetting, SystemClock
from mockserver.delivery.destination import DeliveryRules, Destinations, HostMapping, OwnPlaces
from mockserver.domain.accounts import ANONYMOUS, Account
from mockserver.domain.kinds import do_due_transitions
from mockserver.examine.running import RunningExaminations
from mockserver.gateway.endpoint import Gateway
from mockserver.gateway.findings import Findings
from mockserver.gateway.methods import ALL_METHODS
from mockserver.gateway.metrics import Metrics
from mockserver.gateway.profile import ASSUMED, gateway_rules
from mockserver.masking import Secrets
from mockserver.scenarios.scenario import ScenarioCatalog
from mockserver.scenarios.shipped import SHIPPED_SCENARIOS
from mockserver.scheduler.waits import Waits
from mockserver.scheduler.worker import Worker
from mockserver.store.memory import MemoryStore
from mockserver.threads import SharedCall

if TYPE_CHECKING:
    from pathlib import Path

    from mockserver.clock import ChangeSetting
    from mockserver.domain.unit_of_work import UnitOfWork
    from mockserver.gateway.profile import Profile
    from mockserver.scenarios.scenario import Scenario
    from mockserver.settings import Settings
    from mockserver.store.contract import Store
    from mockserver.threads import WorkLoop

EXAMPLE_MERCHANT_PATH = "/_sandbox/merchant"
ACCOUNTS = "accounts"
_DOCUMENTED_MERCHANT = "https://www.yabandpay.com"


class Urls(NamedTuple):
    """The HTTP and HTTPS addresses of a sandbox on this machine; `secure` is empty without HTTPS.

    Both are empty for an application under WSGI, which cannot know where its server listens.
    """

    plain: str = ""
    secure: str = ""


class Application:
    """One sandbox: its gateway, its store, and the worker that performs due work. Nothing runs before `start`."""

    def __init__(self, settings: Settings, urls: Urls, clock: Clock, store: Store, catalog: ScenarioCatalog) -> None:
        self.settings = settings
        base_url, self.secure_url = urls
        self.base_url = base_url
        self.clock = clock
        self.is_started, self._starting = False, threading.Lock()
        self.store = store
        self.store_check = SharedCall(store.check_writing, "check of the store")
        self.clocks = Clocks(clock, self._clock_setting, self._change_clock)
        self.catalog = catalog
        self.addresses = OwnAddresses(base_url, self.secure_url, settings.public_url, _own_names(settings))
        self.profile = profile = _profile(settings)
        self.error_http_status = profile.http_status
        rules = gateway_rules(profile, settings.pay_delay, self.addresses.seen_from)
        mask_waiting = None if store.waits_for_io else self._mask_journals  # a database never has an unmasked text
        self.secrets = Secrets(settings.control_token, keys=store.secret_keys, mask_waiting=mask_waiting)
        store.on_account(self.secrets.learn)
        self.gateway = Gateway(store, self.clocks, catalog, rules, self.secrets)
        self.destinations = Destinations(settings.notify_map, _own_places(settings, urls))
        self._map_example_merchant(base_url)
        delivery = DeliveryRules(settings.retry_plan, settings.notify_timeout / 1000, self.destinations)
        self.worker = Worker(store, self.clocks, delivery, self.secrets)
        self.waits = Waits(store)
        self.metrics = Metrics(frozenset(method.name for method in ALL_METHODS))
        self.gateway.on_exchange(self.metrics.take_exchange)
        self.findings = Findings()
        self.examinations = RunningExaminations()
        self.gateway.on_finding(self.findings.take_exchange)
        self.worker.on_attempt(self.metrics.take_attempt)

    def _clock_setting(self, user: str) -> ClockSetting | None:
        account = self.store.known_account(user)
        return None if account is None else account.clock

    def _change_clock(self, user: str, change: ChangeSetting) -> None:
        with suppress(KeyError):  # it was dropped meanwhile
            self.store.change_account(user, lambda account: replace(account, clock=change(account.clock)))

    def _mask_journals(self) -> None:
        for user in self.store.users():
            with suppress(KeyError):  # it was dropped meanwhile
                with self.store.read(user) as view:
                    exchanges = view.exchanges(self.settings.journal_size)
                list(exchanges)  # masks each

    def catch_up(self, account: Account) -> None:
        """Perform the due transitions, a slice at a time, so that the next unit of work is short."""
        user, most = account.user, self.store.at_once

        def slice_of_work(unit: UnitOfWork) -> int:
            return do_due_transitions(unit, unit.account, self.clocks.of(user).now(), most)

        while self.store.perform(user, slice_of_work) == most:
            pass

    def merchants(self) -> list[str]:
        """The users of all accounts, except the one for requests of unknown users."""
        return [user for user in sorted(self.store.users()) if user != ANONYMOUS]

    def _map_example_merchant(self, base_url: str) -> None:
        """Send notifications for the built-in merchants and the documentation's own here, unless mapped elsewhere."""
        if base_url:
            own = base_url + EXAMPLE_MERCHANT_PATH
            self.destinations.add(HostMapping(BUILT_IN_MERCHANT, f"{own}/{ACCOUNTS}"))
            self.destinations.add(HostMapping(_DOCUMENTED_MERCHANT, own))

    def start(self, base_url: str = "", loop: WorkLoop | None = None) -> bool:
        """Start the due work: transitions and notifications; False if it was started before.

        `base_url` is the sandbox's address, if that was not known before. The work runs on `loop`, or on a thread of
        its own.
        """
        with self._starting:
            if self.is_started:
                return False
            self._map_example_merchant(base_url)
            self.store.start()
            self.worker.start(loop)
            self.is_started = True
        return True

    def stop_waiting(self) -> None:
        """End all waiting calls of the API, such as waits for a state or for a clock, and all examinations."""
        self.examinations.close()
        self.waits.close()
        self.worker.close()

    def close(self) -> None:
        """Stop the due work, end all waits, and close the store."""
        self.stop_waiting()
        self.store.close()


def _own_names(settings: Settings) -> frozenset[str]:
    given = (socket.gethostname(), settings.host, *settings.tls_name, *settings.allowed_host)
    return frozenset(name.lower().rstrip(".") for name in given)


def _own_places(settings: Settings, urls: Urls) -> OwnPlaces:
    """Where no notification may go. Under WSGI the shop may have the same address, so there only the API refuses."""
    if not urls.plain:
        return OwnPlaces()
    bound = ip_of(settings.host)
    everywhere = bound is not None and bound.is_unspecified
    return OwnPlaces(tuple(filter(None, urls)), everywhere, settings.public_url, EXAMPLE_MERCHANT_PATH)


def assemble(
    settings: Settings, base_url: str = "", secure_url: str = "", *, clock: Clock | None = None
) -> Application:
    """Create a sandbox that is reached at `base_url`, and by HTTPS at `secure_url` unless that is empty.

    Notifications to the example merchant of the gateway's documentation, https://www.yabandpay.com, are sent to the
    sandbox's example merchant, unless `notify_map` says otherwise.

    Raises:
        ScenarioFileError: a scenario file has mistakes.
        UnknownScenarioError: the default scenario does not exist.
        ProfileError: the profile has mistakes.
        ValueError: the database cannot be opened.
    """
    catalog = ScenarioCatalog(all_scenarios(settings.scenarios), settings.scenario)
    store = _open_store(settings)
    seed = settings.seed or identity.new_seed()
    store.open_account(_default_account(settings, seed))
    return Application(settings, Urls(base_url, secure_url), clock or SystemClock(), store, catalog)


def _default_account(settings: Settings, seed: str) -> Account:
    balance, name = settings.opening_balance, settings.account_name
    return Account(settings.user, settings.secret_key, seed, opening_balance=balance, name=name)


def all_scenarios(folder: Path | None) -> list[Scenario]:
    """The shipped scenarios, and those of a folder.

    Raises:
        ScenarioFileError: a file in the folder has mistakes.
    """
    if folder is None:
        return list(SHIPPED_SCENARIOS)
    from mockserver.scenarios.loader import load_scenarios  # noqa: PLC0415 - only a folder needs YAML

    return [*SHIPPED_SCENARIOS, *load_scenarios(folder)]


def _profile(settings: Settings) -> Profile:
    """How the gateway behaves: the profile of the settings, in which the settings that were given take precedence."""
    profile = ASSUMED
    if settings.profile is not None:
        from mockserver.gateway.profile_file import read_profile  # noqa: PLC0415 - only a profile needs YAML

        profile = read_profile(settings.profile)
    given: dict[str, Any] = {
        "http_status": settings.error_http_status,
        "duplicate_orders": settings.duplicate_orders,
        "max_clock_skew": settings.max_clock_skew,
    }
    return profile._replace(**{name: value for name, value in given.items() if value is not None})


def _open_store(settings: Settings) -> Store:
    if not settings.database:
        return MemoryStore(settings.journal_size)
    from mockserver.store.sql.opening import open_sql_store  # noqa: PLC0415 - only a database needs SQLAlchemy

    return open_sql_store(settings.database, settings.journal_size)

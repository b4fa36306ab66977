"""Fixtures that every test may use."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings as property_settings

from bench.postgres import PostgresServer, why_no_postgres
from mockserver.app import Application, assemble
from mockserver.clock import FrozenClock
from mockserver.settings import Settings
from mockserver.store.memory import MemoryStore
from mockserver.testing import Merchant, Sandbox
from tests.domain.samples import ANNA
from tests.helpers import Shop
from tests.serving import Serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.domain.unit_of_work import UnitOfWork

# Only the processes of `tests.serving`, which has read the environment by now, are measured by coverage: starting and
# ending takes those that are measured twice as long, and what most of them run is run in the tests' own process too.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)

collect_ignore: list[str] = []
if sys.platform == "win32":  # which lacks the terminals and the limits that these import
    collect_ignore += ["cli/test_compare.py", "cli/test_remote.py", "store/test_other_processes.py"]

property_settings.register_profile("any machine", deadline=None)  # a busy one takes its time for an example
property_settings.load_profile("any machine")

SECRET_KEY = "sandbox-secret-key"
TESTS = Path(__file__).parent
SLOW_FOLDERS = {"bounds", "browser", "clients", "container", "end_to_end", "examples", "recipes"}
QUICK_CASES = 5
_EXPLAINED = re.compile(r"test_the_mistakes_of_a_case_are_named\[(\w+)/")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Use all cores for a run that names no file; one that does starts sooner without other processes."""
    names_files = config.args_source is pytest.Config.ArgsSource.ARGS
    chosen = config.getoption("numprocesses", 0) is not None or "PYTEST_XDIST_WORKER" in os.environ
    if not names_files and not chosen and not config.option.usepdb:
        config.option.numprocesses, config.option.dist, config.option.loadscopereorder = "auto", "loadfile", False


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Spare a quick run the reading of folders in which all tests are slow."""
    is_slow = collection_path.parent == TESTS and collection_path.name in SLOW_FOLDERS
    return True if is_slow and config.option.markexpr == "not slow" else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark whole folders as slow, and all cases of a test after the fifth; other tests mark themselves."""
    cases: Counter[str] = Counter()
    for item in items:
        function = item.nodeid.partition("[")[0]
        cases[function] += 1
        if _folder(item) in SLOW_FOLDERS or cases[function] > QUICK_CASES:
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: _folder(item) == "browser")  # last, as Playwright leaves an event loop running


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).parts[0]


def pytest_collection_finish() -> None:
    """Spare the garbage collector the thousands of tests, which it would else look through again and again."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many programs of the corpus were understood, in whichever process their tests ran."""
    rates: dict[str, Counter[str]] = {}
    for outcome in ("passed", "failed"):
        found = [_EXPLAINED.search(report.nodeid) for report in terminalreporter.stats.get(outcome, [])]
        for language, count in Counter(match[1] for match in found if match).items():
            rates.setdefault(language, Counter[str]())[outcome] += count
    if rates:
        reported = ", ".join(f"{name} {count['passed']} of {count.total()}" for name, count in sorted(rates.items()))
        terminalreporter.write_line(f"programs whose signing was explained rightly: {reported}")


@pytest.fixture
def unit() -> Iterator[UnitOfWork]:
    """A unit of work on an account that has nothing but its opening balance."""
    store = MemoryStore(3)
    store.open_account(ANNA)
    with store.unit("anna") as opened:
        yield opened
    store.close()


@pytest.fixture(autouse=True)
def no_server_outlives_a_test_that_failed() -> Iterator[None]:
    yield
    Serving.end_all()


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def settings() -> Settings:
    return Settings(port=0, seed="tests")


@pytest.fixture
def app(settings: Settings, clock: FrozenClock) -> Iterator[Application]:
    """A sandbox on a frozen clock, assembled but not started: due work runs when a test asks for it."""
    application = assemble(settings, "http://127.0.0.1:1", clock=clock)
    yield application
    application.close()


@pytest.fixture
def shop(app: Application, clock: FrozenClock) -> Shop:
    """A merchant of the unstarted sandbox."""
    return Shop(app, clock)


@pytest.fixture
def sandbox(settings: Settings, clock: FrozenClock) -> Iterator[Sandbox]:
    """A sandbox that serves over HTTP, on a frozen clock."""
    with Sandbox(settings, clock=clock) as running:
        yield running


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    """A merchant that acknowledges what verifies."""
    with Merchant(SECRET_KEY) as listening:
        yield listening


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL for all tests of this process, which leave it running."""
    if reason := why_no_postgres():
        pytest.skip(reason)
    with PostgresServer() as server:
        yield server


@pytest.fixture
def postgres_database(postgres: PostgresServer) -> Iterator[str]:
    """The URL of an empty database."""
    url = postgres.new_database()
    yield url
    postgres.drop(url)


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL for one test, which may stop it, kill it and start it again."""
    if reason := why_no_postgres():
        pytest.skip(reason)
    with PostgresServer() as server:
        yield server

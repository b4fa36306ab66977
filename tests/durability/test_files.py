"""Faults of the database's file: each is said in a sentence, and nothing that was answered is lost."""

from __future__ import annotations

import shutil
import signal
import subprocess
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import requests

from bench.durability.sandboxes import SandboxProcess
from mockserver.client import InternalGatewayError, YabandPay
from tests.machine import can_make_namespaces, needs_namespaces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

pytestmark = pytest.mark.slow
resource = pytest.importorskip("resource", reason="needs an operating system with limits of processes")

USER, SECRET_KEY = "016683", "sandbox-secret-key"
PAGE = 4096
NUMBERS = count(1)


def sandbox_on(file: Path, within: Sequence[str] = ()) -> SandboxProcess:
    return SandboxProcess(("--database", f"sqlite:///{file}"), file.parent.parent / "errors.log", within)


def create(sandbox: SandboxProcess) -> str:
    """The trade_id of a new payment of the default account."""
    with requests.Session() as session:
        return (
            YabandPay(USER, SECRET_KEY, sandbox.url, session=session)
            .create_payment(
                "Alipay", order_id=f"order-{next(NUMBERS)}", amount="1.00", currency="EUR", description="kept " * 30,
                notify_url="https://mapi.yabandpay.com/notify", redirect_url="https://shop.example",
            )
            .trade_id
        )  # fmt: skip


def api(sandbox: SandboxProcess, path: str) -> Any:
    with requests.get(f"{sandbox.url}/_sandbox/api/{path}", timeout=60) as answer:
        return answer.json()


def trades(sandbox: SandboxProcess) -> list[str]:
    listed = api(sandbox, f"accounts/{USER}/payments?limit=1000")
    assert "items" in listed, listed
    return [payment["trade_id"] for payment in listed["items"]]


def place(folder: Path) -> Path:
    """The file of a database in a folder of its own."""
    inner = folder / "place"
    inner.mkdir()
    return inner / "sandbox.db"


# While it runs ---------------------------------------------------------------------------------------------------------


@contextmanager
def full_disk(sandbox: SandboxProcess, file: Path) -> Iterator[None]:
    """No space is left on the file system, which the sandbox alone sees."""
    ballast = Path(f"/proc/{sandbox.pid}/root{file.parent}/ballast")
    with suppress(OSError), ballast.open("wb", buffering=0) as written:
        while written.write(b"x" * PAGE):
            pass
    yield
    ballast.unlink()


@contextmanager
def limited_file(sandbox: SandboxProcess, _file: Path) -> Iterator[None]:
    """The process may not write to a file beyond its first byte."""
    if not hasattr(resource, "prlimit"):
        pytest.skip("needs Linux, to limit the files of another process")
    limit = resource.RLIM_INFINITY
    resource.prlimit(sandbox.pid, resource.RLIMIT_FSIZE, (1, limit))
    yield
    resource.prlimit(sandbox.pid, resource.RLIMIT_FSIZE, (limit, limit))


@contextmanager
def read_only_file(_sandbox: SandboxProcess, file: Path) -> Iterator[None]:
    """The file and its log cannot be changed, not even by root."""
    files = [str(file), f"{file}-wal"]
    if shutil.which("chattr") is None or subprocess.run(["chattr", "+i", *files], check=False).returncode:
        pytest.skip("needs root and a file system with chattr, as permissions do not keep root from writing")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", *files], check=True)


@contextmanager
def deleted_file(_sandbox: SandboxProcess, file: Path) -> Iterator[None]:
    """The file has gone; it is only elsewhere, so that it can come back."""
    away = file.parent.with_name("away")
    file.parent.rename(away)
    file.parent.mkdir()
    yield
    shutil.rmtree(file.parent)
    away.rename(file.parent)


@contextmanager
def replaced_file(sandbox: SandboxProcess, file: Path) -> Iterator[None]:
    """Another database of the sandbox has its place."""
    with deleted_file(sandbox, file):
        other = sandbox_on(file)
        other.start()
        other.end()
        yield


@contextmanager
def damaged_pages(_sandbox: SandboxProcess, file: Path) -> Iterator[None]:
    """All pages after the first are garbage, and so is the log."""
    kept = [(one, one.read_bytes()) for one in (file, file.with_name(f"{file.name}-wal"))]
    for one, content in kept:
        with one.open("r+b") as written:
            written.seek(PAGE if one == file else 0)
            written.write(b"\xff" * (len(content) - written.tell()))
    yield
    for one, content in kept:
        one.write_bytes(content)


class Observed(NamedTuple):
    """What a sandbox did while its file had a fault, and after that; `reason` is empty if a payment was accepted."""

    fault: str
    reason: str
    health: tuple[int, str]
    answered: list[str]
    goes_on: str
    there: list[str]
    after_kill: list[str]


FAULTS: dict[str, Callable[[SandboxProcess, Path], AbstractContextManager[None]]] = {
    "disk full": full_disk,
    "file limited": limited_file,
    "file read-only": read_only_file,
    "file deleted": deleted_file,
    "file replaced": replaced_file,
    "pages damaged": damaged_pages,
}


@pytest.fixture(scope="module", params=FAULTS)
def observed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Observed:
    """The behaviour with one fault, seen once for all tests."""
    file, within = place(tmp_path_factory.mktemp("files")), list[str]()
    if request.param == "disk full":
        if not can_make_namespaces():
            pytest.skip("needs Linux and root, to make a small file system that only the sandbox sees")
        mount = f'mount -t tmpfs -o size=4m tmpfs {file.parent} && exec "$@"'
        within = ["unshare", "--mount", "sh", "-c", mount, "sh"]
    with ExitStack() as stack:
        sandbox = sandbox_on(file, within)
        stack.callback(lambda: sandbox.end(signal.SIGKILL))
        sandbox.start()
        answered = [create(sandbox) for _ in range(3)]
        with FAULTS[request.param](sandbox, file):
            reason = refusal(sandbox, answered)
            with requests.get(f"{sandbox.url}/_sandbox/api/health/ready", timeout=60) as health:
                healthy = health.status_code, str(health.json().get("detail", ""))
        goes_on = refusal(sandbox, answered)
        there = api(sandbox, f"accounts/{USER}/payments?limit=1000").get("items", [])
        if within:  # its file system ends with it
            shutil.copytree(f"/proc/{sandbox.pid}/root{file.parent}", file.parent, dirs_exist_ok=True)
        sandbox.end(signal.SIGKILL)
        again = sandbox_on(file)
        stack.callback(again.end)
        again.start()
        after_kill = trades(again)
    return Observed(request.param, reason, healthy, answered, goes_on, [one["trade_id"] for one in there], after_kill)


def refusal(sandbox: SandboxProcess, answered: list[str]) -> str:
    """Why a payment is refused; empty if it is accepted, which is noted."""
    try:
        answered.append(create(sandbox))
    except InternalGatewayError as refused:
        return refused.reason
    return ""


def test_a_payment_is_refused_with_a_sentence_about_the_database(observed: Observed) -> None:
    if observed.fault == "pages damaged" and not observed.reason:
        return  # accepted with the pages that SQLite has in memory; health notices the damage
    assert "database" in observed.reason.lower()
    assert "internal error" not in observed.reason


def test_health_is_not_ready_and_says_why(observed: Observed) -> None:
    status, detail = observed.health
    if observed.fault == "disk full" and status == 200:
        return  # its write has found room: SQLite writes over old parts of its log
    assert status == 503
    assert "database" in detail.lower()
    assert "Error" not in detail


def test_nothing_that_was_answered_is_lost(observed: Observed) -> None:
    assert set(observed.after_kill) >= set(observed.answered)
    assert len(observed.after_kill) == len(set(observed.after_kill))


@pytest.mark.parametrize("observed", ["disk full", "file limited", "file read-only"], indirect=True)
def test_payments_go_on_once_the_fault_has_gone(observed: Observed) -> None:
    assert observed.goes_on == ""
    assert set(observed.there) == set(observed.answered)


# At the start ----------------------------------------------------------------------------------------------------------


class Kept(NamedTuple):
    """A database of a sandbox that was stopped or killed, and the trades that were answered, in order."""

    files: dict[str, bytes]
    answered: list[str]

    def put(self, file: Path, **changed: bytes) -> None:
        for ending, content in {**self.files, **changed}.items():
            file.with_name(f"sandbox.{ending}").write_bytes(content)


def keep(folder: Path, end: int) -> Kept:
    file = place(folder)
    sandbox = sandbox_on(file)
    sandbox.start()
    answered = [create(sandbox) for _ in range(30)]
    sandbox.end(end)
    return Kept(
        {one.suffix[1:]: one.read_bytes() for one in file.parent.iterdir() if one.suffix != ".db-shm"}, answered
    )


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return keep(tmp_path_factory.mktemp("stopped"), signal.SIGTERM)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return keep(tmp_path_factory.mktemp("killed"), signal.SIGKILL)


def assert_refuses(file: Path, *words: str, within: Sequence[str] = ()) -> None:
    """A sandbox ends at its start with status 2 and one sentence about the file."""
    sandbox = sandbox_on(file, within)
    with pytest.raises(RuntimeError) as caught:
        try:
            sandbox.start()
        finally:
            sandbox.end(signal.SIGKILL)
    status, _, said = str(caught.value).partition(": ")
    assert status == "status 2", said
    assert said.startswith(f"--database: {file} ")
    assert len(said.splitlines()) == 1, said
    assert all(word in said for word in words), said


def assert_has(file: Path, answered: list[str]) -> None:
    sandbox = sandbox_on(file)
    sandbox.start()
    assert trades(sandbox) == answered
    sandbox.end()


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "first bytes": lambda good: bytes(16) + good[16:],
    "header": lambda good: good[:16] + b"\xff" * 84 + good[100:],
    "first page": lambda good: good[:100] + b"\xff" * (PAGE - 100) + good[PAGE:],
    "half of it missing": lambda good: good[: len(good) // 2],
    "pages in the middle": lambda good: good[: 3 * PAGE] + b"\xff" * (len(good) - 3 * PAGE),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_called_that_and_stays_as_it_is(stopped: Kept, tmp_path: Path, damage: str) -> None:
    file = place(tmp_path)
    bad = DAMAGES[damage](stopped.files["db"])
    stopped.put(file, db=bad)
    assert_refuses(file, "choose another file")
    assert file.read_bytes() == bad


@needs_namespaces
@pytest.mark.parametrize("writable", ["", "sandbox.db"], ids=["file and folder", "folder"])
def test_a_read_only_file_is_called_that_and_keeps_everything(stopped: Kept, tmp_path: Path, writable: str) -> None:
    file = place(tmp_path)
    stopped.put(file)
    before = f"mount --bind {file} {file}" if writable else "true"
    folder = file.parent
    shell = f'{before} && mount --bind {folder} {folder} && mount -o remount,bind,ro {folder} && exec "$@"'
    within = ["unshare", "--mount", "sh", "-c", shell, "sh"]
    assert_refuses(file, "check that the file and its folder are readable and writable", within=within)
    assert_has(file, stopped.answered)


CUTS: dict[str, Callable[[bytes], bytes]] = {
    "whole": lambda log: log,
    "cut": lambda log: log[: len(log) // 2],
    "damaged in the middle": lambda log: log[: len(log) // 2] + b"\xff" * PAGE + log[len(log) // 2 + PAGE :],
}


@pytest.mark.parametrize("cut", CUTS)
def test_a_log_that_is_cut_has_what_came_before_the_cut_whole(killed: Kept, tmp_path: Path, cut: str) -> None:
    """SQLite takes a damaged write-ahead log for the end of the log: what was committed later is in no file."""
    file = place(tmp_path)
    killed.put(file, **{"db-wal": CUTS[cut](killed.files["db-wal"])})
    sandbox = sandbox_on(file)
    sandbox.start()
    there = trades(sandbox)
    assert there == killed.answered[: len(there)]
    assert len(there) == 30 if cut == "whole" else 0 < len(there) < 30
    for trade_id in there:
        history = api(sandbox, f"accounts/{USER}/payments/{trade_id}")["timeline"]
        assert [event["kind"] for event in history] == ["request", "signature", "scenario", "state"]
    taken = create(sandbox)
    assert trades(sandbox) == [*there, taken]
    sandbox.end()

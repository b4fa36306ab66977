"""What a sandbox leaves behind when it stops: nothing. And what its plug-in costs those who do not use it: nothing."""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from mockserver.settings import Settings
from mockserver.testing import Sandbox

pytestmark = pytest.mark.slow

DESCRIPTORS = Path("/proc/self/fd")


def left() -> tuple[int, set[str], set[str]]:
    """Open files and sockets, running threads, and files in the folder for temporary ones."""
    gc.collect()
    names = {thread.name for thread in threading.enumerate()}
    return len(list(DESCRIPTORS.iterdir())), names, {file.name for file in Path(tempfile.gettempdir()).iterdir()}


@pytest.fixture(autouse=True)
def own_folder_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.mark.skipif(not DESCRIPTORS.exists(), reason="needs Linux, to count open files and sockets")
class TestNothingIsLeft:
    def test_after_two_hundred_starts_and_stops(self) -> None:
        with Sandbox():
            pass
        before = left()
        for _ in range(200):
            with Sandbox():
                pass
        assert left() == before

    def test_after_work_of_every_kind(self, tmp_path: Path) -> None:
        self.work(tmp_path)
        before = left()
        for _ in range(5):
            self.work(tmp_path)
        assert left() == before

    def work(self, folder: Path) -> None:
        """Payments over HTTP and HTTPS, notifications that wait, a page, an account that is dropped, a time limit."""
        settings = Settings(
            port=0, tls=True, tls_port=0, ca_file=folder / "ca.pem", ready_file=folder / "ready", pay_delay=10
        )
        with Sandbox(settings) as sandbox:
            with sandbox.account() as account:
                account.merchant.respond_with(500)
                account.client.create_payment(
                    "iDEAL", order_id="PAID-1", amount="1", currency="EUR", description="Tea",
                    notify_url=account.merchant.url,
                )  # fmt: skip
                account.merchant.wait_for(1)
                with pytest.raises(AssertionError):
                    account.wait_for("declined", timeout="1ms")
            client = sandbox.client()
            client.url = f"{sandbox.secure_url}/Payments"
            client._session = None
            with pytest.raises(Exception, match="certificate verify failed"):
                client.query_order("x")
            client._session.close()  # type: ignore[attr-defined]
        assert not (folder / "ready").exists()
        (folder / "ca.pem").unlink()


def test_who_does_not_use_the_plug_in_imports_nothing_of_it() -> None:
    code = """
import sys, pytest
before = set(sys.modules)
import mockserver.pytest_plugin
print(*sorted(set(sys.modules) - before))
"""
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["mockserver", "mockserver.pytest_plugin"]


def test_a_session_without_it_starts_no_sandbox(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text(
        "import sys\ndef test_own():\n    assert not {'mockserver.testing', 'httptools', 'flask'} & set(sys.modules)\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:schemathesis"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout

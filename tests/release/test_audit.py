"""Vulnerabilities fail, and what was not audited is never called audited."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from release import audit
from release.results import State
from tests.release.specimens import context_of, needs_tools, specimen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HASH = "sha256:" + "0" * 64
LOCK = f"good==1.0 --hash={HASH}\nevil==2.0 --hash={HASH}\n"
VULNERABILITY = {
    "id": "GHSA-0000-0000-0000", "modified": "2026-01-31T00:00:00Z", "summary": "Evil.", "aliases": [],
    "affected": [{"package": {"ecosystem": "PyPI", "name": "evil"}, "versions": ["2.0"],
                  "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.1"}]}]}],
}  # fmt: skip


@contextmanager
def osv(known: dict[str, list[Any]]) -> Iterator[str]:
    """A database of vulnerabilities, with the interface of OSV; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = known.get(asked["package"]["name"], [])
            body = json.dumps({"vulns": found} if found else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    file = tmp_path / "requirements.lock"
    file.write_text(LOCK, encoding="utf-8")
    return file


@pytest.mark.slow
@needs_tools
def test_a_known_vulnerability_is_found(lock: Path) -> None:
    with osv({"evil": [VULNERABILITY]}) as url:
        found = audit.audited([lock], "osv", "--osv-url", url)
    assert found.vulnerable == ["evil 2.0: GHSA-0000-0000-0000, fixed in 2.1"]
    assert found.asked == 2


@pytest.mark.slow
@needs_tools
def test_nothing_known_is_a_complete_audit(lock: Path) -> None:
    with osv({}) as url:
        found = audit.audited([lock], "osv", "--osv-url", url)
    assert (found.vulnerable, found.complete) == ([], True)


@pytest.mark.slow
@needs_tools
def test_a_service_that_cannot_be_reached_is_no_audit(lock: Path) -> None:
    with osv({}) as url:
        pass
    found = audit.audited([lock], "osv", "--osv-url", url)
    assert not found.complete
    assert "Connection" in found.trouble


def test_dependencies_of_which_the_service_says_nothing_are_not_audited() -> None:
    """As pip-audit ends where the index has no advisories: well, and with nothing found."""
    skipped = {"name": "flask", "skip_reason": "Dependency not found on PyPI and could not be audited: flask (3.1)"}
    found = audit.read(json.dumps({"dependencies": [{"name": "click", "version": "8", "vulns": []}, skipped]}), "")
    assert (found.unknown, found.complete) == (["flask"], False)


@pytest.mark.parametrize("printed", ["", "no JSON", "[]", '{"dependencies": []}'])
def test_an_answer_without_dependencies_is_no_audit(printed: str) -> None:
    assert not audit.read(printed, "what went wrong").complete


def results(folder: Path, monkeypatch: pytest.MonkeyPatch, *audits: audit.Audit) -> list[tuple[State, str]]:
    context = context_of(specimen(folder / "project"), folder / "scratch")
    answers = iter(audits)
    monkeypatch.setattr(audit, "audited", lambda _locks, _service: next(answers))
    return [(result.state, result.detail) for result in audit.check(context)]


def test_what_no_service_audited_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown, trouble = audit.Audit(asked=2, unknown=["flask"]), audit.Audit(trouble="no connection")
    assert results(tmp_path, monkeypatch, unknown, trouble) == [
        (
            State.OPEN,
            "not audited:\nthe Python index: says nothing about 1 of 2 dependencies, such as flask\nOSV: no connection",
        )
    ]


def test_the_second_service_is_asked_where_the_first_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert results(tmp_path, monkeypatch, audit.Audit(trouble="no connection"), audit.Audit(asked=2)) == [
        (State.PASSED, "no known vulnerability of 2 dependencies, according to OSV")
    ]


def test_a_vulnerability_fails_even_where_others_are_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = audit.Audit(asked=2, vulnerable=["evil 2.0: X, fixed in 2.1"], unknown=["flask"])
    assert results(tmp_path, monkeypatch, found) == [(State.FAILED, "evil 2.0: X, fixed in 2.1")]


def test_offline_it_is_open_and_nobody_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = context_of(specimen(tmp_path / "project"), tmp_path / "scratch")
    context.offline = True
    monkeypatch.setattr(audit, "audited", lambda *_: pytest.fail("asked"))
    [result] = audit.check(context)
    assert (result.state, result.detail) == (State.OPEN, "not audited: --offline was given. Run it without --offline")

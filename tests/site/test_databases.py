"""The Flask application with a database: several processes behind gunicorn, and a database that is stopped."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import requests

from mockserver import create_app
from mockserver.client import YabandPay
from mockserver.settings import Settings
from mockserver.store.contract import StoreUnavailableError
from mockserver.store.sql.opening import open_sql_store
from mockserver.testing import Sandbox
from tests.helpers import SECRET_KEY, USER, signed
from tests.machine import needs_gunicorn
from tests.site.test_create_app import in_process, over_http
from tests.sockets import wait_until, wsgi_server

if TYPE_CHECKING:
    from pathlib import Path

    from bench.postgres import PostgresServer

ACCOUNT = f"/_sandbox/api/accounts/{USER}"
PAGES = ("/_sandbox/", f"/_sandbox/accounts/{USER}/orders")
UNAVAILABLE = "The sandbox cannot use its database at present: "


def settings_of(database: str) -> Settings:
    return Settings(port=0, log="none", database=database, pay_delay=3_600_000)


def test_a_message_signed_by_one_process_is_shown_by_another(postgres_database: str) -> None:
    first, second = (create_app(settings_of(postgres_database)) for _ in range(2))
    try:
        pressed = first.test_client().post(
            f"/_sandbox/accounts/{USER}/scenarios/reset", data={"back": f"/_sandbox/accounts/{USER}/scenarios"}
        )
        assert pressed.status_code == 303, pressed.text
        cookie = pressed.headers["Set-Cookie"].partition(";")[0]
        shown = second.test_client(use_cookies=False).get(pressed.location, headers={"Cookie": cookie})
        assert '<p class="note" role="status">' in shown.text
        forged = second.test_client(use_cookies=False).get(pressed.location, headers={"Cookie": f"{cookie}x"})
        assert '<p class="note" role="status">' not in forged.text
    finally:
        first.close()
        second.close()


def test_a_stopped_database_is_named_by_the_api_and_by_pages_until_it_runs_again(
    own_postgres: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_of(own_postgres.new_database())
    flask, idle = create_app(settings), create_app(settings)
    with Sandbox(settings) as served, caplog.at_level(logging.WARNING):
        try:
            client = flask.test_client()
            wrong = signed().replace(b"EUR", b"CHF")
            assert client.post("/Payments", data=signed()).json["code"] == "200"  # type: ignore[index]
            own_postgres.stop("immediate")
            for path in (ACCOUNT, f"{ACCOUNT}/payments", f"{ACCOUNT}/exchanges"):
                for ask in (in_process(flask), over_http(served.url)):
                    answer = ask("GET", path)
                    assert (answer.status, answer.headers["Content-Type"]) == (503, "application/problem+json")
                    assert answer.json["title"] == "Database unavailable"
                    assert answer.json["detail"].startswith(UNAVAILABLE)
            for page in PAGES:
                got = client.get(page, follow_redirects=True)
                assert (got.status_code, got.mimetype) == (503, "text/html"), page
                assert "Database unavailable" in got.text
                assert UNAVAILABLE in got.text
            for ask in (in_process(flask), over_http(served.url)):  # a signature that would be explained
                assert ask("POST", "/Payments", wrong).json["code"] != "200"
            assert in_process(idle)("GET", ACCOUNT).status == 503  # its first request
            own_postgres.start()
            assert in_process(idle)("GET", ACCOUNT).status == 200
            assert client.get(f"{ACCOUNT}/payments").status_code == 200
            assert requests.get(f"{served.url}{ACCOUNT}/payments", timeout=60).status_code == 200
        finally:
            flask.close()
            idle.close()
    assert not [one for one in caplog.records if one.exc_info]


def test_what_is_answered_without_flask_names_the_database_too(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: object) -> None:
        raise StoreUnavailableError(f"{UNAVAILABLE}it was stopped.")

    monkeypatch.setattr(sandbox.app.gateway, "begin", fail)
    answer = over_http(sandbox.url)("POST", "/Payments", signed())
    assert (answer.status, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert answer.json["detail"] == f"{UNAVAILABLE}it was stopped."
    assert not caplog.records


@pytest.mark.slow
@needs_gunicorn
@pytest.mark.parametrize("options", [(), ("--preload",)], ids=["", "opened before the fork"])
def test_workers_of_gunicorn_share_a_postgresql_database(
    options: tuple[str, ...], postgres_database: str, tmp_path: Path
) -> None:
    command = ("gunicorn", "mockserver:create_app()", "--bind", "127.0.0.1:0", "--workers", "2", *options)
    log = tmp_path / "server.log"
    with wsgi_server(tmp_path, *command, YABANDPAY_MOCK_DATABASE=postgres_database) as url:
        wait_until(lambda: log.read_text().count("Booting worker") == 2)
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda _: requests.post(f"{url}/Payments", signed(), timeout=60).json(), range(40)))
        trades = {one["data"]["trade_id"] for one in made}
        assert len(trades) == 40
        client = YabandPay(USER, SECRET_KEY, url)
        assert {client.query_order(trade).trade_id for trade in trades} == trades
        assert client.list_orders().total == 40
    assert "worker processes" not in log.read_text()


@pytest.mark.slow
@needs_gunicorn
@pytest.mark.parametrize("workers", ["1", "2"])
def test_workers_that_gunicorn_forks_from_one_with_an_sqlite_file_say_what_to_do(workers: str, tmp_path: Path) -> None:
    command = ("gunicorn", "mockserver:create_app()", "--bind", "127.0.0.1:0", "--workers", workers, "--preload")
    file, log = tmp_path / "sandbox.db", tmp_path / "server.log"
    with wsgi_server(tmp_path, *command, YABANDPAY_MOCK_DATABASE=f"sqlite:///{file}") as url:
        parent = (tmp_path / "sandbox.db-owner").read_text().strip()
        for _ in range(8):
            answer = requests.post(f"{url}/Payments", signed(), timeout=60)
            assert (answer.status_code, answer.json()["title"]) == (503, "Database unavailable")
            assert answer.json()["detail"] == (
                f"{UNAVAILABLE}the file was opened by process {parent}, of which this one is a fork, and SQLite is for "
                "one process; open it in the process that uses it (gunicorn --workers 1 without --preload), or use "
                "PostgreSQL."
            )
    assert "of which this one is a fork" in log.read_text()
    assert (tmp_path / "sandbox.db-owner").exists()  # a worker that ends does not remove the file of its parent
    with closing(open_sql_store(f"sqlite:///{file}", 3)) as store:
        assert store.users() == ["", USER]


def test_several_processes_on_one_database_are_not_warned_of(
    postgres_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    flask = create_app(settings_of(postgres_database))
    try:
        answer = flask.test_client().post("/Payments", data=signed(), environ_overrides={"wsgi.multiprocess": True})
        assert answer.json["code"] == "200"  # type: ignore[index]
    finally:
        flask.close()
    assert not [one for one in caplog.records if "worker processes" in one.getMessage()]

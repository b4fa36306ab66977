"""Processes on one PostgreSQL that stand still or die, and connections that break at a bad moment."""

from __future__ import annotations

import os
import queue
import resource
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bench.postgres import PgBouncer
from mockserver.domain.payments.payment import Payment
from mockserver.store.contract import StoreUnavailableError
from mockserver.store.sql.opening import open_sql_store
from mockserver.store.sql.postgresql import PostgresqlDatabase
from tests.sockets import wait_until
from tests.store import samples
from tests.store.samples import ANNA, BERT, payment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.postgres import PostgresServer
    from mockserver.domain.unit_of_work import UnitOfWork


LIMITS = "lock_timeout", "idle_in_transaction_session_timeout"


class Relay(threading.Thread):
    """Passes connections on to a server; once armed, it cuts one after a COMMIT whose answer it keeps."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.is_armed = threading.Event()
        self.start()

    def run(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return  # closed
            server = socket.create_connection(("127.0.0.1", self._to))
            cut = threading.Event()
            threading.Thread(target=self._pass_on, args=(client, server, cut, True), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(server, client, cut, False), daemon=True).start()

    def _pass_on(self, here: socket.socket, there: socket.socket, cut: threading.Event, is_client: bool) -> None:  # noqa: FBT001
        with here, suppress(OSError):  # the other direction has ended it
            while data := here.recv(65536):
                if is_client and self.is_armed.is_set() and b"COMMIT" in data:
                    self.is_armed.clear()
                    cut.set()
                if cut.is_set() and not is_client:
                    break  # the server has answered
                there.sendall(data)
            there.shutdown(socket.SHUT_RDWR)
            here.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


@pytest.fixture
def relay(postgres: PostgresServer) -> Iterator[Relay]:
    relay = Relay(postgres.port)
    yield relay
    relay.close()


def add_payment(unit: UnitOfWork) -> None:
    unit.put(payment("t1"))


def test_what_may_be_committed_is_looked_at_when_the_answer_to_the_commit_is_lost(
    postgres: PostgresServer, postgres_database: str, relay: Relay
) -> None:
    """The client gets an error, and yet the payment may be there, and then has to be paid."""
    heard: list[str] = []
    store = open_sql_store(postgres_database.replace(f":{postgres.port}/", f":{relay.port}/"), 10)
    store.open_account(ANNA)
    store.on_other(heard.append)
    relay.is_armed.set()
    with pytest.raises(StoreUnavailableError):
        store.perform(ANNA.user, add_payment)
    assert heard == [ANNA.user]
    with store.read(ANNA.user) as view:
        assert [one.trade_id for one in view.every(Payment)] == ["t1"]
    store.close()


@pytest.fixture(params=["direct", "pooled"])
def database(
    request: pytest.FixtureRequest, postgres: PostgresServer, postgres_database: str
) -> Iterator[PostgresqlDatabase]:
    with closing(open_sql_store(postgres_database, 10)) as store:
        store.open_account(ANNA)
    with ExitStack() as stack:
        url = postgres_database
        if request.param == "pooled":
            url = stack.enter_context(PgBouncer(postgres)).url(url.rpartition("/")[2])
        database = PostgresqlDatabase(url)
        assert database.is_pooled == (request.param == "pooled")
        yield database
        database.close()


def test_no_transaction_of_a_process_that_stands_still_lasts(database: PostgresqlDatabase) -> None:
    limits = []
    with database.reading() as connection:
        limits += [connection.rows(sa.text(f"SHOW {name}")) for name in LIMITS]
    with database.committing() as connection:
        limits += [connection.rows(sa.text(f"SHOW {name}")) for name in LIMITS]
    with database.writing() as connection:
        assert connection.begin_with(ANNA.user)
        limits += [connection.rows(sa.text(f"SHOW {name}")) for name in LIMITS]
    assert limits == [[("10s",)]] * 6


def test_a_process_that_stands_still_with_an_account_loses_it(postgres_database: str) -> None:
    with closing(open_sql_store(postgres_database, 10)) as store:
        store.open_account(ANNA)
    stopped, other = PostgresqlDatabase(postgres_database), PostgresqlDatabase(postgres_database)
    # The server says why, which is not read if it comes before the next statement.
    why = "idle-in-transaction timeout|server closed the connection"
    with pytest.raises(StoreUnavailableError, match=why), stopped.writing() as connection:
        connection.execute("SET idle_in_transaction_session_timeout = '10ms'")
        assert connection.begin_with(ANNA.user)
        with other.writing() as free:
            assert free.begin_with(ANNA.user)
            free.commit()
        connection.commit()
    stopped.close()
    other.close()


def listening(server: PostgresServer, url: str) -> set[int]:
    """The sessions in which processes listen to each other."""
    name = url.rpartition("/")[2]
    last_queries = "(LISTEN|SELECT pg_notify)%"
    sessions = f"SELECT pid FROM pg_stat_activity WHERE datname = '{name}' AND query SIMILAR TO '{last_queries}'"  # noqa: S608 - own names
    return {pid for (pid,) in server.psql(sessions)}


def test_a_process_whose_connection_is_cut_hears_of_others_and_listens_again(
    postgres: PostgresServer, postgres_database: str
) -> None:
    heard: queue.Queue[str] = queue.Queue()
    with (
        closing(open_sql_store(postgres_database, 10)) as store,
        closing(open_sql_store(postgres_database, 10)) as other,
    ):
        store.on_other(heard.put)
        store.start()
        other.start()
        wait_until(lambda: len(listening(postgres, postgres_database)) == 2)
        cut = listening(postgres, postgres_database)
        for pid in cut:
            postgres.psql(f"SELECT pg_terminate_backend({pid})")
        other.open_account(ANNA)  # which nobody listens to
        while heard.get(timeout=30) != ANNA.user:
            pass
        wait_until(lambda: len(listening(postgres, postgres_database) - cut) == 2)
        other.open_account(BERT)
        while heard.get(timeout=30) != BERT.user:
            pass
        assert store.known_account(BERT.user) == BERT


def test_what_was_heard_when_the_database_was_lost_is_heard_again(
    database: PostgresqlDatabase, postgres_database: str
) -> None:
    heard: queue.Queue[str] = queue.Queue()
    lost: list[str] = []

    def hear(users: set[str]) -> None:
        if BERT.user in users and not lost:
            lost.append(BERT.user)
            raise StoreUnavailableError("the connection was cut")
        for user in users:
            heard.put(user)

    with (
        closing(open_sql_store(postgres_database, 10)) as store,
        closing(database.other_processes("this", hear)) as others,
    ):
        others.start()
        store.start()
        store.open_account(BERT)
        while heard.get(timeout=30) != BERT.user:
            pass
    assert lost == [BERT.user]


def test_an_account_that_another_transaction_holds_holds_up_no_other(postgres_database: str) -> None:
    with (
        closing(open_sql_store(postgres_database, 10)) as store,
        closing(PostgresqlDatabase(postgres_database)) as foreign,
        ThreadPoolExecutor(4) as pool,
    ):
        for account in (ANNA, BERT):
            store.open_account(account)
        with foreign.writing() as connection:
            assert connection.begin_with(ANNA.user)
            waiting = [pool.submit(store.perform, ANNA.user, samples.add_payment) for _ in range(3)]
            locks = sa.text("SELECT pid FROM pg_locks WHERE NOT granted")
            wait_until(lambda: bool(connection.rows(locks)))
            assert [store.perform(BERT.user, samples.add_payment) for _ in range(3)] == [1, 2, 3]
            assert not any(one.done() for one in waiting)
        assert sorted(one.result() for one in waiting) == [1, 2, 3]


def test_others_are_heard_by_a_process_with_more_files_than_select_can_wait_for(postgres_database: str) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 1300:
        pytest.skip("needs 1,300 open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1300), hard))
    open_files = [os.open(os.devnull, os.O_RDONLY) for _ in range(1050)]
    heard = threading.Event()
    try:
        store, other = open_sql_store(postgres_database, 10), open_sql_store(postgres_database, 10)
        store.open_account(ANNA)
        store.on_other(lambda user: heard.set() if user == "late" else None)
        store.start()
        other.start()
        other.open_account(replace(ANNA, user="late"))
        assert heard.wait(30)
        store.close()
        other.close()
    finally:
        for file in open_files:
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("at", ["begin", "together", "commit"])
def test_a_server_that_does_not_answer_is_unavailable_after_a_while(own_postgres: PostgresServer, at: str) -> None:
    url = own_postgres.new_database()
    with closing(open_sql_store(url, 10)) as store:
        store.open_account(ANNA)
    with closing(PostgresqlDatabase(url, answers_within=0.2)) as database:
        with database.reading(), database.reading():
            pass  # two connections are in the pool
        with (
            pytest.raises(StoreUnavailableError, match=r"the server has not answered within 0.2 s\.$"),
            ExitStack() as stack,
            database.writing() as connection,
        ):
            if at != "begin":
                assert connection.begin_with(ANNA.user)
            stack.enter_context(own_postgres.standing_still())
            if at == "begin":
                connection.begin_with(ANNA.user)
            elif at == "together":
                with connection.together():
                    connection.commit()
            else:
                connection.commit()
        with own_postgres.standing_still(), pytest.raises(StoreUnavailableError, match="timeout"), database.reading():
            pass  # the other connection is not tried
        with database.reading() as connection:
            assert connection.row(sa.text("SELECT 1")) == (1,)


def test_a_machine_that_is_cut_off_is_noticed_by_tcp(postgres_database: str) -> None:
    with (
        closing(PostgresqlDatabase(postgres_database)) as database,
        database.connect() as connection,
        socket.socket(fileno=os.dup(connection.fileno())) as used,
    ):
        assert used.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        options = ("TCP_USER_TIMEOUT", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT")
        assert [used.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in options] == [10_000, 10, 2, 3]

"""The store in an SQL database. Lock order: see `mockserver.store.contract`."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

from mockserver.clock import SystemClock
from mockserver.domain.accounts import ANONYMOUS, Account
from mockserver.store.contract import AccountBusyError, AccountExistsError, StoreListeners, StoreUnavailableError
from mockserver.store.sql import statements
from mockserver.store.sql.group_commit import GroupCommit, Job, Outcome
from mockserver.store.sql.known import KnownAccounts
from mockserver.store.sql.progress import Progress, progress_of
from mockserver.store.sql.sweeper import Sweeper
from mockserver.store.sql.texts import account_of, account_text
from mockserver.store.sql.unit import AccountTransaction, Claimant, SqlUnit
from mockserver.store.sql.view import SqlView
from mockserver.threads import SharedCall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mockserver.domain.unit_of_work import UnitOfWork
    from mockserver.store.contract import History, Mark
    from mockserver.store.sql.database import ChangeFeed, Database, SqlConnection

_T = TypeVar("_T")
_WRITERS = 8
_CLOSING_PATIENCE = 1.0  # seconds
_AS_LARGE_AS_A_PAYMENT = 20_000  # characters: on a full disk, something small may still find room
_EMPTY = Progress({}, {}).text


class SqlStore(StoreListeners):
    """Stores accounts in a database."""

    waits_for_io = True
    at_once = 50

    def __init__(self, database: Database, journal_size: int) -> None:
        super().__init__()
        self._database = database
        self._journal_size = journal_size
        self._known = KnownAccounts(self.announce_account)
        self._clock = SystemClock()
        self._become_a_process()
        self.open_account(Account(ANONYMOUS, "", ""))
        self._read_all_accounts()
        _stores.add(self)

    def _become_a_process(self) -> None:
        """Make what belongs to this process alone: its name among those of the database, and its threads."""
        self._name = secrets.token_hex(8)
        self._sweeper = Sweeper(self._database)
        self._commits = GroupCommit(self._commit, together=self._database.together, threads=_WRITERS)
        self._others = self._database.other_processes(self._name, self._hear)
        self._of_this_turn: list[Job] = []

    def after_fork(self) -> None:
        """Go on in a forked process, which has none of the threads, and may not use the connections."""
        self._database.leave_connections()
        self._become_a_process()

    def _read_all_accounts(self) -> None:
        with self._database.reading() as connection:
            rows = connection.rows(statements.ACCOUNTS)
        for user, generation, text in rows:
            self._known.read(user, generation, text)

    def start(self) -> None:
        if self._others is not None:
            self._others.start()
        self._sweeper.start()  # for what the last process has left

    @property
    def secret(self) -> str:
        return self._database.secret

    def _hear(self, users: set[str]) -> None:
        """Other processes have changed these accounts."""
        with self._database.reading() as connection:
            rows = connection.rows(statements.ACCOUNTS_OF, users=list(users))
        for user, generation, text in rows:
            self._known.read(user, generation, text)
        for user in users - {row[0] for row in rows}:
            self._known.forget(user)
        for user in users:
            self.announce_other(user)

    def _tell(self, user: str, at: int | None) -> None:
        """Announce a commit of this process."""
        self.announce_commit(user, at)
        if self._others is not None:
            self._others.tell(user)

    # Units of work.

    def perform(self, user: str, work: Callable[[UnitOfWork], _T]) -> _T:
        return self._performed(user, partial(_in_unit, work))

    def _performed(self, user: str, work: Callable[[AccountTransaction], _T]) -> _T:
        future: Future[_T] = Future()
        self._commits.submit(Job(user, work, future, None))
        return future.result()

    async def perform_soon(self, user: str, work: Callable[[UnitOfWork], _T], *, skips_busy: bool = False) -> _T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_T] = loop.create_future()
        if not self._of_this_turn:
            loop.call_soon(self._submit_turn)
        self._of_this_turn.append(Job(user, partial(_in_unit, work), future, loop, not skips_busy))
        return await future

    def _submit_turn(self) -> None:
        """Submit the work of one turn of the event loop, so that it is committed together."""
        jobs, self._of_this_turn = self._of_this_turn, []
        self._commits.submit(*jobs)

    def _commit(self, jobs: Sequence[Job]) -> list[Outcome]:
        try:
            outcomes, transactions = self._commit_together(jobs)
        except StoreUnavailableError as error:
            for user in {job.user for job in jobs}:
                self.announce_other(user)  # perhaps it was committed, and only the answer of the database is lost
            return [Outcome(job, error=error) for job in jobs]
        except Exception as error:  # noqa: BLE001 - those that wait get it
            if len(jobs) == 1:
                return [Outcome(jobs[0], error=error)]
            return [outcome for job in jobs for outcome in self._commit([job])]
        for transaction in transactions:
            self._announce(transaction)
        return outcomes

    def _commit_together(self, jobs: Sequence[Job]) -> tuple[list[Outcome], list[AccountTransaction]]:
        transactions: dict[str, AccountTransaction] = {}
        outcomes = []
        skips_locked = not any(job.is_patient for job in jobs)
        with self._database.writing() as connection:
            for job in jobs:
                transaction = transactions.get(job.user)
                try:
                    if transaction is None:
                        transaction = transactions[job.user] = self._begin(
                            connection, job.user, skips_locked=skips_locked
                        )
                    outcomes.append(Outcome(job, self._done(job, transaction)))
                except Exception as error:
                    if isinstance(error, self._database.errors):
                        raise  # the transaction has failed
                    outcomes.append(Outcome(job, error=error))
            with connection.together():
                for transaction in transactions.values():
                    transaction.finish()
                connection.commit()
        return outcomes, list(transactions.values())

    def _done(self, job: Job, transaction: AccountTransaction) -> Any:  # noqa: ANN401 - the result of the job
        if not job.is_patient and transaction.is_advanced_elsewhere:
            raise AccountBusyError
        return job.work(transaction)

    def _begin(self, connection: SqlConnection, user: str, *, skips_locked: bool = False) -> AccountTransaction:
        row = connection.begin_with(user, skips_locked=skips_locked)
        if row is None:
            if skips_locked and connection.row(statements.ACCOUNT, of_account=user) is not None:
                raise AccountBusyError
            self._known.forget(user)
            raise KeyError(user)
        generation, text, progress, advanced_by, advanced_until = row
        account, now = self._known.read(user, generation, text), self._clock.now()
        transaction = AccountTransaction(
            connection, account, progress_of(progress), self._journal_size, Claimant(self._name, now)
        )
        transaction.is_advanced_elsewhere = advanced_by != self._name and advanced_until > now
        return transaction

    def _announce(self, transaction: AccountTransaction) -> None:
        """Announce what a committed transaction has changed."""
        account = transaction.account
        if transaction.has_new_settings:
            self._known.written(account)
        if transaction.has_changed:
            self._tell(account.user, transaction.earliest)

    @contextmanager
    def unit(self, user: str) -> Iterator[SqlUnit]:
        with self._database.writing() as connection:
            transaction = self._begin(connection, user)
            with SqlUnit(transaction) as unit:
                yield unit
            with connection.together():
                transaction.finish()
                connection.commit()
        self._announce(transaction)

    @contextmanager
    def read(self, user: str) -> Iterator[SqlView]:
        with self._database.reading() as connection:
            row = connection.row(statements.ACCOUNT, of_account=user)
            if row is None:
                raise KeyError(user)
            generation, text, progress, _, _ = row
            yield SqlView(connection, self._known.read(user, generation, text), progress_of(progress))

    # Accounts.

    def open_account(self, account: Account) -> Account:
        try:
            with self._database.committing() as connection:
                opened = self._added(connection, account).account
        except AccountExistsError:
            return self.change_account(account.user, partial(_reopened, account))
        self._known.written(opened)
        if self._others is not None:
            self._others.tell(account.user)
        return opened

    @contextmanager
    def new_account(self, account: Account) -> Iterator[SqlUnit]:
        with self._database.committing() as connection:
            transaction = self._added(connection, account)
            with SqlUnit(transaction) as unit:
                yield unit
            transaction.finish()
        self._known.written(transaction.account)
        self._tell(account.user, transaction.earliest)

    def _added(self, connection: SqlConnection, account: Account) -> AccountTransaction:
        [(generation,)] = connection.rows(statements.BEGIN_GENERATION, of_account=account.user)
        account = account_of(account_text(account), generation)
        added = connection.run(
            statements.ADD_ACCOUNT, account=account.user, generation=generation, value=account_text(account),
            progress=_EMPTY, advanced_by="", advanced_until=0,
        )  # fmt: skip
        if not added:
            raise AccountExistsError(account.user)
        claimant = Claimant(self._name, self._clock.now())
        return AccountTransaction(connection, account, Progress({}, {}), self._journal_size, claimant)

    def account(self, user: str) -> Account | None:
        with self._database.reading() as connection:
            row = connection.row(statements.ACCOUNT, of_account=user)
        if row is None:
            self._known.forget(user)
            return None
        return self._known.read(user, row[0], row[1])

    def known_account(self, user: str) -> Account | None:
        return self._known.get(user)

    def change_account(self, user: str, change: Callable[[Account], Account]) -> Account:
        return self._performed(user, lambda transaction: transaction.change_account(change))

    def empty_account(self, user: str) -> None:
        with self._database.writing() as connection:
            if connection.begin_with(user) is None:
                raise KeyError(user)
            [(generation,)] = connection.rows(statements.BEGIN_GENERATION, of_account=user)
            connection.run(statements.EMPTY_ACCOUNT, of_account=user, to=generation, nothing=_EMPTY)
            connection.commit()
        self.account(user)
        self._sweeper.start()
        self._tell(user, None)

    def clear_journal(self, user: str) -> None:
        with self._database.writing() as connection:
            row = connection.begin_with(user)
            if row is None:
                raise KeyError(user)
            connection.run(statements.CLEAR_JOURNAL, generation=row[0])
            connection.commit()
        self._tell(user, None)

    def drop_account(self, user: str) -> None:
        with self._database.writing() as connection:
            if connection.begin_with(user) is not None:
                connection.run(statements.DROP_ACCOUNT, of_account=user)
                connection.commit()
        self._known.forget(user)
        self._sweeper.start()
        self._tell(user, None)

    def history(self, user: str, since: Mark | None) -> History:
        with self.read(user) as view:
            return view.history(since)

    def check_writing(self) -> None:
        with self._database.committing() as connection:
            connection.row(statements.ACCOUNT, of_account=ANONYMOUS)
            connection.run(statements.TOUCH, now=str(self._clock.now()).ljust(_AS_LARGE_AS_A_PAYMENT))

    def next_due(self, user: str) -> int | None:
        with self._database.reading() as connection:
            row = connection.row(statements.NEXT_DUE, of_account=user, machine=self._clock.now())
        return _earliest(row or ())

    def next_due_of_all(self) -> dict[str, int]:
        with self._database.reading() as connection:
            rows = connection.rows(statements.NEXT_DUE_OF_ALL, machine=self._clock.now())
        return {user: at for user, *instants in rows if (at := _earliest(instants)) is not None}

    def has_deliveries(self, user: str) -> bool:
        with self._database.reading() as connection:
            return connection.row(statements.HAS_DELIVERIES, of_account=user) is not None

    def users_with_deliveries(self) -> list[str]:
        with self._database.reading() as connection:
            return [user for (user,) in connection.rows(statements.USERS_WITH_DELIVERIES)]

    def claimed_elsewhere(self, user: str) -> int | None:
        with self._database.reading() as connection:
            wanted = {"of_account": user, "machine": self._clock.now(), "by": self._name}
            row = connection.row(statements.CLAIMED_ELSEWHERE, **wanted)
        return None if row is None else row[0]

    def begin_advance(self, user: str, seconds: float) -> bool:
        return self._performed(user, lambda transaction: transaction.begin_advance(seconds))

    def end_advance(self, user: str) -> None:
        with suppress(KeyError):
            self._performed(user, lambda transaction: transaction.end_advance())

    def is_advanced_elsewhere(self, user: str) -> bool:
        with self._database.reading() as connection:
            row = connection.row(statements.ACCOUNT, of_account=user)
        return row is not None and row[3] != self._name and row[4] > self._clock.now()

    def users(self) -> list[str]:
        with self._database.reading() as connection:
            return [user for (user,) in connection.rows(statements.USERS)]

    def secret_keys(self) -> dict[str, str]:
        return self._known.secret_keys()

    def trades_in_memory(self) -> int:
        return 0

    def close(self) -> None:
        self._commits.close()
        if self._others is not None:  # the next process with an SQLite file ends all claims
            with suppress(TimeoutError, StoreUnavailableError):  # then they end by themselves
                SharedCall(partial(self._end_claims, self._others), "end of the claims").wait(_CLOSING_PATIENCE)
            self._others.close()
        self._sweeper.close()
        self._database.close()

    def _end_claims(self, others: ChangeFeed) -> None:
        """Leave the deliveries and advances that this process has not finished to the others."""
        with self._database.committing() as connection:
            users = connection.rows(statements.END_OWN_CLAIMS, by=self._name)
            users += connection.rows(statements.END_OWN_ADVANCES, by=self._name)
        for (user,) in users:
            others.tell(user)


def _in_unit(work: Callable[[UnitOfWork], _T], transaction: AccountTransaction) -> _T:
    with SqlUnit(transaction) as unit:
        return work(unit)


def _earliest(instants: Iterable[int | None]) -> int | None:
    return min((at for at in instants if at is not None), default=None)


def _reopened(account: Account, present: Account) -> Account:
    return replace(
        present, secret_key=account.secret_key, role=account.role, opening_balance=account.opening_balance,
        name=account.name or present.name,
    )  # fmt: skip


_stores: WeakSet[SqlStore] = WeakSet()


def _go_on_after_fork() -> None:
    for store in tuple(_stores):
        store.after_fork()


if sys.platform != "win32":
    # A server such as gunicorn --preload opens the store in one process, and forks those that use it.
    os.register_at_fork(after_in_child=_go_on_after_fork)

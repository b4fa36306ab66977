"""What PostgreSQL knows of the tables of a new database, before autovacuum has looked at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.store.sql.opening import open_sql_store
from tests.sockets import wait_until
from tests.store.samples import ANNA, payment

if TYPE_CHECKING:
    from bench.postgres import PostgresServer

ANALYZED = "SELECT count(*) FROM pg_stat_user_tables WHERE last_analyze IS NOT NULL"


def test_a_new_database_is_analyzed_once_it_has_rows(postgres: PostgresServer, postgres_database: str) -> None:
    """Else the first minute of a load reads all notifications of an account to find one."""
    name = postgres_database.rpartition("/")[2]

    def analyzed() -> int:
        [(count,)] = postgres.psql(ANALYZED, name)
        return int(count)

    store = open_sql_store(postgres_database, 3)
    try:
        store.open_account(ANNA)
        for begin in range(0, 2_000, 500):
            assert analyzed() == 0
            with store.unit(ANNA.user) as unit:
                for number in range(begin, begin + 500):
                    unit.put(payment(f"t{number}", number=unit.next_number("payments")))
        wait_until(lambda: analyzed() == 8)
    finally:
        store.close()

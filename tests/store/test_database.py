"""Which databases the SQL store takes, and what it says of the others, which stay as they are."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from mockserver.domain.accounts import Account
from mockserver.store.sql import schema
from mockserver.store.sql.opening import open_sql_store
from mockserver.store.sql.sqlite import APPLICATION_ID
from tests.machine import needs_namespaces

if TYPE_CHECKING:
    from pathlib import Path

VERSION = schema.SCHEMA_VERSION
SHOP = ("CREATE TABLE orders (id INTEGER)", "INSERT INTO orders VALUES (1)")


def database(file: Path, *statements: str) -> Path:
    """A file that SQLite has written."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return file


def refusal(file: Path) -> str:
    """What is said of a database that is not taken."""
    with pytest.raises(ValueError, match="^--database: ") as caught:
        open_sql_store(f"sqlite:///{file}", 10)
    return str(caught.value).removeprefix("--database: ")


def identity(file: Path) -> tuple[int, int, str]:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        names = ("application_id", "user_version", "journal_mode")
        return tuple(connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names)


# Taken -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["none", "empty", "without tables"])
def test_a_new_or_empty_database_gets_the_tables_and_says_whose_it_is(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "sandbox.db"
    if kind == "empty":
        file.touch()
    elif kind == "without tables":
        database(file, "PRAGMA journal_mode=WAL", "VACUUM")
    store = open_sql_store(f"sqlite:///{file}", 10)
    store.open_account(Account("anna", "k", "s"))
    store.close()
    assert identity(file) == (APPLICATION_ID, VERSION, "wal")
    again = open_sql_store(f"sqlite:///{file}", 10)
    assert again.users() == ["", "anna"]
    again.close()


def test_every_commit_waits_for_the_disk(tmp_path: Path) -> None:
    pragmas = [sa.text(f"PRAGMA {name}") for name in ("synchronous", "journal_mode")]
    store = open_sql_store(f"sqlite:///{tmp_path / 'sandbox.db'}", 10)
    seen = []
    with store._database.reading() as one:  # so that the next connection is a new one
        one.rows(pragmas[0])
        for _ in range(2):
            with store._database.writing() as connection:
                connection.begin()
                seen += [connection.rows(pragma)[0][0] for pragma in pragmas]
    store.close()
    assert seen == [2, "wal"] * 2  # 2 is FULL


def test_the_version_follows_the_tables() -> None:
    """A changed table needs a new version, and this test its digest: an older file would else be taken and then fail."""
    made = schema.metadata.sorted_tables
    indexes = sorted((index for table in made for index in table.indexes), key=lambda index: str(index.name))
    creations: list[sa.schema.ExecutableDDLElement] = [
        *map(sa.schema.CreateTable, made),
        *map(sa.schema.CreateIndex, indexes),
    ]
    text = "".join(re.sub(r"\s+", " ", str(creation.compile(dialect=sqlite.dialect()))) for creation in creations)
    assert (VERSION, hashlib.sha256(text.encode()).hexdigest()[:16]) == (3, "24b6e6cced29e68a")


# Not taken -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "age"), [(VERSION + 1, "newer"), (VERSION - 1, "older"), (4711, "newer")])
def test_one_of_another_version_is_refused_with_both_versions(tmp_path: Path, version: int, age: str) -> None:
    file = tmp_path / "sandbox.db"
    open_sql_store(f"sqlite:///{file}", 10).close()
    database(file, f"PRAGMA user_version={version}")
    before = file.read_bytes()
    said = refusal(file)
    assert said.startswith(
        f"{file} was created by {age} sandbox: its tables have version {version}, and this one needs {VERSION}. It was "
        "not changed.".replace(f"by {age}", f"by a{'n' if age == 'older' else ''} {age}")
    )
    assert ("/bundle" in said) == (age == "older")  # how to take the accounts along
    assert file.read_bytes() == before


def test_one_that_another_sandbox_uses_is_refused_with_its_process(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.db"
    code = "import sys; from mockserver.store.sql.opening import open_sql_store as o; s = o(sys.argv[1], 9); print(1); input()"
    line = [sys.executable, "-c", code, f"sqlite:///{file}"]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "1\n"
        assert refusal(file) == (
            f"{file} is used by another sandbox (process {owner.pid}); stop that one, choose another file, or use "
            "PostgreSQL for several processes"
        )
        owner.kill()
    open_sql_store(f"sqlite:///{file}", 10).close()
    assert [one.name for one in tmp_path.iterdir()] == ["sandbox.db"]


def test_a_second_store_of_the_same_process_is_refused_too(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.db"
    store = open_sql_store(f"sqlite:///{file}", 10)
    assert f"{file} is used by another sandbox (process {os.getpid()}); " in refusal(file)
    assert store.users() == [""]
    store.close()
    open_sql_store(f"sqlite:///{file}", 10).close()


@pytest.mark.parametrize(
    "statements",
    [SHOP, ("PRAGMA application_id=7",), ("PRAGMA user_version=1",), (*SHOP, f"PRAGMA user_version={VERSION}"),
     ("CREATE TABLE accounts (a)",), ("PRAGMA journal_mode=WAL", *SHOP)],
)  # fmt: skip
def test_one_of_another_program_is_refused_and_stays_as_it_is(tmp_path: Path, statements: tuple[str, ...]) -> None:
    file = database(tmp_path / "shop.db", *statements)
    before = file.read_bytes()
    assert refusal(file) == f"{file} is a database of another program and was not changed; choose another file"
    assert file.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["shop.db"]


@pytest.mark.parametrize("content", [b"x", b"these are notes" * 500, b"SQLite format 2\0" + b"\0" * 1000])
def test_a_file_that_is_no_database_is_refused_and_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(content)
    assert refusal(file) == f"{file} is not an SQLite database and was not changed; choose another file"
    assert file.read_bytes() == content


def test_a_damaged_database_is_called_that(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.db"
    open_sql_store(f"sqlite:///{file}", 10).close()
    file.write_bytes(file.read_bytes()[:100] + b"\xff" * 4096)
    assert refusal(file).startswith(f"{file} is damaged (")


def test_a_folder_and_a_missing_folder_are_called_that(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path} is a folder; choose a file in it, such as sandbox.db"
    missing = tmp_path / "missing"
    assert (
        refusal(missing / "s.db")
        == f"{missing / 's.db'} cannot be created: the folder {missing} does not exist; create it first"
    )


@pytest.mark.slow
def test_one_that_another_process_has_locked_is_called_that(tmp_path: Path) -> None:
    file = database(tmp_path / "sandbox.db")
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        assert refusal(file) == f"{file} is locked by another process; stop that process, or choose another file"


def test_one_that_cannot_be_written_is_refused_though_it_could_be_read(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.db"
    open_sql_store(f"sqlite:///{file}", 10).close()
    with pytest.raises(
        ValueError, match=r"cannot be used \(attempt to write a readonly database\); check that the file and"
    ):
        open_sql_store(f"sqlite:///file:{file}?mode=ro&uri=true", 10)


@pytest.mark.parametrize(
    "url", ["sandbox.db", "mysql://x", "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///x?timeout=a"]
)
def test_an_address_of_another_form_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(ValueError, match="expected (a database such as )?sqlite:///sandbox.db"):
        open_sql_store(url, 10)


# At the start ----------------------------------------------------------------------------------------------------------

SERVE = [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--database"]
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("YABANDPAY_MOCK_")}


def assert_one_sentence(done: subprocess.CompletedProcess[str], sentence: str) -> None:
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


@pytest.mark.parametrize("kind", ["shop", "notes", "folder", "newer"])
@pytest.mark.slow
def test_serve_ends_with_a_sentence(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "file"
    if kind == "shop":
        database(file, *SHOP)
    elif kind == "notes":
        file.write_text("notes", encoding="utf-8")
    elif kind == "folder":
        file.mkdir()
    else:
        database(file, f"PRAGMA application_id={APPLICATION_ID}", "PRAGMA user_version=99")
    done = subprocess.run(
        [*SERVE, f"sqlite:///{file}"], capture_output=True, text=True, env=ENVIRONMENT, check=False, timeout=60
    )
    assert_one_sentence(done, f"--database: {file} ")


@needs_namespaces
@pytest.mark.parametrize(("writable", "is_there"), [("", True), ("", False), ("sandbox.db", True)],
                         ids=["all read-only", "no file", "folder read-only"])  # fmt: skip
@pytest.mark.slow
def test_serve_ends_with_a_sentence_where_nothing_can_be_written(
    tmp_path: Path, writable: str, is_there: bool  # noqa: FBT001 - a case
) -> None:  # fmt: skip
    place = tmp_path / "place"
    place.mkdir()
    if is_there:
        open_sql_store(f"sqlite:///{place / 'sandbox.db'}", 10).close()
    keep = f"mount --bind {place / writable} {place / writable}" if writable else "true"
    inside = f'{keep} && mount --bind {place} {place} && mount -o remount,bind,ro {place} && exec "$@"'
    done = subprocess.run(["unshare", "--mount", "sh", "-c", inside, "sh", *SERVE, f"sqlite:///{place / 'sandbox.db'}"],
                          capture_output=True, text=True, env=ENVIRONMENT, check=False, timeout=60)  # fmt: skip
    assert_one_sentence(done, "check that the file and its folder are readable and writable")

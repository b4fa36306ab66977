"""PostgreSQL and PgBouncer in temporary folders. The servers end with the process that started them."""

from __future__ import annotations

import atexit
import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Self

OLDEST = 15
"""The oldest PostgreSQL that can be started: the first that has FILE_COPY and databases that sort by ICU."""

# Sorting as most users' servers do, not by bytes: an order by text that relies on bytes is a fault that must show here.
_INITDB = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--locale-provider=icu",
           "--icu-locale=en-US", "--no-sync", "--no-instructions"]  # fmt: skip
# Commits are written before they are answered, so a server that is killed has them; only the disk is not waited for.
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB"}
# Numbers, as Windows lacks the names. PostgreSQL ends at once on SIGQUIT; PgBouncer ignores that if this process does.
_KILL, _QUIT = 9, 3
_SIGNALS = {"fast": signal.SIGINT, "immediate": _QUIT}
# The input ends when the process that holds its other end does. A server that ends may still write, so rm may fail.
_GUARD = 'cat >/dev/null; read -r pid <pid && kill -"$1" "$pid"; cd /; until rm -rf "$0"; do sleep 0.1; done'
# Below the ports that systems give to outgoing connections: a server that restarts finds its own free.
_FIRST_PORT, _PORTS = 20_000, 12_000
_tried_ports = itertools.count(os.getpid() * 50)


@cache
def why_no_postgres() -> str:
    """Why no PostgreSQL can be started here; empty if it can."""
    if sys.platform == "win32":
        return "needs Linux or macOS, to start PostgreSQL"
    try:
        import psycopg  # noqa: F401, PLC0415 - only those that need it wait for it
    except ImportError as error:
        return f"needs psycopg: {error}"
    version, _ = _newest_programs()
    return "" if version >= OLDEST else f"needs PostgreSQL {OLDEST} or newer, such as Debian's postgresql"


@cache
def why_no_pgbouncer() -> str:
    """Why no PgBouncer can be started here; empty if it can."""
    return why_no_postgres() or ("" if _pgbouncer() else "needs PgBouncer, such as Debian's pgbouncer")


class PostgresServer:
    """A PostgreSQL with its own data folder, a port on 127.0.0.1, and a socket in `folder`; stopped on leaving.

    A commit outlives a crash of the server; with `durable` it waits for the disk, and outlives a crash of the machine.
    More settings are those of `postgresql.conf`.
    """

    def __init__(self, *, durable: bool = False, **settings: str) -> None:
        _, self._programs = _newest_programs()
        self._home = _Home(ended_by=_QUIT)
        self._data = self._home.folder / "data"
        self._home.run("cp", "-Rp", str(_template().folder / "data"), str(self._data))
        self._durable = durable
        self._settings = settings
        self._names = (f"test_{number}" for number in itertools.count(1))
        self.folder = self._home.folder
        self.port = _free_port()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._home.remove()

    def url(self, database: str) -> str:
        """The URL of a database, for SQLAlchemy."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    @property
    def log(self) -> str:
        """What the server has logged since its first start."""
        return self._home.log

    @property
    def is_running(self) -> bool:
        """Whether the server is started and has not ended."""
        return self._home.is_running

    def start(self) -> None:
        """Start on the same data and port as before; return when the server accepts connections."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "max_connections": "200",
            **({} if self._durable else _NOT_DURABLE),
            **self._settings,
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        self._home.start(str(self._programs / "postgres"), "-D", str(self._data), *options, is_ready=self._is_ready)

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop, if it runs: `fast` ends sessions and writes everything, `immediate` leaves recovery to the next."""
        self._home.stop(_SIGNALS[mode])

    def kill(self) -> None:
        """End the server by SIGKILL, and return when its last session has ended too."""
        self._home.stop(_KILL)

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """A block in which its processes are stopped: the system accepts connections for it, and nobody answers."""
        pids = [pid for (pid,) in self.psql("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")]
        pids.append(int((self.folder / "pid").read_text()))
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def psql(self, sql: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run SQL, each statement in a transaction of its own if there is only one; returns the rows of the last."""
        import psycopg  # noqa: PLC0415 - only those that need it wait for it

        address = self.url(database).replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def new_database(self) -> str:
        """The URL of a new, empty database."""
        name = next(self._names)
        # FILE_COPY takes 6 ms and WAL_LOG 15, but FILE_COPY begins and ends with a checkpoint, waiting for the disk.
        strategy = "WAL_LOG" if self._durable else "FILE_COPY"
        self.psql(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY {strategy}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Drop the database of a URL, and end its sessions."""
        name = url.partition("?")[0].rpartition("/")[2]
        self.psql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _is_ready(self, pid: int) -> bool:
        # The file of a server that was killed stays, with that one's number.
        with suppress(FileNotFoundError):
            lines = (self._data / "postmaster.pid").read_text().split()
            return lines[:1] == [str(pid)] and "ready" in lines
        return False


class PgBouncer:
    """A PgBouncer in front of a server, which gives each transaction any connection of its pool.

    Settings are those of its configuration file, such as `default_pool_size="1"`. See `why_no_pgbouncer`.
    """

    def __init__(self, server: PostgresServer, **settings: str) -> None:
        self._server, self._settings = server, settings

    def __enter__(self) -> Self:
        self._home, self.port = _Home(ended_by=_KILL), _free_port()
        self.folder = folder = self._home.folder
        settings = {
            "listen_addr": "127.0.0.1",
            "listen_port": str(self.port),
            "unix_socket_dir": "",
            "auth_type": "trust",
            "auth_file": str(folder / "users"),
            "pool_mode": "transaction",
            "max_client_conn": "1000",
            **self._settings,
        }
        lines = ["[databases]", f"* = host=127.0.0.1 port={self._server.port}", "[pgbouncer]"]
        lines += [f"{name} = {value}" for name, value in settings.items()]
        self._home.write("users", '"postgres" ""')
        self._home.write("pgbouncer.ini", *lines)
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._home.remove()

    def _start(self) -> None:
        self._home.start(_pgbouncer(), str(self.folder / "pgbouncer.ini"), is_ready=lambda _: answers(self.port))

    def restart(self) -> None:
        """Kill it, which cuts all connections, and start it on the same port."""
        self._home.stop(_KILL)
        self._start()

    def url(self, database: str) -> str:
        """The URL of a database of the server, by way of the pool."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"


def answers(port: int) -> bool:
    """Whether a server accepts connections at a port of 127.0.0.1."""
    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


class _Home:
    """A temporary folder, and the server in it. Both go when this process ends, however it ends.

    A guard outlives this process long enough for that; it knows the server by the file `pid` in the folder.
    `ended_by` is the signal that ends the server at once.
    """

    def __init__(self, *, ended_by: int) -> None:
        # Not the folder of pytest, whose path may be too long for a socket, and which only root may enter.
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp"))
        self._account = _account()
        if self._account:
            os.chown(self.folder, self._account["user"], self._account["group"])
        self._process: subprocess.Popen[bytes] | None = None
        self._ended_by = ended_by
        guard = ("sh", "-c", _GUARD, str(self.folder), str(ended_by))
        self._guard = self._popen(*guard, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def write(self, name: str, *lines: str) -> None:
        """Write a file that the server can read, even if this process makes files for itself alone."""
        (self.folder / name).write_text("\n".join(lines) + "\n")
        if self._account:
            os.chown(self.folder / name, self._account["user"], self._account["group"])

    def run(self, *command: str) -> None:
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True, **self._account)

    def start(self, *command: str, is_ready: Callable[[int], bool]) -> None:
        """Start the server, and return when the function says of its process id that it is ready."""
        with (self.folder / "log").open("ab") as log:
            process = self._popen(*command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        self._process = process
        self.write("pid", str(process.pid))
        while not is_ready(process.pid):
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.01)
                raise RuntimeError(f"The server has ended at its start:\n{self.log}")

    def stop(self, number: int) -> None:
        """Send a signal, and return when the server and its children have ended."""
        if self._process is not None:
            self._process.send_signal(number)
            # It says nothing here, but all its children hold this open.
            self._process.communicate()
            self._process = None
            (self.folder / "pid").unlink()

    def remove(self) -> None:
        self.stop(self._ended_by)
        self._guard.communicate()

    def _popen(self, *command: str, **options: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401 - options of several types
        # A session of its own: Ctrl-C is for the process that started it, which then stops its servers.
        return subprocess.Popen(command, cwd=self.folder, start_new_session=True, **options | self._account)


@cache
def _template() -> _Home:
    """Where `data` is a folder as initdb makes it in 0.7 s; a copy takes 0.1 s."""
    home = _Home(ended_by=_QUIT)
    atexit.register(home.remove)
    home.run(str(_newest_programs()[1] / "initdb"), "--pgdata=data", *_INITDB)
    return home


def _account() -> dict[str, Any]:
    """As whom servers run, as arguments of `subprocess`: both servers refuse to run as root."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return {}
    import pwd  # noqa: PLC0415 - Windows has none

    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid}


@cache
def _newest_programs() -> tuple[int, Path]:
    """The newest version of PostgreSQL on this machine, and the folder of its programs; 0 if there is none."""
    folders = [Path(shutil.which("initdb") or "/").resolve().parent]
    for place in ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin"):
        folders += Path("/").glob(place)
    found = [(_version(folder / "initdb"), folder) for folder in folders if (folder / "initdb").exists()]
    return max(found, default=(0, Path()))


def _version(program: Path) -> int:
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return int(re.findall(r"\d+", answer)[0])


def _pgbouncer() -> str:
    # On the PATH of root alone.
    return shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer") or ""


def _free_port() -> int:
    for tried in _tried_ports:
        port = _FIRST_PORT + tried % _PORTS
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError

"""`python -m bench.servers`: the sandbox's gateway on several servers, for the choice in docs/decisions.md.

Needs them installed: pip install granian waitress cheroot gunicorn gevent tornado. One that is missing is left out.
"""

from __future__ import annotations

import importlib.util
import sys
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.goals import table
from bench.load import Metrics, put_load, requests
from bench.process import Command, Server, sandbox_command
from mockserver.app import assemble
from mockserver.gateway.request import Request
from mockserver.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_CONNECTIONS = (1, 16, 64)
_REQUESTS = 30_000
_STARTS = 9
_KIB = 1024


class Report(NamedTuple):
    """A server's figures: start and stop in milliseconds, memory in MiB, load by number of connections."""

    name: str
    start: float
    idle: float
    load: dict[int, Metrics]
    after: float
    stop: float


def measure(name: str, command: Command) -> Report:
    """All figures of one server."""
    starts, stops = [], []
    for _ in range(_STARTS):
        server = Server(command)
        starts.append(server.start_ms)
        stops.append(server.stop())
    with Server(command) as server:
        idle, each = server.memory(), _REQUESTS // len(_CONNECTIONS)
        load = {n: put_load(server.port, requests(n * _REQUESTS, each), n) for n in _CONNECTIONS}
        after = server.memory()
        stops.append(server.stop())
    return Report(name, median(starts), idle / _KIB, load, after / _KIB, median(stops))


def report_table(reports: list[Report]) -> str:
    """The figures as a table in Markdown."""
    head = ["server", "start", "idle", *(f"req/s at {n} (p50, p99)" for n in _CONNECTIONS), "after load", "stop"]
    rows = []
    for report in reports:
        load = [f"{f.per_second:,.0f} ({f.p50:.2f}, {f.p99:.1f} ms)" for f in report.load.values()]
        memories = f"{report.idle:.0f} MiB", f"{report.after:.0f} MiB"
        rows.append([report.name, f"{report.start:.0f} ms", memories[0], *load, memories[1], f"{report.stop:.0f} ms"])
    return table(head, rows)


def wsgi() -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """The gateway as a WSGI application without Flask."""
    app = assemble(Settings(pay_delay=3_600_000))
    app.start()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = app.gateway.answer(Request(environ["REQUEST_METHOD"], body)).body
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
        return [answer]

    return application


def _python(code: str) -> Command:
    return lambda port: [sys.executable, "-c", f"from bench.servers import wsgi\nport = {port}\n{code}"]


def _granian(*options: str) -> Command:
    common = ["--interface", "wsgi", "--no-log", "--factory", *options, "bench.servers:wsgi"]
    return lambda port: [sys.executable, "-m", "granian", "--port", str(port), *common]


def _gunicorn(worker: str, *options: str) -> Command:
    common = ["--log-level", "error", "--worker-class", worker, "--keep-alive", "75", *options, "bench.servers:wsgi()"]
    return lambda port: [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *common]


def _waitress(threads: int) -> Command:
    return _python(
        "import logging, waitress\nlogging.disable()\n"
        f"waitress.serve(wsgi(), host='127.0.0.1', port=port, threads={threads}, _quiet=True)"
    )


SERVERS: tuple[tuple[str, str, Command], ...] = (
    ("mockserver", "the sandbox's own", sandbox_command("--pay-delay", "1h")),
    ("granian", "granian, 1 worker, 1 blocking thread", _granian("--workers", "1", "--blocking-threads", "1")),
    ("granian", "granian, 1 worker, 16 blocking threads", _granian("--workers", "1", "--blocking-threads", "16")),
    ("waitress", "waitress, 4 threads", _waitress(4)),
    ("waitress", "waitress, 64 threads", _waitress(64)),
    ("cheroot", "cheroot, 10 threads", _python(
        "from cheroot.wsgi import Server\nServer(('127.0.0.1', port), wsgi(), request_queue_size=128).start()")),
    ("gunicorn", "gunicorn gthread, 1 worker, 16 threads", _gunicorn("gthread", "--threads", "16")),
    ("gevent", "gevent", _python(
        "from gevent.pywsgi import WSGIServer\nWSGIServer(('127.0.0.1', port), wsgi(), log=None).serve_forever()")),
    ("werkzeug", "werkzeug, threaded", _python(
        "import logging\nfrom werkzeug.serving import WSGIRequestHandler, run_simple\nlogging.disable()\n"
        "WSGIRequestHandler.protocol_version = 'HTTP/1.1'\nrun_simple('127.0.0.1', port, wsgi(), threaded=True)")),
)  # fmt: skip


def main() -> None:
    """Measure every server that is installed."""
    reports = []
    for module, name, command in SERVERS:
        if importlib.util.find_spec(module) is None:
            print(f"{name}: not installed", file=sys.stderr)
            continue
        try:
            reports.append(measure(name, command))
        except OSError as error:
            print(f"{name}: failed under load: {error}", file=sys.stderr)
        else:
            print(f"{name}: measured", file=sys.stderr)
    print(report_table(reports))


if __name__ == "__main__":
    main()

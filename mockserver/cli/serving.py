"""Serves a sandbox in the terminal. A line of correct flags is read without click, whose import takes a while."""

from __future__ import annotations

import gc
import logging
import os
import sys
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

from mockserver.settings import ENVIRONMENT_PREFIX, declared, flag, read_settings, without_effect

_REMEMBERED = 1000

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mockserver.app import Application
    from mockserver.cli.console import Console, Log
    from mockserver.server.server import Server
    from mockserver.server.supervisor import WorkerLink
    from mockserver.settings import Settings


def plain_settings(arguments: Sequence[str]) -> Settings | None:
    """The settings of a line `serve` with correct flags.

    None for other lines, which click reads: help, mistakes and other commands; and if environment variables are set.
    """
    if arguments[:1] != ["serve"] or any(name.startswith(ENVIRONMENT_PREFIX) for name in os.environ):
        return None
    if os.name != "posix":  # where click expands `~` and `*`, which the shell does elsewhere
        return None
    by_flag = {flag(setting): setting for setting in declared()}
    given: dict[str, Any] = {}
    rest = iter(arguments[1:])
    for argument in rest:
        name, separator, value = argument.partition("=")
        setting = by_flag.get(name)
        if setting is None or (separator and setting.metadata["switch"]):
            return None
        text = value if separator else "true" if setting.metadata["switch"] else next(rest, None)
        if text is None:
            return None
        given[setting.name] = [*given.get(setting.name, []), text] if setting.metadata["many"] else text
    try:
        settings = read_settings(given)
    except ValueError:
        return None
    return None if any(without_effect(given, settings)) else settings


def serve(settings: Settings, key_from: str) -> None:
    """Serve until Ctrl-C or SIGTERM; `key_from` is the flag or the variable that may have given the secret key."""
    from mockserver.cli.console import Console
    from mockserver.server.readiness import ReadyFileError
    from mockserver.server.server import open_server

    try:
        if settings.workers > 1:
            from mockserver.server.readiness import prepare_ready_file
            from mockserver.server.supervisor import check_workers

            if settings.ready_file is not None:
                prepare_ready_file(settings.ready_file)
            check_workers(settings)
            serve_with_workers(settings, key_from)
            return
        server = open_server(settings)
    except (OSError, ValueError, LookupError) as error:
        give_up(str(error))
    except KeyboardInterrupt:
        sys.exit("Aborted!")
    console = Console()
    try:
        _run(server, console, lambda: console.greet(settings, server.app.base_url, server.app.secure_url, key_from))
    except ReadyFileError as error:
        give_up(str(error))
    total, findings = server.findings
    if total:
        lines = [f"{total} findings (--strict):", *(f"  {finding}" for finding in findings)]
        sys.stderr.write("\n".join([*lines, *(["  ..."] if total > len(findings) else [])]) + "\n")
        sys.exit(1)
    gc.freeze()  # the interpreter ends, and need not search what is left


def serve_with_workers(settings: Settings, key_from: str) -> None:
    """Serve with as many processes as the settings say, which a supervisor starts.

    Raises:
        ValueError: a worker cannot serve these settings, or the ready file cannot be written.
        PortTakenError: nothing can listen there.
    """
    from mockserver.cli.console import Console
    from mockserver.server.listening import listen
    from mockserver.server.readiness import remove_ready_file, write_ready_file
    from mockserver.server.supervisor import Supervisor

    if settings.database:
        import sqlalchemy  # noqa: F401 - before the fork, so that the workers share its memory

    ready_file = settings.ready_file
    listeners = listen(settings)
    url, secure_url = listeners.url, listeners.secure_url

    def on_ready() -> None:
        if ready_file is not None:
            write_ready_file(ready_file, (url, secure_url))
        Console().greet(settings, url, secure_url, key_from)

    try:
        Supervisor(settings.workers, listeners, lambda link: _work(settings, link)).run(on_ready)
    finally:
        if ready_file is not None:
            remove_ready_file(ready_file)


def _work(settings: Settings, link: WorkerLink) -> int:
    """Be a worker: serve with sockets that the supervisor has bound. Returns the status of this process."""
    from mockserver.cli.console import Console
    from mockserver.server.server import open_server

    own = replace(settings, ready_file=None)
    if not link.creates_accounts:
        own = replace(own, accounts=None, demo_data=0)
    try:
        server = open_server(own, listeners=link.listeners)
    except (OSError, ValueError, LookupError) as error:
        link.failed(str(error))
        if link.notice:
            sys.stderr.write(f"worker {link.notice}\n")
        return 2
    _run(server, Console(is_shared=True), lambda: link.ready(server.stop), link.notice)
    return 0


def _run(server: Server, console: Console, on_ready: Callable[[], None], notice: str = "") -> None:
    """Serve until the server is stopped, and log what happens, beginning with a notice if there is one."""
    from mockserver.cli.console import MaskedErrors
    from mockserver.server.collector import short_passes

    app = server.app
    logging.getLogger().addHandler(MaskedErrors(app.secrets.text, is_shared=console.is_shared))
    log = _log_of(app, console) if app.settings.log == "lines" else None
    if log is not None:
        app.gateway.on_exchange(log.exchange)
        app.worker.on_attempt(log.attempt)
        app.worker.on_next_try.append(log.next_try)
        server.on_connection_log(log.notice)
    if notice and log is not None:
        log.notice(app.clock.now(), notice, "worker")
    elif notice:
        logging.getLogger(__name__).warning("worker %s", notice)
    with short_passes(app.store.trades_in_memory):
        server.serve_until_stopped(on_ready)
    if log is not None:
        log.close()


def _log_of(app: Application, console: Console) -> Log:
    from mockserver.cli.console import Log
    from mockserver.domain.payments.payment import Payment
    from mockserver.store.contract import StoreUnavailableError

    @lru_cache(maxsize=_REMEMBERED)
    def remembered(user: str, trade_id: str, _generation: int) -> str:
        with app.store.read(user) as view:
            payment = view.get(Payment, trade_id)
        return "" if payment is None else app.secrets.text_of(user, payment.order_id)

    def order_of(user: str, trade_id: str) -> str:
        account = app.store.known_account(user)
        try:
            return remembered(user, trade_id, account.generation) if account is not None and trade_id else ""
        except (KeyError, StoreUnavailableError):
            return ""

    return Log(console, app.secrets.text_of, url=app.settings.public_url or app.base_url, order_of=order_of)


def give_up(message: str) -> NoReturn:
    """Exit with status 2 and a message on standard error."""
    from mockserver.system.command import as_called

    sys.stderr.write(f"{as_called(message)}\n")
    sys.exit(2)

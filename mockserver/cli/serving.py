"""Serves a sandbox in the terminal. A line of correct flags is read without click, whose import takes a while."""

from __future__ import annotations

import gc
import logging
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from mockserver.settings import ENVIRONMENT_PREFIX, declared, flag, read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        return read_settings(given)
    except ValueError:
        return None


def serve(settings: Settings, key_from: str) -> None:
    """Serve until Ctrl-C or SIGTERM; `key_from` is the flag or the variable that may have given the secret key."""
    from mockserver.cli.console import Console, Log, MaskedErrors
    from mockserver.server.collector import short_passes
    from mockserver.server.readiness import ReadyFileError
    from mockserver.server.server import open_server

    try:
        server = open_server(settings)
    except (OSError, ValueError, LookupError) as error:
        give_up(str(error))
    except KeyboardInterrupt:
        sys.exit("Aborted!")
    app, console = server.app, Console()
    logging.getLogger().addHandler(MaskedErrors(app.secrets.text))
    log = Log(console, app.secrets.text_of) if settings.log == "lines" else None
    if log is not None:
        app.gateway.on_exchange(log.exchange)
        app.worker.on_attempt(log.attempt)
        server.on_connection_log(log.notice)
    try:
        with short_passes(app.store.trades_in_memory):
            server.serve_until_stopped(on_ready=lambda: console.greet(app, key_from))
    except ReadyFileError as error:
        give_up(str(error))
    if log is not None:
        log.close()
    gc.freeze()  # the interpreter ends, and need not search what is left


def give_up(message: str) -> NoReturn:
    """Exit with status 2 and a message on standard error."""
    sys.stderr.write(f"{message}\n")
    sys.exit(2)

"""Whether a sandbox accepts requests: asked over HTTP, or read from the ready file that it writes for scripts."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mockserver.api.paths import READY_PATH
from mockserver.clock import stopwatch
from mockserver.delivery.destination import is_web_address
from mockserver.texts import shown

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable
    from pathlib import Path

_PAUSE = 0.02
_PATIENCE = 30.0
_RESPONSE_TIMEOUT = 5.0
_SHOWN = 200
_READY = 200


class NotReadyError(TimeoutError):
    """A sandbox accepts no requests; the message has the address and the last problem."""


class ReadyFileError(ValueError):
    """The ready file cannot be written; the message says why."""


def wait_until_ready(url: str, patience: float = _PATIENCE, context: ssl.SSLContext | None = None) -> None:
    """Wait until the sandbox at an address accepts requests; `patience` is in seconds, 0 asks once.

    Proxies of the environment are not used, since a sandbox is near. `context` is needed for an authority of its own.

    Raises:
        NotReadyError: it did not within that time.
        ValueError: this is no address.
    """
    ends = stopwatch() + patience
    while problem := _problem(url, context):
        if stopwatch() >= ends:
            waited = f" after {patience:g} s" if patience else ""
            raise NotReadyError(f"No sandbox is ready at {url}{waited}: {problem}")
        threading.Event().wait(_PAUSE)


def _problem(url: str, context: ssl.SSLContext | None) -> str:
    """What keeps a sandbox from being ready; empty if nothing does."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection  # noqa: PLC0415 - the server needs none

    if not is_web_address(url):
        raise ValueError(f"expected an address such as http://127.0.0.1:8765, not {shown(url)}")
    place = urlsplit(url)
    if place.scheme == "https":
        connection: HTTPConnection = HTTPSConnection(place.netloc, timeout=_RESPONSE_TIMEOUT, context=context)
    else:
        connection = HTTPConnection(place.netloc, timeout=_RESPONSE_TIMEOUT)
    try:
        connection.request("GET", place.path.rstrip("/") + READY_PATH)
        response = connection.getresponse()
        text = response.read(_SHOWN).decode("utf-8", "replace")
    except (OSError, HTTPException) as failure:
        return str(failure) or type(failure).__name__
    finally:
        connection.close()
    return "" if response.status == _READY and '"ready"' in text else f"it answered HTTP {response.status} {text}"


def prepare_ready_file(file: Path) -> None:
    """See that the file can be written later, and remove the one of an earlier run, which a script would believe.

    Raises:
        ReadyFileError: it cannot be written.
    """
    try:
        file.unlink(missing_ok=True)
        part = _part_of(file)
        part.touch()
        part.unlink()
    except OSError as error:
        raise _not_written(file, error) from error


def write_ready_file(file: Path, urls: Iterable[str]) -> None:
    """Write the addresses into the file, a line each. It appears at once with all of them.

    Raises:
        ReadyFileError: it cannot be written.
    """
    part = _part_of(file)
    try:
        part.write_text("".join(f"{url}\n" for url in urls if url), encoding="utf-8")
        part.replace(file)
    except OSError as error:
        raise _not_written(file, error) from error


def remove_ready_file(file: Path) -> None:
    """Remove the file, whole or begun."""
    for one in (file, _part_of(file)):
        with contextlib.suppress(OSError):
            one.unlink()


def _not_written(file: Path, error: OSError) -> ReadyFileError:
    return ReadyFileError(f"--ready-file: {file} cannot be written: {error.strerror}")


def _part_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.part")

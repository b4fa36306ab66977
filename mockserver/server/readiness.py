"""Whether a sandbox accepts requests: asked over HTTP, or read from the ready file that it writes for scripts."""

from __future__ import annotations

import contextlib
import threading
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mockserver.api.paths import READY_PATH
from mockserver.clock import own_copy, stopwatch
from mockserver.delivery.destination import is_web_address
from mockserver.texts import shown

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Mapping
    from http.client import HTTPConnection
    from pathlib import Path

_PAUSE = 0.02
READY_TIMEOUT = 30.0
_RESPONSE_TIMEOUT = 5.0
_SHOWN = 200
_READY = 200


class NotReadyError(TimeoutError):
    """A sandbox accepts no requests; the message has the address and the last problem."""


class ReadyFileError(ValueError):
    """The ready file cannot be written; the message says why."""


def wait_until_ready(url: str, timeout: float = READY_TIMEOUT, context: ssl.SSLContext | None = None) -> None:
    """Wait until the sandbox at an address accepts requests; `timeout` is in seconds, 0 asks once.

    `context` is needed for an authority of its own.

    Raises:
        NotReadyError: it did not within that time.
        ValueError: this is no address.
    """
    __tracebackhide__ = True
    ends = stopwatch() + timeout
    while problem := _problem(url, context):
        if stopwatch() >= ends:
            waited = f" after {timeout:g} s" if timeout else ""
            raise NotReadyError(f"No sandbox is ready at {url}{waited}: {problem}")
        threading.Event().wait(_PAUSE)


def call_sandbox(  # noqa: PLR0913 - most are optional and named
    url: str, verb: str, path: str, *, timeout: float, body: bytes | None = None,
    headers: Mapping[str, str | bytes] | None = None, context: ssl.SSLContext | None = None,
) -> tuple[int, bytes]:  # fmt: skip
    """Call the sandbox at an address; returns the HTTP status and body of its answer.

    Nothing is between the two: neither a proxy of the environment, since a sandbox is near, nor a library that answers
    or records HTTP in tests, as this HTTP client is a copy of its own.

    Raises:
        NotReadyError: there was no answer.
    """
    client = _http_client()
    place = urlsplit(url)
    if place.scheme == "https":
        connection: HTTPConnection = client.HTTPSConnection(place.netloc, timeout=timeout, context=context)
    else:
        connection = client.HTTPConnection(place.netloc, timeout=timeout)
    try:
        connection.request(verb, place.path.rstrip("/") + path, body, dict(headers or {}))
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, client.HTTPException) as failure:
        raise NotReadyError(str(failure) or type(failure).__name__) from failure
    finally:
        connection.close()


@cache
def _http_client() -> Any:  # noqa: ANN401 - a module; the server needs none
    return own_copy("http.client")


def _problem(url: str, context: ssl.SSLContext | None) -> str:
    """What keeps a sandbox from being ready; empty if nothing does."""
    if not is_web_address(url):
        raise ValueError(f"expected an address such as http://127.0.0.1:8765, not {shown(url)}")
    try:
        status, body = call_sandbox(url, "GET", READY_PATH, timeout=_RESPONSE_TIMEOUT, context=context)
    except NotReadyError as error:
        return str(error)
    text = body[:_SHOWN].decode("utf-8", "replace")
    return "" if status == _READY and '"ready"' in text else f"it answered HTTP {status} {text}"


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

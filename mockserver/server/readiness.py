"""Finding out over HTTP whether a sandbox takes requests, and waiting until it does."""

from __future__ import annotations

import threading
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mockserver.api.paths import READY_PATH
from mockserver.clock import stopwatch
from mockserver.delivery.destination import is_web_address
from mockserver.texts import shown

if TYPE_CHECKING:
    import ssl

_PAUSE = 0.02
_PATIENCE = 30.0
_LONGEST_ANSWER = 5.0
_SHOWN = 200
_READY = 200


class NotReadyError(TimeoutError):
    """A sandbox takes no requests; the message says where it was asked for and what came of it."""


def wait_until_ready(url: str, patience: float = _PATIENCE, context: ssl.SSLContext | None = None) -> None:
    """Wait until the sandbox at an address takes requests; `patience` is in seconds, 0 asks once.

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
    if not is_web_address(url):
        raise ValueError(f"expected an address such as http://127.0.0.1:8765, not {shown(url)}")
    place = urlsplit(url)
    if place.scheme == "https":
        connection: HTTPConnection = HTTPSConnection(place.netloc, timeout=_LONGEST_ANSWER, context=context)
    else:
        connection = HTTPConnection(place.netloc, timeout=_LONGEST_ANSWER)
    try:
        connection.request("GET", place.path.rstrip("/") + READY_PATH)
        answer = connection.getresponse()
        said = answer.read(_SHOWN).decode("utf-8", "replace")
    except (OSError, HTTPException) as failure:
        return str(failure) or type(failure).__name__
    finally:
        connection.close()
    return "" if answer.status == _READY and '"ready"' in said else f"it answered HTTP {answer.status} {said}"

"""Sends the requests of a comparison: over HTTP to a gateway, and to a sandbox of this process."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import requests

from mockserver import identity
from mockserver.clock import SystemClock, stopwatch
from mockserver.compare.comparison import ask
from mockserver.compare.exchange import Answers, Mask, RawAnswer, RawRequest, Subject
from mockserver.compare.requests import CREATING, all_requests
from mockserver.delivery.destination import is_web_address
from mockserver.settings import Settings
from mockserver.testing.sandbox import Sandbox
from mockserver.texts import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mockserver.compare.comparison import Send

TIMEOUT = 15.0
"""Seconds for connecting and for each part of an answer; the whole answer may take as long."""
_LARGEST_ANSWER = 256 * 1024
_PART = 16 * 1024
_PAYMENTS = "/Payments"


def read_base_url(text: str) -> str:
    """The address of a gateway without its path /Payments.

    Raises:
        ValueError: it is no such address, or has a user name, a query or a fragment.
    """
    url = text.rstrip("/").removesuffix(_PAYMENTS)
    if not is_web_address(url) or any(sign in url for sign in "@?#") or not url.isprintable():
        raise ValueError(f"expected an address such as https://gateway.example, not {shown(text.rpartition('@')[2])}")
    return url.rstrip("/")


@contextmanager
def http_sender(base_url: str, timeout: float = TIMEOUT) -> Iterator[Send]:
    """A function that sends a request to a gateway. It follows no redirect, and sends no credentials of `.netrc`."""
    with requests.Session() as session:
        session.auth = _add_nothing

        def send(sent: RawRequest) -> RawAnswer:
            prepared = session.prepare_request(requests.Request(sent.http_method, base_url))
            prepared.url = f"{base_url}{sent.path}"  # as it is, with all its slashes
            if sent.http_method != "GET":
                prepared.prepare_body(sent.body, None)
                prepared.headers["Content-Type"] = sent.content_type
            settings = session.merge_environment_settings(prepared.url, {}, True, None, None)
            try:
                with session.send(prepared, timeout=timeout, allow_redirects=False, **settings) as response:
                    return _read(response, timeout)
            except (requests.RequestException, OSError, ValueError) as error:
                return RawAnswer(problem=_why(error, timeout))

        yield send


def _add_nothing(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    return prepared


def _read(response: requests.Response, timeout: float) -> RawAnswer:
    body, started = b"", stopwatch()
    for part in response.iter_content(_PART):
        body += part
        if len(body) > _LARGEST_ANSWER:
            return RawAnswer(problem=f"the answer has more than {_LARGEST_ANSWER // 1024} KiB")
        if stopwatch() - started > timeout:
            return RawAnswer(problem=f"the answer took longer than {timeout:g} s")
    return RawAnswer(response.status_code, response.headers.get("Content-Type", ""), body)


def _why(error: Exception, timeout: float) -> str:
    """What went wrong, in one line, without the address and the request."""
    if isinstance(error, requests.exceptions.SSLError):
        return f"no secure connection: {_innermost(error)}"
    if isinstance(error, requests.exceptions.Timeout):
        return f"no answer within {timeout:g} s"
    if isinstance(error, requests.exceptions.ProxyError):
        return f"the proxy did not connect: {_innermost(error)}"
    if isinstance(error, requests.exceptions.ConnectionError):
        return f"no connection, or it was closed: {_innermost(error)}"
    return f"the answer could not be read: {_innermost(error)}"


def _innermost(error: BaseException) -> str:
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        inner = error.__cause__ or error.__context__
        if inner is None:
            break
        error = inner
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())[:200]


def ask_sandbox(subject: Subject, profile: Path | None = None) -> Answers:
    """The sandbox's own answers to all requests, from one of this process with nothing but the profile set.

    Raises:
        ProfileError: the profile has mistakes.
    """
    settings = Settings(port=0, tls_port=0, log="none", profile=profile, seed=subject.run)
    user, key = settings.user, settings.secret_key
    with Sandbox(settings) as sandbox, http_sender(sandbox.url) as send:
        # The given orders are some merchant's; here an unpaid one stands for each of them.
        first = dict(ask(CREATING[:1], Subject(user, key, identity.new_seed()), send, SystemClock(), lambda: None))
        trade_id = str(first["order"].data["trade_id"])
        known, unknown = (trade_id,) * len(subject.trade_ids), ("cmp-order",) * len(subject.order_ids)
        own = Subject(user, key, subject.run, known, unknown)
        found = dict(ask(all_requests(own), own, send, SystemClock(), lambda: None))
    return Answers(found, Mask(own))


def new_subject(user: str, secret_key: str, trade_ids: tuple[str, ...], order_ids: tuple[str, ...]) -> Subject:
    return Subject(user, secret_key, identity.new_seed(), trade_ids, order_ids)

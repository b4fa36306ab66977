"""The shop under examination: makes it create orders, and reads what it believes of each."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple
from urllib.parse import quote, urljoin, urlsplit

import requests
from requests.cookies import RequestsCookieJar

from mockserver.system.processes import end_with_children, of_its_own
from mockserver.texts import shown

StateKind = Literal["open", "paid", "refunded", "closed", "held", "unknown"]
"""What a shop's state means: unpaid, paid, given back, ended without payment, waiting for a person, no such order."""

Create = Callable[[], object]
"""Makes the shop create an order; what it returns may contain the order's id."""

ReadState = Callable[[str], object]
"""What the shop says of the order with this id: a word, or an object with a state."""

_WORDS: Mapping[StateKind, tuple[str, ...]] = {
    "open": ("open", "new", "pending", "created", "unpaid", "waiting", "awaiting payment", "pending payment",
             "initiated", "processing", "not paid", "checkout", "draft", "0"),
    "paid": ("paid", "payed", "complete", "completed", "success", "succeeded", "successful", "captured",
             "shipped", "fulfilled", "confirmed", "partially refunded", "partly refunded", "true", "1"),
    "refunded": ("refunded", "refund", "fully refunded", "returned"),
    "closed": ("closed", "failed", "failure", "declined", "expired", "cancelled", "canceled", "rejected", "void",
               "error", "false"),
    "held": ("held", "hold", "on hold", "review", "in review", "verify", "under review", "manual review", "mismatch",
             "authorized", "suspicious", "flagged", "disputed"),
}  # fmt: skip
_STATE_FIELDS = ("state", "status", "order_state", "order_status", "payment_state", "payment_status", "paid")
_COUNT_FIELDS = (
    "shipments", "shipped", "effects", "side_effects", "deliveries", "fulfillments", "fulfilments", "credits",
    "times_shipped", "ship_count", "shipment_count",
)  # fmt: skip
_INSIDE = ("order", "data", "result", "payment")
_LONGEST_ANSWER = 1_000_000
_NOT_FOUND = 404
_FAILED = 400
_SECONDS = 60
_MOST_REDIRECTS = 5
_commands: set[subprocess.Popen[bytes]] = set()


class ShopError(Exception):
    """The shop cannot be examined; the message says what happened and what to do."""


class Words:
    """Which words of a shop mean which kind of state, without regard to case, hyphens and underscores."""

    def __init__(self, own: Mapping[StateKind, Iterable[str]] | None = None) -> None:
        """`own` words win over the usual ones."""
        self._kinds = {_plain(word): kind for kind, words in _WORDS.items() for word in words}
        self._kinds |= {_plain(word): kind for kind, words in (own or {}).items() for word in words}

    def kind(self, word: str) -> StateKind | None:
        """The kind of a state; None if nobody has said what the word means."""
        return self._kinds.get(_plain(word))


def _plain(word: str) -> str:
    return " ".join(word.replace("-", " ").replace("_", " ").casefold().split())


class ShopState(NamedTuple):
    """What the shop believes of an order: its word for the state, what that means, and how often it has shipped.

    `kind` and `effects` are None if they are unknown.
    """

    word: str
    kind: StateKind | None
    effects: int | None = None

    def __str__(self) -> str:
        times = (
            "" if self.effects is None else {1: ", shipped once"}.get(self.effects, f", shipped {self.effects} times")
        )
        return f"{self.word or 'no such order'}{times}"


class Shop(NamedTuple):
    """How to reach a shop; `read_state` is None if only its acknowledgements are graded."""

    create: Create
    read_state: ReadState | None
    words: Words = Words()
    state_field: str = ""
    effects_field: str = ""

    def state(self, order_id: str) -> ShopState:
        """What the shop believes of an order.

        Raises:
            ShopError: it does not say.
        """
        if self.read_state is None:
            raise ShopError("There is no way to read the state of an order. Add --state.")
        return self.understood(self.read_state(order_id))

    def understood(self, answer: object) -> ShopState:
        """The state in an answer of the shop: a text such as `paid` or `paid 1`, an object, or None for no order."""
        answer = _parsed(answer)
        if answer is None:
            return ShopState("", "unknown")
        if isinstance(answer, Mapping):
            word = _field(answer, self.state_field, _STATE_FIELDS)
            count = _field(answer, self.effects_field, _COUNT_FIELDS)
            if word is None:
                names = self.state_field or ", ".join(_STATE_FIELDS[:3])
                raise ShopError(
                    f"The shop's answer has no field {names}: {shown(json.dumps(answer, default=str))}. "
                    "Name the field with the state with --state-field."
                )
            text = str(word).strip()
            return ShopState(text, self.words.kind(text), _as_count(count))
        text = str(answer).strip()
        if not text:
            raise ShopError('The shop says nothing of its order: expected a word such as paid, or {"state": "paid"}.')
        word, _, count = text.rpartition(" ")
        if word and count.isdecimal():
            return ShopState(word, self.words.kind(word), int(count))
        return ShopState(text, self.words.kind(text))


def _parsed(answer: object) -> object:
    if isinstance(answer, (str, bytes)):
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return text
        return _alone(found) if found is None or isinstance(found, (dict, list, str)) else text
    return _alone(answer)


def _alone(answer: object) -> object:
    """The order in a list of one, as a search answers it; None if the list is empty."""
    if isinstance(answer, (list, tuple)) and len(answer) <= 1:
        return answer[0] if answer else None
    return answer


def _field(answer: Mapping[str, Any], named: str, usual: Iterable[str]) -> Any:  # noqa: ANN401 - of any JSON type
    """A field of an object, by a path such as `order.state`, or by a usual name at the top or one level below."""
    if named:
        for part in named.split("."):
            if not isinstance(answer, Mapping) or part not in answer:
                return None
            answer = answer[part]
        return answer
    inner = [inside for name in _INSIDE if isinstance(inside := answer.get(name), Mapping)]
    for place in (answer, *inner):
        for name in usual:
            if place.get(name) is not None and not isinstance(place[name], Mapping):
                return place[name]
    return None


def _as_count(value: object) -> int | None:
    if isinstance(value, (list, tuple)):
        return len(value)
    try:
        return None if value is None else int(str(int(value) if isinstance(value, (bool, float)) else value))
    except ValueError:
        return None


def is_address(text: str) -> bool:
    """Whether `--create` or `--state` is a URL rather than a command."""
    return text.startswith(("http://", "https://"))


def creator(where: str, check_address: Callable[[str], str] = str) -> Create:
    """Create orders with a command, or by a POST to a URL.

    `check_address` returns the address that a request is sent to, and raises an error for a forbidden one.
    """
    if not is_address(where):
        return lambda: run_command(where)

    def create() -> str:
        cookies = RequestsCookieJar()
        response = fetch("POST", check_address(where), cookies=cookies)
        if response.status >= _FAILED:
            raise ShopError(f"POST {where} answered HTTP {response.status}: {shown(response.text)}")
        url, said = where, [response.location, response.text]
        for _ in range(_MOST_REDIRECTS):  # within the shop, as a browser follows them; the payment page is not opened
            followed, url = url, urljoin(url, response.location)
            if not response.location or urlsplit(url)[:2] != urlsplit(followed)[:2]:
                break
            response = fetch("GET", check_address(url), cookies=cookies)
            said += [response.location, response.text]
        return "\n".join(said)

    return create


def state_reader(where: str, check_address: Callable[[str], str] = str) -> ReadState:
    """Read states with a command, or from a URL, in which `{order_id}` stands for the order."""
    if not is_address(where):
        has_id = "{order_id}" in where
        return lambda order_id: run_command(
            where.replace("{order_id}", _word(order_id)) if has_id else where, ORDER_ID=order_id
        )

    def read(order_id: str) -> str | None:
        url = check_address(where.replace("{order_id}", quote(order_id, safe="")))
        response = fetch("GET", url, "application/json, text/plain, */*")
        if response.status == _NOT_FOUND:
            return None
        if response.status >= _FAILED:
            raise ShopError(f"{where} answered HTTP {response.status} for order {order_id}: {shown(response.text)}")
        return response.text

    return read


def _word(order_id: str) -> str:
    """An order's id as a word of a command.

    Raises:
        ShopError: no quotes keep this shell from reading something else into it.
    """
    if sys.platform == "win32":
        if not re.fullmatch(r"[\w.-]+", order_id):
            raise ShopError(
                f"The id of order {shown(order_id)} cannot be written into a command on Windows. Let the command read "
                "it from the environment variable ORDER_ID."
            )
        return order_id
    return shlex.quote(order_id)


class ShopAnswer(NamedTuple):
    """The shop's answer to a request of a browser: its status, its text, and where it redirects to."""

    status: int
    text: str
    location: str


def fetch(verb: str, url: str, accept: str = "text/html, */*", cookies: RequestsCookieJar | None = None) -> ShopAnswer:
    """Send a request to the shop; redirects are not followed. `cookies` gets those of the answer.

    Raises:
        ShopError: there is no answer.
    """
    with requests.Session() as session:
        session.trust_env = False
        session.cookies = RequestsCookieJar() if cookies is None else cookies
        try:
            with session.request(
                verb, url, headers={"Accept": accept}, timeout=_SECONDS, allow_redirects=False, stream=True
            ) as response:
                body = response.raw.read(_LONGEST_ANSWER, decode_content=True)
        except (requests.RequestException, OSError, ValueError) as error:
            raise ShopError(f"The shop does not answer: {verb} {url} failed with {_reason(error)}.") from None
    return ShopAnswer(response.status_code, body.decode("utf-8", "replace"), response.headers.get("location", ""))


def _reason(error: BaseException) -> str:
    while error.__context__ is not None or error.__cause__ is not None:
        error = error.__cause__ or error.__context__ or error
    return str(error).rstrip(".") or type(error).__name__


def run_command(command: str, **environment: str) -> str:
    """What a command prints.

    Raises:
        ShopError: it fails, or does not end within a minute.
    """
    process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S602 - the user's own command line
        command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
        env={**os.environ, **environment}, **of_its_own(),
    )  # fmt: skip
    _commands.add(process)
    try:
        printed, complaint = process.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        raise ShopError(f"The command {shown(command)} did not end within {_SECONDS} s.") from None
    finally:
        _commands.discard(process)
        _end(process)
    if process.returncode:
        said = complaint.decode("utf-8", "replace").strip() or printed.decode("utf-8", "replace").strip()
        reason = shown(said.splitlines()[-1]) if said else "it printed nothing"
        ended = f"exit status {process.returncode}" if process.returncode > 0 else f"signal {-process.returncode}"
        raise ShopError(f"The command {shown(command)} failed with {ended}: {reason}.")
    return printed[:_LONGEST_ANSWER].decode("utf-8", "replace")


def end_commands() -> None:
    """End all commands that run, so that nobody waits for one that hangs."""
    for process in list(_commands):
        end_with_children(process.pid)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        end_with_children(process.pid)
        process.wait()

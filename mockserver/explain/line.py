"""Signing as a line of stages: what passes along it, and what a client may do otherwise at a stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any, NamedTuple

from mockserver.phpvalues import Number, Value, json_text
from mockserver.signing import signed_parameters

Parameters = dict[str, Value]
Texts = dict[str, str]
Step = Callable[[Any], Any]
"""What is done at a stage: it takes what the stage before it left, and leaves what the next one takes."""

ENVELOPE = ("user", "method", "time")
HIDDEN = "***"
"""What stands in place of the secret key wherever a string is shown."""

_SHORTEST_SECRET = 4  # a shorter key, hidden, would hide nothing and blot out the string
_DEEPEST = 20


class Stage(IntEnum):
    """The stages of signing in their order; a comment tells what a step at the stage takes."""

    PARAMETERS = 0  # a Message
    SIGN = 1  # Parameters, up to TEXTS
    EMPTIES = 2
    FIELDS = 3
    TIME = 4
    LANGUAGE = 5
    NUMBERS = 6
    BOOLEANS = 7
    NULLS = 8
    NESTED = 9
    TEXTS = 10
    TOUCHES = 11  # Texts, up to JOINING
    ESCAPES = 12
    ORDER = 13
    JOINING = 14
    STRING = 15  # the joined text
    BYTES = 16  # the text
    KEY = 17  # its bytes
    DIGEST = 18  # the bytes and the key
    END = 19  # the digest


class Way(NamedTuple):
    """Something else than the right step at a stage: the mistakes that it is, and what is done instead.

    `detail` tells which of several ways it is. A way that does the work of later stages too says in
    `until` where the line goes on. `around` is what is signed before and after the joined string.
    """

    mistakes: tuple[str, ...]
    step: Step
    detail: str = ""
    until: Stage | None = None
    around: tuple[str, str] = ("", "")


class Message(NamedTuple):
    """A signed message: the body, the parameters that its sign covers in the order of the body, and the key."""

    envelope: Mapping[str, Value]
    data: Parameters
    parameters: Parameters
    secret_key: str
    other_keys: Mapping[str, str]
    absent: tuple[str, ...]

    @classmethod
    def of(
        cls, envelope: Mapping[str, Value], secret_key: str, other_keys: Mapping[str, str], absent: tuple[str, ...] = ()
    ) -> Message:
        """Read a body; one without a method is a notification, which signs the keys of data alone."""
        data = envelope.get("data")
        fields = data if isinstance(data, dict) else {}
        signed = signed_parameters(envelope if "method" in envelope else {"data": fields})
        order = [inner for name in envelope for inner in (fields if name == "data" else (name,))]
        parameters = {name: signed[name] for name in order if name in signed}
        return cls(envelope, fields, parameters, secret_key, other_keys, absent)

    def hidden(self) -> Message:
        """The same message as it may be shown: without the key, also where the body itself holds it."""
        key = self.secret_key
        envelope = {name: _hidden(value, key) for name, value in self.envelope.items() if name != "data"}
        data = {without_secret(name, key): _hidden(value, key) for name, value in self.data.items()}
        ordered = {name: data if name == "data" else envelope[name] for name in self.envelope}
        return Message.of(ordered, HIDDEN, {}, self.absent)


def is_shallow(value: Value) -> bool:
    """Whether a value is nested no deeper than a function that calls itself may go."""
    level: list[Value] = [value]
    for _ in range(_DEEPEST):
        if not level:
            break
        insides = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, (dict, list))]
        level = [inner for inside in insides for inner in inside]
    return not level


def without_secret(text: str, secret_key: str) -> str:
    """A text with the secret key hidden."""
    return text.replace(secret_key, HIDDEN) if len(secret_key) >= _SHORTEST_SECRET else text


def _hidden(value: Value, secret_key: str) -> Value:
    if isinstance(value, Number):
        return value if without_secret(value, secret_key) == value else HIDDEN
    if isinstance(value, str):
        return without_secret(value, secret_key)
    if not is_shallow(value):
        return without_secret(json_text(value), secret_key)  # it is signed as this text
    if isinstance(value, dict):
        return {without_secret(name, secret_key): _hidden(inner, secret_key) for name, inner in value.items()}
    if isinstance(value, list):
        return [_hidden(inner, secret_key) for inner in value]
    return value

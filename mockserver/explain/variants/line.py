"""Signing as a line of stages: what passes along it, and what a client may do otherwise at a stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any, NamedTuple

from mockserver.signing.php import Number, Value, json_text, text_of
from mockserver.signing.signature import signed_parameters

Parameters = dict[str, Value]
Texts = dict[str, str]
Hide = Callable[[str], str]
"""Gives a text as it may be shown: without the secret key."""

Step = Callable[[Any], Any]
"""What is done at a stage: it takes what the stage before it left, and leaves what the next one takes."""

ENVELOPE = ("user", "method", "time")
HIDDEN = "***"
"""What stands in place of the secret key wherever a string is shown."""

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
    """A signed message: the body, the parameters that its sign covers in the order of the body, and the key.

    `texts` are PHP's texts of the parameters, and `json` is the body as compact JSON; to make them takes long.
    """

    envelope: Mapping[str, Value]
    data: Parameters
    parameters: Parameters
    secret_key: str
    other_keys: Mapping[str, str]
    absent: tuple[str, ...]
    texts: Texts
    json: str

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
        texts = {name: text_of(value) for name, value in parameters.items()}
        json = json_text(envelope)
        return cls(envelope, fields, parameters, secret_key, other_keys, absent, texts, json)

    def hidden(self, hide: Hide) -> Message:
        """The same message as it may be shown: without the key, also where the body itself holds it."""
        if hide(self.json) == self.json:
            return self._replace(secret_key=HIDDEN, other_keys={})
        data = {hide(name): _hidden(value, hide) for name, value in self.data.items()}
        envelope = {
            hide(name): data if name == "data" else _hidden(value, hide) for name, value in self.envelope.items()
        }
        return Message.of(envelope, HIDDEN, {}, self.absent)

    def __repr__(self) -> str:
        """Shows the body's names, and no key."""
        return f"Message({', '.join(self.envelope)})"


def is_shallow(value: Value) -> bool:
    """Whether a value is nested no deeper than a function that calls itself may go."""
    level: list[Value] = [value]
    for _ in range(_DEEPEST):
        if not level:
            break
        insides = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, (dict, list))]
        level = [inner for inside in insides for inner in inside]
    return not level


def _hidden(value: Value, hide: Hide) -> Value:
    if isinstance(value, Number):
        return value if hide(value) == value else HIDDEN
    if isinstance(value, str):
        return hide(value)
    if not is_shallow(value):
        return hide(json_text(value))  # it is signed as this text
    if isinstance(value, dict):
        return {hide(name): _hidden(inner, hide) for name, inner in value.items()}
    if isinstance(value, list):
        return [_hidden(inner, hide) for inner in value]
    return value

"""What signing passes from stage to stage, and how a mistake is written down: a `Mistake` with its `Variant`s.

A mistake is one entry in the module of its subject: name, sentence, cure, the variants that make it at each stage, and
how likely it is. `mockserver.explain.mistakes` collects the entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from mockserver.signing.php import Number, Value, json_text, text_of
from mockserver.signing.signature import signed_parameters

Parameters = dict[str, Value]
Texts = dict[str, str]
Hide = Callable[[str], str]
"""Gives a text as it may be shown: without the secret key."""

Step = Callable[[Any], Any]
"""What is done at a stage: it takes the result of the stage before, and returns what the next one takes."""

ENVELOPE = ("user", "method", "time")
HIDDEN = "***"
"""What stands in place of the secret key wherever a string is shown."""

FEW_FIELDS = 40
"""With no more fields than these, variants of a single field are tried for each of them."""

_DEEPEST = 20


class Stage(IntEnum):
    """The stages of signing in their order; the comments say what a step at the stage takes."""

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
    CLEANING = 11  # Texts, up to JOINING
    ESCAPING = 12
    ORDER = 13
    JOINING = 14
    STRING = 15  # the string to sign
    BYTES = 16  # the string
    KEY = 17  # its bytes
    DIGEST = 18  # the bytes and the key
    END = 19  # the digest


REPEATABLE = frozenset(
    {
        Stage.FIELDS, Stage.TIME, Stage.NUMBERS, Stage.BOOLEANS, Stage.NULLS, Stage.NESTED, Stage.CLEANING,
        Stage.ESCAPING, Stage.STRING,
    }
)  # fmt: skip
"""Stages at which two mistakes can be made, one after the other, as a step returns what it takes."""


class Message(NamedTuple):
    """A signed message: the body, the parameters that its sign covers in the order of the body, and the key.

    `texts` are PHP's texts of the parameters, and `json` is the body as compact JSON; both take long to make.
    `absent` names optional fields that the body does not have, and `methods` all methods of the gateway. `data_texts`
    holds what `data_as` has written.
    """

    envelope: Mapping[str, Value]
    data: Parameters
    parameters: Parameters
    secret_key: str
    other_keys: Mapping[str, str]
    absent: tuple[str, ...]
    texts: Texts
    json: str
    data_texts: dict[Callable[[Value], str], str]
    methods: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        envelope: Mapping[str, Value],
        secret_key: str,
        other_keys: Mapping[str, str],
        absent: tuple[str, ...] = (),
        methods: tuple[str, ...] = (),
    ) -> Message:
        """Read a body; one without a method is a notification, which signs the keys of data alone."""
        data = envelope.get("data")
        fields = data if isinstance(data, dict) else {}
        signed = signed_parameters(envelope if "method" in envelope else {"data": fields})
        order = [inner for name in envelope for inner in (fields if name == "data" else (name,))]
        parameters = {name: signed[name] for name in order if name in signed}
        texts = {name: text_of(value) for name, value in parameters.items()}
        return cls(
            envelope, fields, parameters, secret_key, other_keys, absent, texts, json_text(envelope), {}, methods
        )

    def data_as(self, write: Callable[[Value], str]) -> str:
        """`data` as one text, written once for all mistakes that sign it so."""
        if write not in self.data_texts:
            self.data_texts[write] = write(self.data)
        return self.data_texts[write]

    def hidden(self, hide: Hide) -> Message:
        """The same message as it may be shown: without the key, also where the body itself holds it."""
        if hide(self.json) == self.json:
            return self._replace(secret_key=HIDDEN, other_keys={})
        data = {hide(name): _hidden(value, hide) for name, value in self.data.items()}
        envelope = {
            hide(name): data if name == "data" else _hidden(value, hide) for name, value in self.envelope.items()
        }
        return Message.of(envelope, HIDDEN, {}, self.absent, self.methods)

    def __repr__(self) -> str:
        """Shows the body's names, and no key."""
        return f"Message({', '.join(self.envelope)})"


class Variant(NamedTuple):
    """One way to make a mistake: a step that a client takes at a stage instead of the right one.

    `detail` says which of the mistake's variants it is. `mistakes` names what it makes where that is not just the
    mistake in whose entry it stands. A variant that does the work of later stages too says in `until` where signing
    goes on. `around` is what is signed before and after the string.
    """

    step: Step
    detail: str = ""
    mistakes: tuple[str, ...] = ()
    until: Stage | None = None
    around: tuple[str, str] = ("", "")


Variants: TypeAlias = "Sequence[Variant] | Callable[[Message], Iterable[Variant]]"
"""The variants of a mistake at a stage, the likelier first: a table, or what makes them for a message."""


class Likelihood(Enum):
    """How common a mistake is among merchants, and thereby how early it is tried together with others.

    The values are the rank from which its variants count, and the distance between two of them. Rare ones come after
    the others in pairs; among three mistakes, one is common and none is rare.
    """

    COMMON = (-1, 2)
    USUAL = (0, 2)
    RARE = (0, 5)


class Mistake(NamedTuple):
    """A known mistake: its name, what the client did, what to do instead, its variants, and how likely it is."""

    name: str
    sentence: str
    cure: str
    variants: Mapping[Stage, Variants] = MappingProxyType({})
    likelihood: Likelihood = Likelihood.USUAL


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

"""Which parameters are signed: what clients add to them, leave out of them, or sign in place of them."""

from __future__ import annotations

from functools import partial
from itertools import chain, combinations
from typing import TYPE_CHECKING

from mockserver.explain.variants.languages import BY_LANGUAGE, Language
from mockserver.explain.variants.line import ENVELOPE, Message, Parameters, Stage, Texts, Way, is_shallow
from mockserver.explain.variants.notations import (
    COMPACT,
    JSON,
    LANGUAGES,
    MEMBERS,
    Notation,
    Once,
    as_javascript,
    as_php,
    flattened,
    write,
)
from mockserver.explain.variants.printed import PRINTERS
from mockserver.explain.variants.urlencoding import ENCODERS
from mockserver.signing.php import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mockserver.signing.php import Value

FEW_FIELDS = 40
"""Up to so many fields the ways that concern a single one are tried for each."""

_FEW_TO_PAIR = 20
_DATA_NESTED = ("data nested",)
_NOTHINGS = ("", "null", "None", "undefined")
_USUAL_FIELDS = ("demo", "redirect_url", "cancel_url", "ideal_email", "post_email", "timeout")
_OFTEN_FORGOTTEN = frozenset({*_USUAL_FIELDS, "notify_url", "description"})
_NAMES_OF_SECRETS = (
    "key", "secret", "secret_key", "app_secret", "secretKey", "appSecret", "app_key", "appkey", "api_key", "apiKey",
    "secretkey", "token",
)  # fmt: skip


_TextOfData = tuple[str, "Callable[[Value], str]", tuple[str, ...]]
"""How data is written, the function that does it, and the mistakes that its escapes are."""


def _texts_of_data(message: Message) -> list[_TextOfData]:
    dull: list[_TextOfData] = [("Array", as_php, ()), ("[object Object]", as_javascript, ())]
    if not is_shallow(message.data):
        return dull
    compact = write(message.data, COMPACT)
    json = [(one.name, Once(partial(write, notation=one)), one.escapes(compact)) for one in JSON]
    python, *others = [(one.name, Once(partial(write, notation=one)), ()) for one in LANGUAGES]
    return [json[0], dull[0], python, dull[1], *json[1:], *others]


def parameters(message: Message) -> Parameters:
    """The right step: the parameters in the order of the body."""
    return message.parameters


def of_parameters(message: Message) -> Iterator[Way]:
    """Ways to sign other parameters, or JSON instead of them."""
    texts = _texts_of_data(message)
    for name, text, escapes in texts:
        yield Way((*_DATA_NESTED, *escapes), partial(_nested, text=text), f"data as {name}")
    yield from _with_data_of_languages(message)
    for name, text, escapes in texts:
        yield Way(("data included", *escapes), partial(_with_data, text=text), f"data as {name}")
    for name in _NAMES_OF_SECRETS:
        yield Way(("secret among the parameters",), partial(_with_secret, name=name), f"as {name}")
    if is_shallow(message.envelope):
        for notation in (*JSON, *LANGUAGES):
            yield from _as_json(notation)
        yield from _printed()
        yield from _flat()


def _with_data_of_languages(message: Message) -> Iterator[Way]:
    """Ways of a language that writes data, joined to a text, and other values otherwise than PHP does."""
    for language in BY_LANGUAGE if is_shallow(message.data) else ():
        mistakes = language.mistakes(message)
        if mistakes:
            step = partial(_with_data_of, language=language)
            yield Way(("data included", *mistakes), step, f"as {language.name} does")


def _with_data_of(message: Message, language: Language) -> Parameters:
    return {name: language.text(value) for name, value in _with_data(message, language.text).items()}


def _flat() -> Iterator[Way]:
    """Ways to flatten data with its name, as a form has it; the outer keys alone are sorted, or all."""
    for members in MEMBERS:
        yield Way(_DATA_NESTED, partial(_flattened, members=members), f"as data{members[0].format('key')}")
    for members in MEMBERS:
        step = partial(_flattened_in_order, members=members, encode=str)
        yield Way(_DATA_NESTED, step, f"as data{members[0].format('key')}, its keys unsorted", Stage.JOINING)
    for how, encode in ENCODERS[:3]:
        step = partial(_flattened_in_order, members=MEMBERS[1], encode=encode)
        yield Way((*_DATA_NESTED, "values URL-encoded"), step, how, Stage.JOINING)


def _flattened(message: Message, members: tuple[str, str]) -> Parameters:
    return flattened(_outer(message), members)


def _flattened_in_order(message: Message, members: tuple[str, str], encode: Callable[[str], str]) -> Texts:
    flat = flattened(dict(sorted(_outer(message).items())), members)
    return {name: encode(text_of(value)) for name, value in flat.items()}


def _outer(message: Message) -> Parameters:
    return {name: value for name, value in message.envelope.items() if name in ENVELOPE or name == "data"}


def _printed() -> Iterator[Way]:
    printers = [(name, Once(text)) for name, text in PRINTERS]
    for name, text in printers:
        yield Way(_DATA_NESTED, partial(_nested, text=text), f"data as {name}")
    for what, choose in _WHOLES[:4]:
        for name, text in printers:
            yield Way(("JSON signed",), partial(_written, choose=choose, text=text), f"{what} as {name}", Stage.STRING)


def _as_json(notation: Notation) -> Iterator[Way]:
    for name, choose in _WHOLES:
        step = partial(_written, choose=choose, text=partial(write, notation=notation))
        yield Way(("JSON signed",), step, f"{name} as {notation.name}", until=Stage.STRING)


def _written(message: Message, choose: Callable[[Message], Value], text: Callable[[Value], str]) -> str:
    return text(choose(message))


def _envelope_without_sign(message: Message) -> Value:
    return {name: value for name, value in message.envelope.items() if name != "sign"}


def _whole_envelope(message: Message) -> Value:
    return {**message.envelope, "sign": ""}


def _data(message: Message) -> Value:
    return message.data


def _sorted(message: Message) -> Value:
    return dict(sorted(message.parameters.items()))


_WHOLES: tuple[tuple[str, Callable[[Message], Value]], ...] = (
    ("the envelope", _envelope_without_sign),
    ("data", _data),
    ("all parameters, sorted", _sorted),
    ("all parameters", parameters),
    ("the envelope with sign", _whole_envelope),
)
"""What is signed as a JSON text."""


def _with_data(message: Message, text: Callable[[Value], str]) -> Parameters:
    """The parameters with `data` before its own keys."""
    included: Parameters = {}
    for name, value in message.parameters.items():
        if name in message.data and "data" not in included:
            included["data"] = text(message.data)
        included[name] = value
    return included


def _nested(message: Message, text: Callable[[Value], str]) -> Parameters:
    return _outer(message) | {"data": text(message.data)}


def _with_secret(message: Message, name: str) -> Parameters:
    return {**message.parameters, name: message.secret_key}


def of_sign(message: Message) -> Iterator[Way]:
    """Ways to sign the sign, before there is one, as nothing."""
    names = list(message.envelope)
    before = names[: names.index("sign")] if "sign" in names else []
    for text in _NOTHINGS:
        step = partial(_with_sign, after=before[-1:], text=text)
        yield Way(("sign included",), step, f"sign={text}")


def _with_sign(parameters: Parameters, after: list[str], text: str) -> Parameters:
    """The parameters with `sign` where it stands in the body: after this one, or first."""
    included: Parameters = {} if after else {"sign": text}
    for name, value in parameters.items():
        included[name] = value
        if name in after:
            included["sign"] = text
    return {**included, "sign": text}


def of_fields(message: Message) -> Iterator[Way]:
    """Ways to leave parameters out, or to sign fields that were not sent."""
    sent = [name for name in message.parameters if name in message.data]
    fields = sorted(sent, key=lambda name: name not in _OFTEN_FORGOTTEN)
    outer = [name for name in message.parameters if name not in message.data]
    for names in chain.from_iterable(combinations(outer, number) for number in (3, 1, 2)):
        yield Way(("envelope left out",), partial(_without, names=names), ", ".join(names))
    if len(fields) <= FEW_FIELDS:
        yield from [Way(("field left out",), partial(_without, names=(name,)), name) for name in fields]
    if len(fields) <= _FEW_TO_PAIR:
        pairs = combinations(fields, 2)
        yield from [Way(("field left out",), partial(_without, names=pair), " and ".join(pair)) for pair in pairs]
    yield from _not_sent(message)


def _without(parameters: Parameters, names: tuple[str, ...]) -> Parameters:
    return {name: value for name, value in parameters.items() if name not in names}


def _not_sent(message: Message) -> Iterator[Way]:
    """Optional fields signed as nothing: each alone, all those of the method, and those of the official client."""
    absent = [name for name in message.absent if name not in message.parameters]
    usual = [name for name in _USUAL_FIELDS if name not in message.parameters]
    official = [name for name in usual if name in {"demo", "cancel_url", "ideal_email", "post_email"}]
    singles = [(name,) for name in dict.fromkeys((*absent, *usual))][:FEW_FIELDS]
    choices = dict.fromkeys((*singles, tuple(absent), tuple(official), tuple(usual)))
    for text in _NOTHINGS:
        for names in choices:
            yield _not_sent_as(names, text)


def _with_nothing(parameters: Parameters, names: tuple[str, ...], text: str) -> Parameters:
    return parameters | dict.fromkeys(names, text)


_MOST_NOT_SENT = 7


def of_several_not_sent(message: Message) -> Iterator[Way]:
    """Ways to sign several optional fields that were not sent, whichever."""
    names = [name for name in dict.fromkeys((*message.absent, *_USUAL_FIELDS)) if name not in message.parameters]
    likely = sorted(names, key=lambda name: name not in _USUAL_FIELDS)[:_MOST_NOT_SENT]
    for number in (2, 3, 4):
        for chosen in combinations(likely, number):
            for text in _NOTHINGS:
                yield _not_sent_as(chosen, text)


def _not_sent_as(names: tuple[str, ...], text: str) -> Way:
    step = partial(_with_nothing, names=names, text=text)
    return Way(("field not sent",), step, ", ".join([f"{name}={text}" for name in names]))

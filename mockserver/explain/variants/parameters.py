"""Mistakes in which parameters are signed: what clients add to them, leave out of them, or sign in place of them."""

from __future__ import annotations

from functools import partial
from itertools import chain, combinations
from operator import attrgetter
from typing import TYPE_CHECKING

from mockserver.explain.variants import languages
from mockserver.explain.variants.escaping import URL_ENCODERS
from mockserver.explain.variants.model import (
    ENVELOPE,
    FEW_FIELDS,
    Likelihood,
    Message,
    Mistake,
    Parameters,
    Stage,
    Step,
    Texts,
    Variant,
    is_shallow,
)
from mockserver.signing.php import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mockserver.signing.php import Value

_Writer = tuple[str, "Callable[[Value], str]", tuple[str, ...]]
"""How data is written, the function that does it, and the mistakes that its escapes are."""

_EMPTY_TEXTS = ("", "null", "None", "undefined")
_FEW_TO_PAIR = 20
_MOST_NOT_SENT = 7
_USUAL_FIELDS = ("demo", "redirect_url", "cancel_url", "ideal_email", "post_email", "timeout")
_OFFICIAL_FIELDS = frozenset({"demo", "cancel_url", "ideal_email", "post_email"})
_OFTEN_FORGOTTEN = frozenset({*_USUAL_FIELDS, "notify_url", "description"})
_NAMES_OF_SECRETS = (
    "key", "secret", "secret_key", "app_secret", "secretKey", "appSecret", "app_key", "appkey", "api_key", "apiKey",
    "secretkey", "token",
)  # fmt: skip


def _without_sign(message: Message) -> Value:
    return {name: value for name, value in message.envelope.items() if name != "sign"}


_SIGNED_AS_ONE: tuple[tuple[str, Callable[[Message], Value]], ...] = (
    ("the envelope", _without_sign),
    ("data", attrgetter("data")),
    ("all parameters, sorted", lambda message: dict(sorted(message.parameters.items()))),
    ("all parameters", attrgetter("parameters")),
    ("the envelope with sign", lambda message: {**message.envelope, "sign": ""}),
)
"""What is signed as one text."""


def _writers(message: Message) -> list[_Writer]:
    fixed: list[_Writer] = [("Array", languages.as_php, ()), ("[object Object]", languages.as_javascript, ())]
    if not is_shallow(message.data):
        return fixed
    compact = message.data_as(languages.COMPACT.write)
    json = [(one.name, one.write, one.escapes(compact)) for one in languages.JSON]
    python, *others = [(one.name, one.write, ()) for one in languages.NOTATIONS]
    return [json[0], fixed[0], python, fixed[1], *json[1:], *others]


def _outer(message: Message) -> Parameters:
    return {name: value for name, value in message.envelope.items() if name in ENVELOPE or name == "data"}


def _data_nested(message: Message) -> Iterator[Variant]:
    """Data as one text, or flattened with its name as a form has it; the outer keys alone are sorted, or all."""
    can_print = is_shallow(message.envelope)
    printers: list[_Writer] = [(name, write, ()) for name, write in languages.PRINTERS] if can_print else []
    for name, write, escapes in (*_writers(message), *printers):
        yield Variant(partial(_with_data_as, write=write), f"data as {name}", ("data nested", *escapes))
    if can_print:
        for members in languages.MEMBERS:
            yield Variant(partial(_flattened, members=members), f"as data{members[0].format('key')}")
        for members in languages.MEMBERS:
            step = partial(_flattened_in_order, members=members, encode=str)
            yield Variant(step, f"as data{members[0].format('key')}, its keys unsorted", until=Stage.JOINING)
        for how, encode in URL_ENCODERS[:3]:
            step = partial(_flattened_in_order, members=languages.MEMBERS[1], encode=encode)
            yield Variant(step, how, ("data nested", "values URL-encoded"), until=Stage.JOINING)


def _with_data_as(message: Message, write: Callable[[Value], str]) -> Parameters:
    return _outer(message) | {"data": message.data_as(write)}


def _flattened(message: Message, members: tuple[str, str]) -> Parameters:
    return languages.flattened(_outer(message), members)


def _flattened_in_order(message: Message, members: tuple[str, str], encode: Callable[[str], str]) -> Texts:
    flat = languages.flattened(dict(sorted(_outer(message).items())), members)
    return {name: encode(text_of(value)) for name, value in flat.items()}


def _data_included(message: Message) -> Iterator[Variant]:
    for language in languages.LANGUAGES if is_shallow(message.data) else ():
        mistakes = language.mistakes(message)
        if mistakes:
            step = partial(_with_data_in, language=language)
            yield Variant(step, f"as {language.name} does", ("data included", *mistakes))
    for name, write, escapes in _writers(message):
        yield Variant(partial(_with_data, write=write), f"data as {name}", ("data included", *escapes))


def _with_data(message: Message, write: Callable[[Value], str]) -> Parameters:
    """The parameters with `data` before its own keys."""
    included: Parameters = {}
    for name, value in message.parameters.items():
        if name in message.data and "data" not in included:
            included["data"] = message.data_as(write)
        included[name] = value
    return included


def _with_data_in(message: Message, language: languages.Language) -> Parameters:
    return {name: language.text(value) for name, value in _with_data(message, language.text).items()}


def _json_signed(message: Message) -> Iterator[Variant]:
    if not is_shallow(message.envelope):
        return
    for notation in (*languages.JSON, *languages.NOTATIONS):
        for what, choose in _SIGNED_AS_ONE:
            yield _as_one_text(choose, notation.write, f"{what} as {notation.name}")
    for what, choose in _SIGNED_AS_ONE[:4]:
        for name, write in languages.PRINTERS:
            yield _as_one_text(choose, write, f"{what} as {name}")


def _as_one_text(choose: Callable[[Message], Value], write: Callable[[Value], str], detail: str) -> Variant:
    return Variant(lambda message: write(choose(message)), detail, until=Stage.STRING)


def _with_secret(name: str) -> Step:
    return lambda message: {**message.parameters, name: message.secret_key}


def _sign_included(message: Message) -> Iterator[Variant]:
    """The sign as nothing, before there is one."""
    names = list(message.envelope)
    before = names[: names.index("sign")] if "sign" in names else []
    for text in _EMPTY_TEXTS:
        yield Variant(partial(_with_sign, after=before[-1:], text=text), f"sign={text}")


def _with_sign(parameters: Parameters, after: list[str], text: str) -> Parameters:
    """The parameters with `sign` where it stands in the body: after this one, or first."""
    included: Parameters = {} if after else {"sign": text}
    for name, value in parameters.items():
        included[name] = value
        if name in after:
            included["sign"] = text
    return {**included, "sign": text}


def _envelope_left_out(message: Message) -> Iterator[Variant]:
    outer = [name for name in message.parameters if name not in message.data]
    for names in chain.from_iterable(combinations(outer, number) for number in (3, 1, 2)):
        yield Variant(_without(names), ", ".join(names))


def _field_left_out(message: Message) -> Iterator[Variant]:
    sent = [name for name in message.parameters if name in message.data]
    if len(sent) < len(message.parameters):
        yield Variant(_without(tuple(sent)), "all of data")
    fields = sorted(sent, key=lambda name: name not in _OFTEN_FORGOTTEN)
    if len(fields) <= FEW_FIELDS:
        yield from [Variant(_without((name,)), name) for name in fields]
    if len(fields) <= _FEW_TO_PAIR:
        yield from [Variant(_without(pair), " and ".join(pair)) for pair in combinations(fields, 2)]


def _without(names: tuple[str, ...]) -> Step:
    return lambda parameters: {name: value for name, value in parameters.items() if name not in names}


_SIGN_TYPES = ("HMAC-SHA256", "SHA256", "MD5", "HMACSHA256", "HmacSHA256", "hmac_sha256", "sha256")
_FIXED_FIELDS = (
    *[("sign_type", text) for text in _SIGN_TYPES],
    *[("signType", text) for text in ("HMAC-SHA256", "SHA256", "MD5")],
    ("version", "1.0"), ("version", "v3"), ("version", "3.0"), ("charset", "UTF-8"), ("charset", "utf-8"),
    ("format", "json"),
)  # fmt: skip
"""What other gateways have beside the signed fields, and this one does not."""


def _field_not_sent(message: Message) -> Iterator[Variant]:
    """Optional fields signed as nothing: each alone, all those of the method, and those of the official client.

    Then fields with a fixed text, and last the optional ones as a word for nothing.
    """
    absent = [name for name in message.absent if name not in message.parameters]
    usual = [name for name in _USUAL_FIELDS if name not in message.parameters]
    official = [name for name in usual if name in _OFFICIAL_FIELDS]
    singles = [(name,) for name in dict.fromkeys((*absent, *usual))][:FEW_FIELDS]
    choices = dict.fromkeys((*singles, tuple(absent), tuple(official), tuple(usual)))
    yield from [_not_sent(names, "") for names in choices]
    yield from [_not_sent((name,), text) for name, text in _FIXED_FIELDS if name not in message.parameters]
    yield from [_not_sent(names, text) for text in _EMPTY_TEXTS[1:] for names in choices]


def several_not_sent(message: Message) -> Iterator[Variant]:
    """Several optional fields that were not sent, whichever; these are many, and so come late in a search."""
    names = [name for name in dict.fromkeys((*message.absent, *_USUAL_FIELDS)) if name not in message.parameters]
    likely = sorted(names, key=lambda name: name not in _USUAL_FIELDS)[:_MOST_NOT_SENT]
    chosen = chain.from_iterable(combinations(likely, number) for number in (2, 3, 4))
    return (_not_sent(some, text) for some in chosen for text in _EMPTY_TEXTS)


def _not_sent(names: tuple[str, ...], text: str) -> Variant:
    added = dict.fromkeys(names, text)
    detail = ", ".join([f"{name}={text}" for name in names])
    return Variant(lambda parameters: parameters | added, detail, ("field not sent",))


MISTAKES = (
    Mistake(
        "sign included",
        "The parameter sign was signed as well.",
        "Leave sign out of the string; add it to the envelope once you have computed it.",
        {Stage.SIGN: _sign_included},
    ),
    Mistake(
        "data nested",
        "The parameter data was signed as one value, not key by key.",
        "Move the keys of data to the level of user, method and time, and sign each as a parameter.",
        {Stage.PARAMETERS: _data_nested},
        Likelihood.COMMON,
    ),
    Mistake(
        "data included",
        "The parameter data was signed in addition to its keys.",
        "Remove data itself once you have moved its keys to the level of user, method and time.",
        {Stage.PARAMETERS: _data_included},
    ),
    Mistake(
        "envelope left out",
        "The parameters of the envelope were not all signed.",
        "Sign user, method and time together with the keys of data.",
        {Stage.FIELDS: _envelope_left_out},
    ),
    Mistake(
        "field left out",
        "A field of the body was not signed.",
        "Sign every key of data that you send, or do not send it.",
        {Stage.FIELDS: _field_left_out},
    ),
    Mistake(
        "field not sent",
        "A field was signed that the body does not contain.",
        "Sign exactly the keys that you send: build the string from the object that you send as the body.",
        {Stage.FIELDS: _field_not_sent},
    ),
    Mistake(
        "secret among the parameters",
        "The secret key was signed as one of the parameters.",
        "Leave the secret key out of the string; use it only as the key of the HMAC.",
        {Stage.PARAMETERS: [Variant(_with_secret(name), f"as {name}") for name in _NAMES_OF_SECRETS]},
        Likelihood.RARE,
    ),
    Mistake(
        "JSON signed",
        "The whole object was signed as one text, such as JSON, instead of the joined parameters.",
        "Sign the string key=value&key=value…, not the body or an object.",
        {Stage.PARAMETERS: _json_signed},
    ),
)

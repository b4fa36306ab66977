"""What a language makes of all kinds of values, where it writes several of them otherwise than PHP does."""

from __future__ import annotations

from functools import partial
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, NamedTuple

from mockserver.explain.variants import numbers
from mockserver.explain.variants.line import Message, Parameters, Way, is_shallow
from mockserver.explain.variants.notations import COMPACT, JSON, LANGUAGES, Notation, as_javascript, write
from mockserver.explain.variants.printed import var_export
from mockserver.signing.php import Number, Value, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Language(NamedTuple):
    """How a language writes values that are joined to a text; `quote` is for those that it writes with quotes."""

    name: str
    write_fraction: Callable[[str], str]
    literals: tuple[str, str, str]
    write_nested: Callable[[Value], str]
    quote: Callable[[str], str] = str

    def text(self, value: Value) -> str:
        """What the language makes of a value."""
        if isinstance(value, Number):
            return numbers.rewrite(value, self.write_fraction) if numbers.is_fraction(value) else value.source
        if isinstance(value, str):
            return self.quote(value)
        if isinstance(value, (dict, list)):
            return self.write_nested(value) if is_shallow(value) else text_of(value)
        true, false, null = self.literals
        return null if value is None else true if value is True else false

    def mistakes(self, message: Message) -> tuple[str, ...]:
        """The mistakes that it is to write the values of a message as the language does."""
        sent = [value for value in message.parameters.values() if type(value) is not str or self.quote is not str]
        changed = [value for value in sent if self.text(value) != text_of(value)]
        return tuple(dict.fromkeys([_kind(value) for value in changed]))


def _kind(value: Value) -> str:
    if isinstance(value, Number):
        return "numbers reformatted"
    if isinstance(value, str):
        return "values quoted"
    if isinstance(value, bool):
        return "booleans as text"
    return "null as text" if value is None else "nested value as text"


def _notation(notation: Notation) -> Callable[[Value], str]:
    return partial(write, notation=notation)


_JSON_WORDS, _PYTHON_WORDS = ("true", "false", "null"), ("True", "False", "None")
_PYTHON, _JAVA, _RUBY, _, _GO = [_notation(one) for one in LANGUAGES]
BY_LANGUAGE = (
    Language("Python", numbers.python, _PYTHON_WORDS, _PYTHON),
    Language("Python with json.dumps", numbers.python, _PYTHON_WORDS, _notation(JSON[1])),
    Language("JavaScript", numbers.javascript, _JSON_WORDS, as_javascript),
    Language("JavaScript with JSON.stringify", numbers.javascript, _JSON_WORDS, _notation(COMPACT)),
    Language("Java", numbers.java, _JSON_WORDS, _JAVA),
    Language("Go", numbers.go, ("true", "false", "<nil>"), _GO),
    Language("Ruby", numbers.python, ("true", "false", ""), _RUBY),
    Language("C#", str, ("True", "False", ""), lambda _: "System.Collections.Generic.List`1[System.Object]"),
    Language("PHP with json_encode", numbers.php, _JSON_WORDS, _notation(JSON[3])),
    Language("Java with JSON", numbers.java, _JSON_WORDS, _notation(COMPACT)),
)
"""Languages that join values to texts."""

_WITH_QUOTES = (
    Language("JSON.stringify", numbers.javascript, _JSON_WORDS, _notation(COMPACT), encode_basestring),
    Language("json.dumps", numbers.python, _JSON_WORDS, _notation(JSON[1]), JSON[1].text),
    Language("json_encode", numbers.php, _JSON_WORDS, _notation(JSON[3]), JSON[3].text),
    Language("Python's repr", numbers.python, _PYTHON_WORDS, _PYTHON, repr),
    Language("var_export", numbers.php, ("true", "false", "NULL"), var_export, var_export),
    Language("Ruby's inspect", numbers.python, ("true", "false", "nil"), _RUBY, encode_basestring),
)
"""Functions that write each value for itself, as it stands in a program."""


def of_languages(message: Message) -> Iterator[Way]:
    """Ways of a language that writes several kinds of values otherwise than PHP does."""
    for language in BY_LANGUAGE:
        mistakes = language.mistakes(message)
        if len(mistakes) > 1:
            yield Way(mistakes, partial(_texts, language=language), f"as {language.name} does")
    for language in _WITH_QUOTES:
        yield Way(
            ("values quoted", *[name for name in language.mistakes(message) if name != "values quoted"]),
            partial(_texts, language=language),
            f"as {language.name} does",
        )


def _texts(parameters: Parameters, language: Language) -> Parameters:
    return {name: language.text(value) for name, value in parameters.items()}

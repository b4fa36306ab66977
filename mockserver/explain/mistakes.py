"""The known mistakes in signing: what the client did, and what to do instead."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Mistake(NamedTuple):
    """One known mistake: its name, a sentence that says what the client did, and one that says what to do instead.

    A rare one is looked for after the others where a client made two mistakes; where it made three, one of the
    common ones is among them.
    """

    name: str
    sentence: str
    cure: str
    is_rare: bool = False
    is_common: bool = False


_PARAMETERS = (
    Mistake(
        "sign included",
        "The parameter sign was signed too.",
        "Take sign out before you build the string; add it to the envelope only when it is computed.",
    ),
    Mistake(
        "data included",
        "The parameter data was signed beside its own keys.",
        "Take data itself out after lifting its keys to the level of user, method and time.",
    ),
    Mistake(
        "data nested",
        "The parameter data was signed as one value instead of its keys.",
        "Lift the keys of data to the level of user, method and time, and sign each as a parameter.",
        is_common=True,
    ),
    Mistake(
        "envelope left out",
        "The parameters of the envelope were not all signed.",
        "Sign user, method and time together with the keys of data.",
    ),
    Mistake(
        "field left out",
        "A field that the body has was not signed.",
        "Sign every key of data that you send, or do not send it.",
    ),
    Mistake(
        "field not sent",
        "A field was signed that the body does not have.",
        "Sign exactly the keys that you send: build the string from the very object that becomes the body.",
    ),
    Mistake(
        "JSON signed",
        "A JSON text was signed instead of the joined parameters.",
        "Sign the string key=value&key=value…, not the body.",
    ),
    Mistake(
        "secret among the parameters",
        "The secret key was signed as one of the parameters.",
        "Take the secret key out of the string; it is the key of the HMAC and nothing else.",
        is_rare=True,
    ),
)
_ORDER = (
    Mistake(
        "keys unsorted",
        "The keys were not sorted before they were joined.",
        "Sort the keys by byte (ksort, sorted(), Arrays.sort) before joining them.",
        is_common=True,
    ),
    Mistake(
        "only data sorted",
        "The keys of data were sorted, but user, method and time were put before or after them.",
        "Put user, method and time together with the keys of data first, then sort all of them at once.",
    ),
    Mistake(
        "keys sorted without case",
        "The keys were sorted without regard to case, or as a dictionary sorts.",
        "Sort the keys by byte, so that digits stand before capitals, these before _ and _ before small letters.",
    ),
    Mistake(
        "sorted by value",
        "The parameters were sorted by value.",
        "Sort by key (ksort, not asort or sort).",
        is_rare=True,
    ),
    Mistake(
        "sorted backwards",
        "The keys were sorted from Z to A.",
        "Sort the keys in ascending order (ksort, not krsort).",
    ),
    Mistake(
        "sorted as numbers or naturally",
        "The keys were sorted naturally or by length.",
        "Sort the keys by byte (SORT_STRING), digit by digit and letter by letter.",
        is_rare=True,
    ),
)
_VALUES = (
    Mistake(
        "values URL-encoded",
        "The values were URL-encoded before they were signed.",
        "Sign the raw values; do not use http_build_query, urlencode, encodeURIComponent or URLSearchParams.",
        is_common=True,
    ),
    Mistake(
        "values URL-decoded",
        "The values were URL-decoded before they were signed.",
        "Sign the values exactly as they stand in the body, with their % and +.",
    ),
    Mistake(
        "values HTML-escaped",
        "The values were HTML-escaped before they were signed.",
        "Sign the raw values; escape for HTML only what you show on a page.",
    ),
    Mistake(
        "slashes escaped",
        "The slashes in the values were escaped as \\/ before they were signed.",
        "Sign the values as they are, not as json_encode writes them (or use JSON_UNESCAPED_SLASHES).",
    ),
    Mistake(
        "non-ASCII escaped",
        "The letters beyond ASCII were escaped before they were signed.",
        "Sign the letters themselves in UTF-8, not their escapes (JSON_UNESCAPED_UNICODE, ensure_ascii=False).",
    ),
    Mistake(
        "values quoted",
        "The values were put in quotes before they were signed.",
        "Join the values without quotes around them.",
        is_rare=True,
    ),
    Mistake(
        "numbers reformatted",
        "The numbers were signed in another format than the gateway gives them.",
        "Send amounts and other numbers as JSON strings, and sign the same strings.",
    ),
    Mistake(
        "booleans as text",
        "The booleans were signed as another text than the gateway's, which is 1 for true and nothing for false.",
        'Send booleans as strings, or sign true as "1" and false as an empty text.',
    ),
    Mistake(
        "null as text",
        "The value null was signed as a word.",
        "Sign null as an empty text (key=), or do not send the field.",
    ),
    Mistake(
        "nested value as text",
        "The nested values were signed as another text than their compact JSON.",
        "Encode an object or array as a JSON string yourself, and both send and sign that string.",
    ),
    Mistake(
        "empty values half dropped",
        "The empty values were partly dropped and partly kept.",
        'Keep all empty values as key=, or drop all that PHP calls empty ("", "0", 0, null, false).',
    ),
    Mistake(
        "values trimmed",
        "The white space in the values was trimmed before they were signed.",
        "Trim the values before you build the body, so that you send what you sign.",
        is_rare=True,
    ),
    Mistake(
        "case of values changed",
        "The case of the values was changed before they were signed.",
        "Sign the values in the case in which you send them.",
        is_rare=True,
    ),
    Mistake(
        "time differs",
        "The time that was signed is not the time that was sent.",
        "Read the clock once, in seconds, and use that value both in the string and in the body.",
    ),
)
_STRING = (
    Mistake(
        "line break at the end",
        "The string that was signed ends with a line break.",
        "Sign the string without a line break (printf %s or echo -n instead of echo).",
    ),
    Mistake(
        "stray separator",
        "The string that was signed has a needless separator at its beginning or end.",
        "Put & between parameters only (rtrim($string, '&')).",
    ),
    Mistake(
        "other separator",
        "The parameters were joined with another separator than &.",
        "Join the parameters with a single &.",
    ),
    Mistake(
        "names left out",
        "The values were joined without the names of their keys.",
        "Join each parameter as key=value.",
        is_rare=True,
    ),
    Mistake(
        "equals sign left out",
        "The keys and values were joined without an equals sign.",
        "Join each parameter as key=value.",
        is_rare=True,
    ),
    Mistake(
        "string in other case",
        "The whole string was put into another case before it was signed.",
        "Sign the string as it is; only the sign is in lower case.",
        is_rare=True,
    ),
    Mistake(
        "entity decoded",
        "The string went through an HTML page or decoder, which took &not, &curren and the like for single letters.",
        "Build the string in code; do not copy it from a page or decode HTML entities in it.",
        is_rare=True,
    ),
    Mistake(
        "other character set",
        "The string was encoded in another character set than UTF-8.",
        "Encode the string as UTF-8, once, before you sign it.",
    ),
    Mistake(
        "other Unicode form",
        "The string was brought to another Unicode normal form than the body.",
        "Normalise the values before you build the body, so that you send what you sign.",
        is_rare=True,
    ),
)
_KEY = (
    Mistake(
        "key with white space",
        "The secret key was used with other white space around it than the account's.",
        "Copy the secret key without spaces and line breaks, and trim it where you load it.",
    ),
    Mistake(
        "key in quotes",
        "The secret key was used with quotes around it.",
        "Take the quotes off the secret key.",
        is_rare=True,
    ),
    Mistake(
        "key in other case",
        "The secret key was used in another case.",
        "Use the secret key letter for letter as the account has it.",
        is_rare=True,
    ),
    Mistake(
        "key of another account",
        "The secret key of another account was used.",
        "Use the secret key of the account whose user you send.",
    ),
    Mistake(
        "key decoded",
        "The secret key was decoded or encoded before it was used.",
        "Use the text of the secret key itself as the key, not what it stands for.",
        is_rare=True,
    ),
    Mistake(
        "key hashed",
        "The secret key was hashed before it was used.",
        "Use the secret key itself as the key.",
        is_rare=True,
    ),
    Mistake("key cut", "A part of the secret key was used.", "Use the whole secret key.", is_rare=True),
    Mistake(
        "empty key",
        "The key was empty.",
        "Check that your configuration is loaded; the secret key is missing.",
        is_rare=True,
    ),
    Mistake("user as key", "The user was used as the key.", "Use the account's secret key as the key.", is_rare=True),
    Mistake(
        "placeholder as key",
        "A placeholder was used as the key.",
        "Put the account's secret key where the placeholder stands.",
        is_rare=True,
    ),
    Mistake(
        "key and text swapped",
        "The key and the string changed places.",
        "Swap them; hash_hmac and hmac.new take key and text in different places: hash_hmac('sha256', $string, $key).",
        is_rare=True,
    ),
)
_DIGEST = (
    Mistake(
        "secret appended",
        "The secret key was appended to the string that was hashed.",
        "Use HMAC-SHA256 of the string alone, with the secret key as its key.",
        is_common=True,
    ),
    Mistake(
        "secret prepended",
        "The secret key was put before the string that was hashed.",
        "Use HMAC-SHA256 of the string alone, with the secret key as its key.",
        is_rare=True,
    ),
    Mistake(
        "plain SHA-256",
        "The string was hashed with SHA-256 without any key.",
        "Use HMAC-SHA256 with the secret key as its key (hash_hmac, hmac.new, Mac).",
        is_common=True,
    ),
    Mistake(
        "plain MD5",
        "The string was hashed with MD5 without any key.",
        "Use HMAC-SHA256 with the secret key as its key (hash_hmac, hmac.new, Mac).",
    ),
    Mistake(
        "other hash",
        "The hash that was used is not HMAC-SHA256.",
        "Use HMAC-SHA256 (hash_hmac('sha256', …)).",
        is_rare=True,
    ),
    Mistake(
        "hashed twice",
        "The string was hashed twice.",
        "Compute one HMAC-SHA256 of the string, and send its hexadecimal digits.",
        is_rare=True,
    ),
)
_FORM = (
    Mistake("upper-case hex", "The sign was sent in upper case.", "Send the sign in lower case."),
    Mistake(
        "base64",
        "The sign was sent as base64.",
        "Send the sign as 64 hexadecimal digits (hash_hmac without its binary option, hexdigest()).",
    ),
    Mistake(
        "white space around the sign",
        "The sign was sent with white space around it.",
        "Trim the sign before you put it into the envelope.",
    ),
    Mistake(
        "prefix before the sign",
        "The sign was sent with a prefix.",
        "Send the 64 hexadecimal digits alone.",
    ),
    Mistake("sign cut short", "The sign was cut short.", "Send all 64 hexadecimal digits of the sign."),
    Mistake(
        "secret sent as the sign",
        "The secret key itself was sent as the sign.",
        "Send HMAC-SHA256 of the string instead, and change the secret key if others could read the request.",
    ),
    Mistake(
        "documentation's sample",
        "The sign is one that the documentation publishes with a sample, for a key that it does not publish.",
        "Sign the request with your account's secret key.",
    ),
)
MISTAKES: tuple[Mistake, ...] = (*_PARAMETERS, *_ORDER, *_VALUES, *_STRING, *_KEY, *_DIGEST, *_FORM)
"""All that the search knows, in the order of the stages of signing."""

BY_NAME: Mapping[str, Mistake] = MappingProxyType({mistake.name: mistake for mistake in MISTAKES})

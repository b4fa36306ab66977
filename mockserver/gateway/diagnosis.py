"""Diagnoses refused requests. Imported with the first refusal."""

from __future__ import annotations

import json
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.explain.budget import DEFAULT_UNITS, Budget
from mockserver.explain.signature import SignedRequest, explain_signature
from mockserver.gateway.errors import Refusal, SignatureRefused, quoted
from mockserver.gateway.field_errors import FieldError, declared_fields, find_field_errors
from mockserver.gateway.journal import shortened
from mockserver.signing.php import text_of
from mockserver.signing.signature import both_strings_to_sign, is_sign, signed_parameters
from mockserver.texts import nearest_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mockserver.signing.php import Value


_LONGEST_STRING = 10 * 1024
_LONGEST_SENTENCE = 2000
_LONGEST_FACT = 500
_MOST_FACTS = 50
_COST_OF_A_KEY = 5_000


class Refused(NamedTuple):
    """A refused request: its refusal, its parsed envelope, the account's key, and the keys of other accounts.

    `mask` masks secrets in a text.
    """

    refusal: Refusal
    envelope: Mapping[str, Value]
    secret_key: str | None
    other_keys: Mapping[str, str]
    mask: Callable[[str], str]

    def __repr__(self) -> str:
        return f"Refused({self.refusal!r})"


class Diagnosis(NamedTuple):
    """A masked diagnosis: `reason` in one or two sentences, `record` as JSON of an `ExplanationRecord`."""

    reason: str
    record: str


def unexplained(reason: str, why: str, mask: Callable[[str], str]) -> Diagnosis:
    """The diagnosis of a refusal whose cause was not searched for, and why."""
    reason = shortened(mask(reason), _LONGEST_SENTENCE)
    return Diagnosis(f"{reason} {why}", json.dumps({"sentence": reason, "cure": why}, ensure_ascii=False))


def diagnose(refused: Refused, pause: Callable[[], None] | None = None, units: int = DEFAULT_UNITS) -> Diagnosis:
    """Find out what is wrong with a refused request, and how to fix it.

    `pause` is called often during the search, so that other threads can run; `units` is the budget of the search.
    """
    refusal = refused.refusal
    if isinstance(refusal, SignatureRefused):
        return _about_signature(refused, Budget(units, pause))
    return _about_fields(refused, find_field_errors(refusal, refused.envelope))


def _about_fields(refused: Refused, field_errors: list[FieldError]) -> Diagnosis:
    reason = refused.refusal.reason
    cure = " ".join(error.hint for error in field_errors if error.hint and error.hint not in reason)
    return _diagnosis(refused, reason, cure, {"fields": [error._asdict() for error in field_errors]})


def _about_signature(refused: Refused, budget: Budget) -> Diagnosis:
    envelope = refused.envelope
    signature = text_of(envelope.get("sign", ""))
    if refused.secret_key is None:
        return _about_user(refused, signature, budget)
    absent = _absent_fields(envelope)
    request = SignedRequest(envelope, signature, refused.secret_key, refused.other_keys, absent, refused.mask)
    found = explain_signature(request, budget)
    return _diagnosis(refused, found.sentence, found.cure, {**found._asdict(), "mistakes": list(found.mistakes)})


def _about_user(refused: Refused, signature: str, budget: Budget) -> Diagnosis:
    """For an unknown user: find the account whose key made the sign."""
    user = text_of(refused.envelope.get("user", ""))
    sentence = f"No account has the user {quoted(user)}."
    strings = both_strings_to_sign(signed_parameters(refused.envelope))
    cost = sum(map(len, strings)) + _COST_OF_A_KEY
    tried = takewhile(lambda _: budget.spend(cost), refused.other_keys.items())
    signers = [known for known, key in tried if any(is_sign(text, signature, key) for text in strings)]
    near = nearest_words(user, refused.other_keys)
    if signers:
        cure = f"The sign matches account {signers[0]}: send that as user."
    elif near:
        cure = f"Did you mean {near[0]!r}?"
    else:
        cure = (
            "Send the UID of an account of this sandbox. GET /_sandbox/api/accounts lists them, and POST creates one."
        )
    return _diagnosis(refused, sentence, cure, {})


def _absent_fields(envelope: Mapping[str, Value]) -> tuple[str, ...]:
    data = envelope.get("data")
    return tuple(
        field.name
        for field in declared_fields(envelope)
        if isinstance(data, dict) and field.name not in data and field.name not in envelope
    )


def _diagnosis(refused: Refused, sentence: str, cure: str, facts: Mapping[str, object]) -> Diagnosis:
    sentence, cure = (shortened(refused.mask(text), _LONGEST_SENTENCE) for text in (sentence, cure))
    record = {**_bounded(facts, refused.mask), "sentence": sentence, "cure": cure}
    return Diagnosis(f"{sentence} {cure}".strip(), json.dumps(record, ensure_ascii=False))


def _bounded(value: Any, mask: Callable[[str], str]) -> Any:  # noqa: ANN401 - JSON
    """A part of a record, masked, with limited texts and lists."""
    if isinstance(value, str):
        return mask(value) if len(value) <= _LONGEST_FACT else shortened(mask(value), _LONGEST_STRING)
    if isinstance(value, dict):
        return {name: _bounded(inner, mask) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_bounded(inner, mask) for inner in value[:_MOST_FACTS]]
    return value

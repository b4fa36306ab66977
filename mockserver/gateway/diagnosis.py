"""Diagnoses refused requests. Imported with the first refusal; what explains signatures only where that is done."""

from __future__ import annotations

import json
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.explain.budget import Budget
from mockserver.gateway.errors import NO_ACCOUNT, quoted
from mockserver.gateway.field_errors import DID_YOU_MEAN, declared_fields, find_field_errors
from mockserver.gateway.journal import shortened
from mockserver.signing.php import parse, text_of
from mockserver.signing.signature import both_strings_to_sign, is_sign, signed_parameters
from mockserver.texts import message, nearest_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mockserver.gateway.errors import Refusal
    from mockserver.gateway.request_notes import Note
    from mockserver.signing.php import Value

    Mask = Callable[[str], str]

_SEND_AN_ACCOUNT = (
    message("Send the UID of an account of this sandbox."),
    message("GET /_sandbox/api/accounts lists them, and POST creates one."),
)
_LONGEST_STRING = 10 * 1024
_LONGEST_SENTENCE = 2000
_LONGEST_FACT = 500
_MOST_FACTS = 50
_COST_OF_A_KEY = 5_000


class Diagnosis(NamedTuple):
    """A masked diagnosis: `reason` in one or two sentences, `record` as JSON of an `ExplanationRecord`."""

    reason: str
    record: str


def unexplained(reason: str, why: str, mask: Mask) -> Diagnosis:
    """The diagnosis of a refusal whose cause was not searched for, and why."""
    reason = shortened(mask(reason), _LONGEST_SENTENCE)
    return Diagnosis(f"{reason} {why}", json.dumps({"sentence": reason, "cure": why}, ensure_ascii=False))


def with_notes(found: Diagnosis, notes: Sequence[Note], mask: Mask) -> Diagnosis:
    """A diagnosis with what else the request shows; that is the sentence if no mistake explains the signature."""
    if not notes:
        return found
    record = json.loads(found.record)
    causes = [note for note in notes if note.is_cause]
    if causes and record.get("mistakes") == []:
        record["sentence"] = mask(" ".join(note.sentence for note in causes))
        said = [note.cure for note in causes]
        said += [f"{note.sentence} {note.cure}" for note in notes if not note.is_cause]
    else:
        said = [f"{note.sentence} {note.cure}" for note in notes]
    record["cure"] = shortened(" ".join(filter(None, [mask(" ".join(said)), record["cure"]])), _LONGEST_SENTENCE)
    return Diagnosis(f"{record['sentence']} {record['cure']}", json.dumps(record, ensure_ascii=False))


def diagnose_fields(refusal: Refusal, envelope: Mapping[str, Value], mask: Mask) -> Diagnosis:
    """Find out what is wrong with the fields that a refusal names, and how to fix it."""
    field_errors = find_field_errors(refusal, envelope)
    cure = " ".join(error.hint for error in field_errors if error.hint and error.hint not in refusal.reason)
    return _diagnosis(refusal.reason, cure, {"fields": [error._asdict() for error in field_errors]}, mask)


def diagnose_signature(
    body: bytes, secret_key: str | None, other_keys: Mapping[str, str], mask: Mask, budget: Budget | None = None
) -> Diagnosis:
    """Find out why the signature of a body does not match, and how to fix it.

    `secret_key` is the account's, or None for an unknown user; `other_keys` are those of other accounts by their users.
    `mask` masks secrets in a text.
    """
    from mockserver.explain.signature import SignedRequest, explain_signature  # noqa: PLC0415 - see the module

    envelope = parse(body)
    if not isinstance(envelope, dict):
        raise TypeError(f"a signed body is an object, not {type(envelope).__name__}")
    signature, budget = text_of(envelope.get("sign", "")), budget or Budget()
    if secret_key is None:
        return _diagnosis(*_about_user(envelope, signature, other_keys, budget), {}, mask)
    request = SignedRequest(envelope, signature, secret_key, other_keys, _absent_fields(envelope), mask, _methods())
    found = explain_signature(request, budget)
    return _diagnosis(found.sentence, found.cure, {**found._asdict(), "mistakes": list(found.mistakes)}, mask)


def _about_user(
    envelope: Mapping[str, Value], signature: str, keys: Mapping[str, str], budget: Budget
) -> tuple[str, str]:
    """Sentence and cure for an unknown user: find the account whose key made the sign."""
    user = text_of(envelope.get("user", ""))
    sentence = NO_ACCOUNT.format(user=quoted(user))
    strings = both_strings_to_sign(signed_parameters(envelope))
    cost = sum(map(len, strings)) + _COST_OF_A_KEY
    tried = takewhile(lambda _: budget.spend(cost), keys.items())
    signers = [known for known, key in tried if any(is_sign(text, signature, key) for text in strings)]
    near = nearest_words(user, keys)
    if signers:
        cure = message("The sign matches account {user}: send that as user.").format(user=signers[0])
    elif near:
        cure = DID_YOU_MEAN.format(near=repr(near[0]))
    else:
        cure = " ".join(_SEND_AN_ACCOUNT)
    return sentence, cure


def _methods() -> tuple[str, ...]:
    from mockserver.gateway.methods import ALL_METHODS  # noqa: PLC0415 - see the module

    return tuple(dict.fromkeys(method.name for method in ALL_METHODS))


def _absent_fields(envelope: Mapping[str, Value]) -> tuple[str, ...]:
    data = envelope.get("data")
    return tuple(
        field.name
        for field in declared_fields(envelope)
        if isinstance(data, dict) and field.name not in data and field.name not in envelope
    )


def _diagnosis(sentence: str, cure: str, facts: Mapping[str, object], mask: Mask) -> Diagnosis:
    sentence, cure = (shortened(mask(text), _LONGEST_SENTENCE) for text in (sentence, cure))
    record = {**_bounded(facts, mask), "sentence": sentence, "cure": cure}
    return Diagnosis(f"{sentence} {cure}".strip(), json.dumps(record, ensure_ascii=False))


def _bounded(value: Any, mask: Mask) -> Any:  # noqa: ANN401 - JSON
    """A part of a record, masked, with limited texts and lists."""
    if isinstance(value, str):
        return mask(value) if len(value) <= _LONGEST_FACT else shortened(mask(value), _LONGEST_STRING)
    if isinstance(value, dict):
        return {name: _bounded(inner, mask) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_bounded(inner, mask) for inner in value[:_MOST_FACTS]]
    return value

"""Why a request was refused, for those who read beside the answer. Imported with the first refusal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.explain.signature import Attempt, Explanation, explain_signature, first_difference
from mockserver.gateway.culprits import Culprit, declared_fields, find_culprits
from mockserver.gateway.errors import Refusal, ScriptedRefusal, SignatureRefused
from mockserver.gateway.fields import quoted
from mockserver.gateway.hearing import shortened
from mockserver.phpvalues import text_of
from mockserver.signing import signed_parameters, verify
from mockserver.words import nearest_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mockserver.phpvalues import Value


_LONGEST_STRING = 8 * 1024
_LONGEST_SENTENCE = 2000
_LONGEST_FACT = 500
_MOST_FACTS = 50
_BEFORE = 1024
_LEFT_OUT = "…"


class Refused(NamedTuple):
    """A refused request: why, its parsed envelope, and the secret keys of the account and of the others.

    `mask` gives a text as it may be shown.
    """

    refusal: Refusal
    envelope: Mapping[str, Value]
    secret_key: str | None
    other_keys: Mapping[str, str]
    mask: Callable[[str], str]

    def __repr__(self) -> str:
        """Shows why, and no key."""
        return f"Refused({self.refusal!r})"


class Told(NamedTuple):
    """What is said of a refusal, masked and shortened: `reason` in a sentence or two, `record` in full as JSON."""

    reason: str
    record: str


def explain(refused: Refused) -> Told:
    """What is wrong with a refused request, and what to do."""
    refusal = refused.refusal
    if isinstance(refusal, ScriptedRefusal):
        return Told(refusal.reason, "")
    if isinstance(refusal, SignatureRefused):
        return _about_signature(refused)
    return _about_fields(refused, find_culprits(refusal, refused.envelope))


def _about_fields(refused: Refused, culprits: list[Culprit]) -> Told:
    reason = refused.refusal.reason
    cure = " ".join(culprit.hint for culprit in culprits if culprit.hint and culprit.hint not in reason)
    return _told(refused, reason, cure, {"fields": [culprit._asdict() for culprit in culprits]})


def _about_signature(refused: Refused) -> Told:
    envelope = refused.envelope
    signature = text_of(envelope.get("sign", ""))
    if refused.secret_key is None:
        return _about_user(refused, signature)
    found = explain_signature(
        Attempt(envelope, signature, refused.secret_key, refused.other_keys, _absent_fields(envelope), refused.mask)
    )
    shown = _shown(found, refused.mask)
    return _told(refused, found.sentence, found.cure, {**shown._asdict(), "mistakes": list(found.mistakes)})


def _about_user(refused: Refused, signature: str) -> Told:
    """The user is unknown; perhaps the sign tells whose key it is."""
    user = text_of(refused.envelope.get("user", ""))
    sentence = f"No account has the user {quoted(user)}."
    parameters = signed_parameters(refused.envelope)
    signers = [known for known, key in refused.other_keys.items() if verify(parameters, signature, key)]
    near = nearest_words(user, refused.other_keys)
    if signers:
        cure = f"The sign is right for account {signers[0]}: send that as user."
    elif near:
        cure = f"Did you mean {near[0]!r}?"
    else:
        cure = "Send the UID of an account of this sandbox; the control API lists and makes them."
    return _told(refused, sentence, cure, {})


def _absent_fields(envelope: Mapping[str, Value]) -> tuple[str, ...]:
    data = envelope.get("data")
    return tuple(
        field.name
        for field in declared_fields(envelope)
        if isinstance(data, dict) and field.name not in data and field.name not in envelope
    )


def _told(refused: Refused, sentence: str, cure: str, facts: Mapping[str, object]) -> Told:
    sentence, cure = (shortened(refused.mask(text), _LONGEST_SENTENCE) for text in (sentence, cure))
    record = {**_bounded(facts, refused.mask), "sentence": sentence, "cure": cure}
    return Told(f"{sentence} {cure}".strip(), json.dumps(record, ensure_ascii=False))


def _bounded(value: Any, mask: Callable[[str], str]) -> Any:  # noqa: ANN401 - JSON
    """A part of a record, masked, with no text in it and no list longer than is worth reading."""
    if isinstance(value, str):
        return mask(value) if len(value) <= _LONGEST_FACT else shortened(mask(value), _LONGEST_STRING)
    if isinstance(value, dict):
        return {name: _bounded(inner, mask) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_bounded(inner, mask) for inner in value[:_MOST_FACTS]]
    return value


def _shown(found: Explanation, mask: Callable[[str], str]) -> Explanation:
    """An explanation whose strings are masked, and short enough to be kept: what surrounds their first difference."""
    found = _around_difference(found)
    ours, theirs = mask(found.sandbox_string), mask(found.client_string)
    if (ours, theirs) == (found.sandbox_string, found.client_string):
        return found
    at = first_difference(ours.encode(), theirs.encode()) if theirs else None
    if ours == theirs and found.sandbox_string != found.client_string:
        theirs = ""  # what differs is masked
    return found._replace(sandbox_string=ours, client_string=theirs, first_difference=at)


def _around_difference(found: Explanation) -> Explanation:
    ours, theirs, at = found.sandbox_string, found.client_string, found.first_difference
    if max(len(ours), len(theirs)) <= _LONGEST_STRING:
        return found
    alike = ours.encode()[: at or 0].decode("utf-8", "ignore")
    start = len(alike) - _BEFORE
    if at is not None and start > 0:
        ours, theirs = (_LEFT_OUT + text[start:] for text in (ours, theirs))
        at += len(_LEFT_OUT.encode()) - len(alike[:start].encode())
    ours, theirs = (shortened(text, _LONGEST_STRING) for text in (ours, theirs))
    return found._replace(sandbox_string=ours, client_string=theirs, first_difference=at)

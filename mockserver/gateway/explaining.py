"""Why a request was refused, for those who read beside the answer. Imported with the first refusal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from mockserver.explain.signature import Attempt, Explanation, explain_signature
from mockserver.gateway.culprits import Culprit, declared_fields, find_culprits
from mockserver.gateway.errors import Refusal, ScriptedRefusal, SignatureRefused
from mockserver.gateway.fields import quoted
from mockserver.phpvalues import text_of
from mockserver.signing import signed_parameters, verify
from mockserver.words import nearest_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.phpvalues import Value


class Refused(NamedTuple):
    """A refused request: why, its parsed envelope, and the secret keys of the account and of the others."""

    refusal: Refusal
    envelope: Mapping[str, Value]
    secret_key: str | None
    other_keys: Mapping[str, str]


class Told(NamedTuple):
    """What is said of a refusal: `reason` in a sentence or two, `record` in full as JSON."""

    reason: str
    record: str


def explain(refused: Refused) -> Told:
    """What is wrong with a refused request, and what to do."""
    refusal = refused.refusal
    if isinstance(refusal, ScriptedRefusal):
        return Told(refusal.reason, "")
    if isinstance(refusal, SignatureRefused):
        return _about_signature(refused)
    return _about_fields(refusal, find_culprits(refusal, refused.envelope))


def _about_fields(refusal: Refusal, culprits: list[Culprit]) -> Told:
    hints = [culprit.hint for culprit in culprits if culprit.hint and culprit.hint not in refusal.reason]
    cure = " ".join(hints)
    record = {"sentence": refusal.reason, "cure": cure, "fields": [culprit._asdict() for culprit in culprits]}
    return Told(f"{refusal.reason} {cure}".strip(), _json(record))


def _about_signature(refused: Refused) -> Told:
    envelope = refused.envelope
    signature = text_of(envelope.get("sign", ""))
    if refused.secret_key is None:
        return _about_user(refused, signature)
    found = explain_signature(
        Attempt(envelope, signature, refused.secret_key, refused.other_keys, _absent_fields(envelope))
    )
    return Told(f"{found.sentence} {found.cure}".strip(), _json(_record(found)))


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
    return Told(f"{sentence} {cure}", _json({"sentence": sentence, "cure": cure}))


def _absent_fields(envelope: Mapping[str, Value]) -> tuple[str, ...]:
    data = envelope.get("data")
    return tuple(
        field.name
        for field in declared_fields(envelope)
        if isinstance(data, dict) and field.name not in data and field.name not in envelope
    )


def _record(found: Explanation) -> dict[str, object]:
    told = found._asdict()
    return {**told, "mistakes": list(found.mistakes), "checked": list(found.checked)}


def _json(record: Mapping[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False)

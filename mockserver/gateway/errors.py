"""The refusals of the gateway, each with its code (protocol.md 2)."""

from __future__ import annotations

from mockserver.domain.codes import (
    INTERNAL_ERROR,
    MISSING_FIELD,
    REFUSAL_MESSAGES,
    SIGNATURE_ERROR,
    UNSUPPORTED_PAY_METHOD,
)
from mockserver.evidence import Fact


class Refusal(Exception):
    """The gateway refuses a request.

    `message` goes to the merchant in the envelope. `reason` goes beside it (header, journal, log)
    and says which field or fact was wrong; it never holds a secret.
    """

    code = INTERNAL_ERROR

    def __init__(self, reason: str, message: str | None = None) -> None:
        """Refuse with the documented message of the code, or with a sentence of its own."""
        super().__init__(reason)
        self.reason = reason
        self.message = REFUSAL_MESSAGES[self.code] if message is None else message


class RuleBroken(Refusal):
    """A value breaks a rule: -1000 with a sentence that says which."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        """Refuse with one sentence for the merchant; a hint, if any, goes beside the answer only."""
        super().__init__(f"{sentence} {hint}".strip(), sentence)

    @classmethod
    def because(cls, error: ValueError) -> RuleBroken:
        """Refuse with what an error of the domain says, as a sentence."""
        text = str(error)
        return cls(f"{text[:1].upper()}{text[1:]}.")


class FieldMissing(Refusal):
    """Required fields are absent or empty: -3001, the fields named beside the answer."""

    code = MISSING_FIELD

    def __init__(self, *names: str, where: str = " in data", remedy: str = "") -> None:
        """Name the fields, the object that they belong to, and what else would do."""
        self.names = names
        super().__init__(f"Missing or empty{where}: {', '.join(names)}{remedy}.")


class SignatureRefused(Refusal):
    """The sign does not match, or the user is unknown: -403."""

    code = SIGNATURE_ERROR


class PayMethodUnsupported(Refusal):
    """The method does not take this pay_method or wallet: -4011."""

    code = UNSUPPORTED_PAY_METHOD


class ScriptedRefusal(Refusal):
    """A scenario answers with this code."""

    def __init__(self, code: str, scenario: str) -> None:
        """Refuse a request that has nothing wrong, because the scenario says so."""
        self.code = code
        super().__init__(f"The scenario {scenario!r} answers with {code}; the request itself was right.")


EVIDENCE = (
    Fact("error codes", "-1000, -3001, -403 and -4011 with their messages.", "documented", "SEED"),
    Fact(
        "error codes",
        "A value that breaks a rule, an unknown method or trade_id: -1000 with a sentence.",
        "assumed",
        "2 UNSEEN; clients show the message to the shopper",
    ),
    Fact("error codes", "An unknown user is answered like a wrong sign, -403.", "assumed", "2 UNSEEN"),
    Fact(
        "order of checks",
        "Envelope fields, signature, the method's own fields, pay method.",
        "assumed",
        "2 UNSEEN; an unsigned caller learns nothing",
    ),
)

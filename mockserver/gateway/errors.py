"""The refusals of the gateway, each with its code (protocol.md 2)."""

from __future__ import annotations

from mockserver.domain.cards import masked
from mockserver.domain.codes import (
    INTERNAL_ERROR,
    MISSING_FIELD,
    REFUSAL_MESSAGES,
    SIGNATURE_ERROR,
    UNSUPPORTED_PAY_METHOD,
)
from mockserver.evidence import Fact

_SHOWN, _LOOKED_AT = 60, 240


def quoted(text: str) -> str:
    """A value as an error message shows it: shortened, and with what can be a card number masked."""
    shown = masked(text[:_LOOKED_AT])  # before it is shortened, which would leave the beginning of a number
    return repr(shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…")


class Refusal(Exception):
    """The gateway refuses a request.

    `message` goes to the merchant in the envelope. `reason` goes beside it (header, journal, log)
    and says which field or fact was wrong; it never holds a secret. `fields` are the names of those at fault.
    """

    code = INTERNAL_ERROR

    def __init__(self, reason: str, message: str | None = None, fields: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.message = REFUSAL_MESSAGES[self.code] if message is None else message
        self.fields = fields


class RuleBroken(Refusal):
    """A request breaks a rule: -1000 with a sentence that says which; a hint, if any, goes beside the answer only."""

    def __init__(self, sentence: str, hint: str = "", *, field: str = "") -> None:
        super().__init__(f"{sentence} {hint}".strip(), sentence, (field,) if field else ())

    @classmethod
    def because(cls, error: ValueError) -> RuleBroken:
        """Refuse with what an error of the domain says, as a sentence."""
        text = str(error)
        return cls(f"{text[:1].upper()}{text[1:]}.")


class FieldInvalid(RuleBroken):
    """The value of a field breaks a rule, such as `must be at most 20`; the sentence is made of the three."""

    def __init__(self, field: str, rule: str, value: str | None = None) -> None:
        super().__init__(f"{field} {rule}." if value is None else f"{field} {rule}, not {quoted(value)}.", field=field)
        self.rule = rule
        self.value = value


class FieldMissing(Refusal):
    """Required fields are absent or empty: -3001. `where` names their object, `remedy` what else would do."""

    code = MISSING_FIELD

    def __init__(self, *names: str, where: str = " in data", remedy: str = "") -> None:
        super().__init__(f"Missing or empty{where}: {', '.join(names)}{remedy}.", fields=names)


class SignatureRefused(Refusal):
    """The sign does not match, or the user is unknown: -403."""

    code = SIGNATURE_ERROR


class PayMethodUnsupported(Refusal):
    """The method does not take this pay_method or wallet: -4011."""

    code = UNSUPPORTED_PAY_METHOD


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

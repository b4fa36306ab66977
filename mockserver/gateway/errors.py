"""The refusals of the gateway and their codes (protocol.md 2)."""

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
from mockserver.texts import message

KINDS = {
    "wrong_sign": "the sign does not match",
    "unknown_user": "there is no account of this user",
    "stale_time": "`time` is too far from the gateway's clock",
    "missing_field": "a required field is absent or empty",
    "unknown_method": "there is no method of this name",
    "unknown_order": "there is no order of this trade_id",
    "wrong_value": "a value breaks a rule",
    "unsupported_pay_method": "the method does not support the pay_method or the wallet",
    "duplicate_order": "the order_id was used before, and is refused",
    "not_json": "the body is not a JSON object",
    "wrong_http_method": "another HTTP method than POST",
}
"""The kinds of refusals that a profile can describe, and what each is."""

_SHOWN, _LOOKED_AT = 60, 240
_INVALID, _INVALID_VALUE = message("{field} {rule}."), message("{field} {rule}, not {value}.")
_MISSING, _MISSING_IN = message("Missing or empty: {names}."), message("Missing or empty in {where}: {names}.")
NO_ACCOUNT = message("No account has the user {user}.")


def quoted(text: str) -> str:
    """A value for an error message: quoted, shortened, with card numbers masked."""
    shown = masked(text[:_LOOKED_AT])  # before shortening, which could cut a card number
    return repr(shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…")


class Refusal(Exception):
    """The gateway refuses a request.

    `message` is sent to the merchant in the envelope. `reason` says which field or fact is wrong, for the header, the
    journal and the log; it never has a secret. `fields` are the names of the wrong fields. `kind` is one of `KINDS`, or
    empty.
    """

    code = INTERNAL_ERROR
    kind = ""

    def __init__(self, reason: str, message: str | None = None, fields: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.message = REFUSAL_MESSAGES[self.code] if message is None else message
        self.fields = fields


class RuleBroken(Refusal):
    """A request breaks a rule: -1000 with a sentence. A hint is added to the reason, not to the answer."""

    kind = "wrong_value"

    def __init__(self, sentence: str, hint: str = "", *, field: str = "", kind: str = "") -> None:
        super().__init__(f"{sentence} {hint}".strip(), sentence, (field,) if field else ())
        self.kind = kind or self.kind

    @classmethod
    def because(cls, error: ValueError) -> RuleBroken:
        """Make the message of an error of the domain a sentence."""
        text = str(error)
        return cls(f"{text[:1].upper()}{text[1:]}.")


class FieldInvalid(RuleBroken):
    """The value of a field breaks a rule such as `must be at most 20`."""

    def __init__(self, field: str, rule: str, value: str | None = None, *, kind: str = "") -> None:
        template = _INVALID if value is None else _INVALID_VALUE
        sentence = template.format(field=field, rule=rule, value=None if value is None else quoted(value))
        super().__init__(sentence, field=field, kind=kind)
        self.rule = rule
        self.value = value


class FieldMissing(Refusal):
    """Required fields are absent or empty: -3001. `where` names their object, `remedy` an alternative."""

    code = MISSING_FIELD
    kind = "missing_field"

    def __init__(self, *names: str, where: str = " in data", remedy: str = "") -> None:
        template = _MISSING_IN if where else _MISSING
        super().__init__(
            template.format(where=where.removeprefix(" in "), names=f"{', '.join(names)}{remedy}"), fields=names
        )


class SignatureRefused(Refusal):
    """The sign does not match, or the user is unknown: -403."""

    code = SIGNATURE_ERROR
    kind = "wrong_sign"


class UserUnknown(SignatureRefused):
    """No account has this user; an unsigned caller learns nothing, so the answer is that to a wrong sign."""

    kind = "unknown_user"

    def __init__(self, user: str) -> None:
        super().__init__(NO_ACCOUNT.format(user=quoted(user)))


class PayMethodUnsupported(Refusal):
    """The method does not support this pay_method or wallet: -4011."""

    code = UNSUPPORTED_PAY_METHOD
    kind = "unsupported_pay_method"


EVIDENCE = (
    Fact("error codes", "-1000, -3001, -403 and -4011 with their messages.", "documented", "SEED"),
    Fact(
        "error codes",
        "A value that breaks a rule, an unknown method or trade_id: -1000 with a message.",
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

"""The signature tool: signs a body with a key, and explains a signature that does not match. It stores nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from flask import request

from mockserver.explain.budget import Budget
from mockserver.explain.signature import Explanation, SignedRequest, explain_signature, hiding
from mockserver.gateway.field_errors import declared_fields
from mockserver.pages.rendering import DashboardPage, translated
from mockserver.pages.request_log import StringDifference, string_difference
from mockserver.signing.php import NotJsonError, Value, parse, text_of
from mockserver.signing.signature import sign, signed_parameters, string_to_sign, verify
from mockserver.texts import message
from mockserver.threads import breathe

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.domain.accounts import Account

_LONGEST_BODY = 256 * 1024


class UnusableFormError(Exception):
    """The body is no message, or the key is missing; the text says so in the reader's language."""


class SignatureCheck(NamedTuple):
    """The string to sign of a body and its signature; why the given signature does not match, if it does not.

    `is_valid` is None where no signature was given.
    """

    string: str
    signature: str
    is_valid: bool | None
    explanation: Explanation | None = None
    difference: StringDifference | None = None


def _show_tool(_app: Application, _account: Account | None) -> dict[str, Any]:
    body, secret_key, signature = (request.form.get(name, "") for name in ("body", "secret_key", "sign"))
    check, error, hide = None, "", hiding(secret_key)
    if request.method == "POST":
        try:
            check = _check(body, secret_key, signature.strip())
        except NotJsonError as cause:
            error = translated("The body is not valid JSON: {error}.", error=cause)
        except UnusableFormError as cause:
            error = str(cause)
    return {"body": hide(body[:_LONGEST_BODY]), "sign": hide(signature), "check": check, "error": error}


def _check(body: str, secret_key: str, signature: str) -> SignatureCheck:
    received = parse(body[:_LONGEST_BODY].encode())
    data = received.get("data") if isinstance(received, dict) else None
    if not isinstance(data, dict):
        raise UnusableFormError(
            translated("Paste a complete request or notification: a JSON object whose data is an object.")
        )
    if not secret_key:
        raise UnusableFormError(translated("Enter the secret key. It is used once and not stored."))
    parameters = signed_parameters(received) if "method" in received else data
    text = string_to_sign(parameters)
    shown, expected = hiding(secret_key)(text), sign(text, secret_key)
    signature = signature or text_of(received.get("sign", ""))
    if not signature or verify(parameters, signature, secret_key):
        return SignatureCheck(shown, expected, is_valid=True if signature else None)
    signed = SignedRequest({**received, "sign": signature}, signature, secret_key, {}, _absent(received, data))
    explanation = explain_signature(signed, Budget(pause=breathe))
    return SignatureCheck(shown, expected, False, explanation, string_difference(explanation))


def _absent(received: dict[str, Value], data: dict[str, Value]) -> tuple[str, ...]:
    return tuple(field.name for field in declared_fields(received) if field.name not in data)


DASHBOARD_PAGES = (
    DashboardPage("signature_tool", "/signature-tool", "signature_tool.html", _show_tool, message("Signature tool"),
                  menu_order=60, key="c", methods=("GET", "POST")),
)  # fmt: skip

"""The signature tool: signs a body, and explains a sign that does not match, or a string. It stores nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from flask import request

from mockserver.api.schemas import ExchangeRecord
from mockserver.domain.accounts import ANONYMOUS
from mockserver.explain.budget import Budget
from mockserver.explain.signature import (
    Explanation,
    SignedRequest,
    StringVerdict,
    around_difference,
    explain_wholly,
    first_difference,
    hiding,
    judge_string,
)
from mockserver.explain.xray import compare
from mockserver.gateway.example import documented_request
from mockserver.pages.rendering import DashboardPage, translated
from mockserver.pages.signature.findings import (
    SignatureFindings,
    absent_fields,
    is_cut,
    marked_lines,
    other_keys,
    string_difference,
)
from mockserver.pages.signature.mending import stored_exchange
from mockserver.signing.php import NotJsonError, Value, parse, text_of
from mockserver.signing.signature import both_strings_to_sign, sign, signed_parameters, verify
from mockserver.texts import message
from mockserver.threads import breathe

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.timeline import Exchange
    from mockserver.explain.variants.model import Hide

_LONGEST_BODY = 256 * 1024
_LONGEST_STRING = 64 * 1024
_EXAMPLE_KEY = "example-secret-key"


class UnusableFormError(Exception):
    """The body is no message, or there is no key; the text says so in the reader's language."""


class Typed(NamedTuple):
    """What the form holds. All of it is shown again, except the key, with the account's own key masked."""

    body: str
    sign: str = ""
    signed_string: str = ""
    secret_key: str = ""


class Signer(NamedTuple):
    """The key that is used, the user of its account if it is one's, the keys of the others, and what hides them all."""

    secret_key: str
    user: str
    others: dict[str, str]
    hide: Hide


class SignatureCheck(NamedTuple):
    """The string to sign of a body and its signature; why the given signature does not match, if it does not.

    `is_valid` is None where no signature was given. `user` is that of the account whose key was used; it is empty for a
    key that was typed.
    """

    string: str
    user: str
    is_valid: bool | None
    findings: SignatureFindings
    explanation: Explanation | None = None
    verdict: StringVerdict | None = None


def _show_tool(app: Application, account: Account | None) -> dict[str, Any]:
    stored, error, check = _stored(app, account), "", None
    is_example = request.method == "GET" and stored is None
    typed = _typed(stored) if request.method == "POST" or stored else _example(app, account)
    signer = _signer(app, account, typed, is_example=is_example)
    try:
        check = _check(typed, signer, _known(stored, typed))
    except NotJsonError as cause:
        error = translated("The body is not valid JSON: {error}.", error=cause)
    except UnusableFormError as cause:
        error = str(cause)
    shown = Typed(*[signer.hide(text[:_LONGEST_BODY]) for text in typed[:3]])
    example, shown = (shown, Typed("")) if is_example else (None, shown)
    return {"typed": shown, "check": check, "error": error, "example": example, "stored": stored,
            "key_of": _account_of(app, account, typed.body), "was_typed": bool(typed.secret_key)}  # fmt: skip


def _stored(app: Application, account: Account | None) -> Exchange | None:
    """The request that the address names by its number: one of the account, or one of an unknown user."""
    unknown, wanted = request.args.get("unknown", ""), request.args.get("request", "")
    if unknown:
        return stored_exchange(app, ANONYMOUS, unknown)
    return stored_exchange(app, account.user, wanted) if wanted and account is not None else None


def _known(stored: Exchange | None, typed: Typed) -> Explanation | None:
    """What the gateway has found out about a stored request, so that it is not searched for again."""
    record = None if stored is None else ExchangeRecord.of(stored).explanation
    if stored is None or record is None or typed.sign or typed.secret_key or is_cut(record):
        return None
    is_same = typed.body.replace("\r\n", "\n") == stored.request.decode("utf-8", "replace").replace("\r\n", "\n")
    known = Explanation(tuple(record.mistakes), record.sentence, record.cure, record.sandbox_string,
                        record.client_string, record.first_difference, tuple(record.checked))  # fmt: skip
    return known if is_same and known.sandbox_string else None


def _typed(stored: Exchange | None) -> Typed:
    form = request.form
    body = form.get("body") or ("" if stored is None else stored.request.decode("utf-8", "replace"))
    return Typed(body, form.get("sign", ""), form.get("signed_string", ""), form.get("secret_key", ""))


def _example(app: Application, account: Account | None) -> Typed:
    """A request whose string has three mistakes: an encoded URL, another format of the amount, an invisible space."""
    user = app.settings.user if account is None else account.user
    envelope = documented_request(user, amount="24.90", description="Green tea")
    right = signed_parameters(envelope)
    wrong = {"amount": "24.9", "description": "Green\u00a0tea", "redirect_url": quote(right["redirect_url"], safe="")}
    parameters = {**right, **wrong}
    text = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))
    key = _EXAMPLE_KEY if account is None else account.secret_key
    body = {**envelope, "sign": sign(text, key)}
    return Typed(json.dumps(body, ensure_ascii=False, indent=2), signed_string=text)


def _account_of(app: Application, account: Account | None, body: str) -> str:
    """The user of the account whose key is used without another one: that of the body, or the page's."""
    try:
        content = parse(body[:_LONGEST_BODY].encode("utf-8", "replace"))
    except NotJsonError:
        content = None
    envelope = content if isinstance(content, dict) else {}
    data = envelope.get("data")
    named = envelope.get("user", data.get("user") if isinstance(data, dict) else None)
    known = app.store.known_account(text_of(named)) if isinstance(named, str) and named != ANONYMOUS else None
    return known.user if known is not None else "" if account is None else account.user


def _signer(app: Application, account: Account | None, typed: Typed, *, is_example: bool) -> Signer:
    user = "" if typed.secret_key else _account_of(app, account, typed.body)
    keys = app.store.secret_keys()
    own = typed.secret_key or keys.get(user, _EXAMPLE_KEY if is_example else "")
    hide_own = hiding(own)

    def hide(text: str) -> str:
        return hide_own(app.secrets.text(text))

    return Signer(own, user, other_keys(keys, user) if user else {}, hide)


def _check(typed: Typed, signer: Signer, known: Explanation | None) -> SignatureCheck:
    received = parse(typed.body[:_LONGEST_BODY].encode("utf-8", "replace"))
    data = received.get("data") if isinstance(received, dict) else None
    if not isinstance(data, dict):
        raise UnusableFormError(
            translated("Paste a complete request or notification: a JSON object whose data is an object.")
        )
    if not signer.secret_key:
        raise UnusableFormError(translated("Enter the secret key. It is used once and not stored."))
    parameters = signed_parameters(received) if "method" in received else data
    signature = typed.sign.strip() or text_of(received.get("sign", ""))
    texts = _readings(typed.signed_string)
    right = both_strings_to_sign(parameters)
    if not signature or verify(parameters, signature, signer.secret_key):
        expected = next((text for text in right if sign(text, signer.secret_key) == signature), right[0])
        findings = _findings(parameters, (expected, texts[0] if texts else ""), signer, ())
        return SignatureCheck(signer.hide(expected), signer.user, True if signature else None, findings)
    signed = SignedRequest({**received, "sign": signature}, signature, signer.secret_key, signer.others,
                           absent_fields(received), signer.hide)  # fmt: skip
    verdict = judge_string(signed, texts, breathe) if texts else None
    if verdict is not None and verdict.makes_sign:
        return _about_string(parameters, verdict, signer)
    found = known or explain_wholly(signed, Budget(pause=breathe))
    return _about_sign(parameters, found, verdict, signer)


def _about_string(parameters: dict[str, Value], verdict: StringVerdict, signer: Signer) -> SignatureCheck:
    """The check where the typed string gives the sign: nothing has to be searched for."""
    expected = _nearest(both_strings_to_sign(parameters), verdict.text)
    findings = _findings(parameters, (expected, verdict.text), signer, verdict.mistakes)
    return SignatureCheck(signer.hide(expected), signer.user, False, findings, None, verdict)


def _about_sign(
    parameters: dict[str, Value], found: Explanation, verdict: StringVerdict | None, signer: Signer
) -> SignatureCheck:
    right = both_strings_to_sign(parameters)
    expected = next((text for text in right if signer.hide(text) == found.sandbox_string), right[0])
    if verdict is not None and not found.client_string:
        expected = _nearest(right, verdict.text)
        findings = _findings(parameters, (expected, verdict.text), signer, found.mistakes)
    else:
        findings = _findings(parameters, (expected, ""), signer, found.mistakes)
        shown = (found.sandbox_string, found.client_string)
        xray = compare(parameters, shown, signer.hide) if found.client_string else None
        findings = findings._replace(xray=xray, difference=string_difference(around_difference(found)))
    return SignatureCheck(signer.hide(expected), signer.user, False, findings, around_difference(found), verdict)


def _findings(
    parameters: dict[str, Value], strings: tuple[str, str], signer: Signer, mistakes: tuple[str, ...]
) -> SignatureFindings:
    expected, sent = strings
    masked = signer.hide(expected), signer.hide(sent)
    xray = compare(parameters, masked, signer.hide, differs=expected != sent) if sent else None
    return SignatureFindings(None, xray, sign(expected, signer.secret_key), marked_lines(mistakes, xray))


def _nearest(strings: list[str], text: str) -> str:
    """Of the strings that the gateway accepts, the one that begins like a text for longer."""
    content = text.encode("utf-8", "replace")

    def alike(one: str) -> float:
        at = first_difference(one.encode("utf-8", "replace"), content)
        return float("inf") if at is None else at

    return max(strings, key=alike)


def _readings(text: str) -> list[str]:
    """What a typed string may have been: browsers send each line break as CR LF."""
    text = text[:_LONGEST_STRING]
    return list(dict.fromkeys([text.replace("\r\n", "\n"), text])) if text else []


DASHBOARD_PAGES = (
    DashboardPage("signature_tool", "/signature-tool", "signature_tool.html", _show_tool, message("Signature tool"),
                  menu_order=60, key="c", methods=("GET", "POST")),
)  # fmt: skip

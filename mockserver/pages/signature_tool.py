"""The signature desk: a body and a key make a string and a sign; a wrong sign is explained. Nothing is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask import request

from mockserver.explain.budget import Budget
from mockserver.explain.signature import Explanation, SignedRequest, explain_signature, hiding
from mockserver.gateway.field_errors import declared_fields
from mockserver.pages.dashboard import pages_with_header
from mockserver.pages.language import translated
from mockserver.pages.presenters import Difference, difference
from mockserver.pages.rendering import page
from mockserver.signing.php import NotJsonError, Value, parse, text_of
from mockserver.signing.signature import sign, signed_parameters, string_to_sign, verify
from mockserver.threads import breathe

if TYPE_CHECKING:
    from flask import Blueprint, Response

    from mockserver.app import Application

_LONGEST = 256 * 1024


class NoMessageError(Exception):
    """What was pasted is no message, or the key is missing; the sentence says so."""


class Finding(NamedTuple):
    """What the desk says of a body: the string, its sign, whether the given sign is right, and why it is not."""

    string: str
    sign: str
    given: str
    is_right: bool
    explanation: Explanation | None
    parted: Difference | None


def create_desk(app: Application) -> Blueprint:
    """The signature desk."""
    pages = pages_with_header(app, "desk")

    @pages.get("/signature")
    def show() -> Response:
        return page("desk.html", body="", given="", finding=None, mistake="")

    @pages.post("/signature")
    def look() -> Response:
        body, secret, given = (request.form.get(name, "") for name in ("body", "secret", "given"))
        finding, mistake, hide = None, "", hiding(secret)
        try:
            finding = _find(body, secret, given.strip())
        except NotJsonError as error:
            mistake = translated("This is no JSON: {error}.", error=error)
        except NoMessageError as error:
            mistake = str(error)
        return page("desk.html", body=hide(body[:_LONGEST]), given=hide(given), finding=finding, mistake=mistake)

    return pages


def _find(body: str, secret: str, given: str) -> Finding:
    received = parse(body[:_LONGEST].encode())
    data = received.get("data") if isinstance(received, dict) else None
    if not isinstance(data, dict):
        raise NoMessageError(translated("Expected a request, with user, method, time and data, or a notification."))
    if not secret:
        raise NoMessageError(translated("Enter the secret key; it is used for this answer and then forgotten."))
    parameters = signed_parameters(received) if "method" in received else data
    text = string_to_sign(parameters)
    shown = hiding(secret)(text)
    given = given or text_of(received.get("sign", ""))
    if not given or verify(parameters, given, secret):
        return Finding(shown, sign(text, secret), given, bool(given), None, None)
    signed = SignedRequest({**received, "sign": given}, given, secret, {}, _absent(received, data))
    told = explain_signature(signed, Budget(pause=breathe))
    return Finding(shown, sign(text, secret), given, False, told, difference(told))


def _absent(received: dict[str, Value], data: dict[str, Value]) -> tuple[str, ...]:
    return tuple(field.name for field in declared_fields(received) if field.name not in data)

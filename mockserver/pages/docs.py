"""The documentation inside the sandbox, made from what the code declares, and the same for machines as llms.txt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort
from markdown_it import MarkdownIt
from markupsafe import Markup

from mockserver.domain.codes import (
    INTERNAL_ERROR,
    MISSING_FIELD,
    REFUSAL_MESSAGES,
    SIGNATURE_ERROR,
    UNSUPPORTED_PAY_METHOD,
)
from mockserver.pages.curl_examples import pasted
from mockserver.pages.dashboard import DASHBOARD_PATH, account_of, present_user, shared_values
from mockserver.pages.language import translated
from mockserver.pages.reference import PAGES
from mockserver.pages.rendering import address_here, page
from mockserver.texts import message

if TYPE_CHECKING:
    from mockserver.app import Application

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_TITLES = {
    "methods": message("Methods"),
    "scenarios": message("Scenarios"),
    "signatures": message("Mistakes in signing"),
    "settings": message("Settings"),
    "fidelity": message("Fidelity"),
}
_MEANINGS = {
    SIGNATURE_ERROR: message("The sign does not match, or the user is unknown."),
    MISSING_FIELD: message("A required field is absent or empty."),
    UNSUPPORTED_PAY_METHOD: message("The method does not take this wallet or pay_method."),
    INTERNAL_ERROR: message("The gateway failed, or a value breaks a rule; the message says which."),
}
_LINK = re.compile(r"\[([^\]]+)\]\((?!http)[^)]*\)")


def create_docs(app: Application) -> Blueprint:
    """The documentation of a sandbox."""
    pages = Blueprint("docs", __name__)

    @pages.context_processor
    def shared() -> dict[str, Any]:
        return {**shared_values(app), "titles": _TITLES}

    @pages.get(f"{DASHBOARD_PATH}/docs/codes")
    def codes() -> Response:
        account = account_of(app, present_user(app))
        honest: dict[str, dict[str, Any]] = {
            INTERNAL_ERROR: {"amount": "0.01"},
            MISSING_FIELD: {"notify_url": None},
            UNSUPPORTED_PAY_METHOD: {"sub_pay_method": "WeChat Pay"},
        }
        commands = {code: pasted(app, account, **changes) for code, changes in honest.items()}
        commands[SIGNATURE_ERROR] = pasted(app, account).replace('"EUR"', '"CHF"')
        told = [(code, REFUSAL_MESSAGES[code], _MEANINGS[code], commands[code]) for code in REFUSAL_MESSAGES]
        return page("codes.html", told=told, name="codes")

    @pages.get(f"{DASHBOARD_PATH}/docs/<name>")
    def show(name: str) -> Response:
        made = _MARKDOWN.render(_text(name)).replace("<pre>", '<pre tabindex="0">')
        return page("docs.html", name=name, text=Markup(made))  # noqa: S704 - rendered without HTML of its own

    @pages.get(f"{DASHBOARD_PATH}/docs/<name>.md")
    def plain(name: str) -> Response:
        return Response(_text(name), content_type="text/markdown; charset=utf-8")

    @pages.get("/llms.txt")
    def for_machines() -> Response:
        return Response(_for_machines(app), content_type="text/plain; charset=utf-8")

    return pages


def _text(name: str) -> str:
    """A page as Markdown; links to files that are not here become plain words."""
    if name not in _TITLES:
        abort(404, translated("There is no page {name}.", name=name))
    text = re.sub("^<!--.*?-->", "", PAGES[f"{name}.md"]()).strip()
    return _LINK.sub(r"\1", text)


def _for_machines(app: Application) -> str:
    base = address_here(app)
    return f"""# YabandPay sandbox

> A local stand-in for the YabandPay payment gateway. The gateway has one endpoint, POST {base}/Payments, with a signed
> JSON body; every refusal is explained in the header X-Sandbox-Reason and in full at the address in X-Sandbox-Record.

## Documentation

- [Methods]({base}{DASHBOARD_PATH}/docs/methods.md): every method of the gateway with its fields, test cards and states
- [Scenarios]({base}{DASHBOARD_PATH}/docs/scenarios.md): scripted outcomes, and how a request asks for each
- [Mistakes in signing]({base}{DASHBOARD_PATH}/docs/signatures.md): what goes wrong with signatures, and the cure
- [Settings]({base}{DASHBOARD_PATH}/docs/settings.md): flags and environment variables
- [Fidelity]({base}{DASHBOARD_PATH}/docs/fidelity.md): how each behaviour of the gateway is known

## For programs

- [OpenAPI]({base}{DASHBOARD_PATH}/openapi.json): the sandbox's own API, from accounts and clocks to notifications
"""

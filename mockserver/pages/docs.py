"""The documentation inside the sandbox, made from what the code declares, and the same for machines as llms.txt."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Response, abort
from markupsafe import Markup

from mockserver.api.paths import DASHBOARD_PATH
from mockserver.domain.codes import (
    INTERNAL_ERROR,
    MISSING_FIELD,
    REFUSAL_MESSAGES,
    SIGNATURE_ERROR,
    UNSUPPORTED_PAY_METHOD,
)
from mockserver.gateway.example import curl_line, documented_request
from mockserver.pages.reference import PAGES
from mockserver.pages.rendering import DashboardPage, address_here, translated
from mockserver.signing.signature import signed_request
from mockserver.texts import message

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

    from mockserver.app import Application
    from mockserver.domain.accounts import Account

_TITLES = {
    "methods": message("Methods"),
    "scenarios": message("Scenarios"),
    "signatures": message("Signature mistakes"),
    "settings": message("Settings"),
    "fidelity": message("Fidelity"),
}
_LINK = re.compile(r"\[([^\]]+)\]\((?!http)[^)]*\)")


def example_request(account: Account, **changes: Any) -> bytes:  # noqa: ANN401 - values of any field
    """The documented request, signed for an account, with some fields of data changed; None leaves a field out."""
    unsigned = documented_request(account.user)
    unsigned["data"] = {name: value for name, value in {**unsigned["data"], **changes}.items() if value is not None}
    return signed_request(unsigned, account.secret_key)


def _show_codes(app: Application, account: Account | None) -> dict[str, Any]:
    if account is None:
        abort(404, translated("The sandbox has no accounts. Create one with POST /_sandbox/api/accounts."))
    codes = {
        INTERNAL_ERROR: (message("The gateway failed, or a value is invalid. The message has the details."),
                         example_request(account, amount="0.01")),
        MISSING_FIELD: (message("A required field is missing or empty."),
                        example_request(account, notify_url=None)),
        SIGNATURE_ERROR: (message("The signature does not match, or the user is unknown."),
                          example_request(replace(account, secret_key=f"not {account.secret_key}"))),
        UNSUPPORTED_PAY_METHOD: (message("The method does not support this sub_pay_method or pay_method."),
                                 example_request(account, sub_pay_method="WeChat Pay")),
    }  # fmt: skip
    here = address_here(app)
    shown = [(code, text, codes[code][0], curl_line(here, codes[code][1])) for code, text in REFUSAL_MESSAGES.items()]
    return {"codes": shown, "titles": _TITLES, "name": "codes"}


def _show_docs(_app: Application, _account: Account | None, name: str) -> dict[str, Any]:
    text = _renderer().render(_markdown(name)).replace("<pre>", '<pre tabindex="0">')
    return {"text": Markup(text), "titles": _TITLES, "name": name}  # noqa: S704 - rendered without HTML of its own


@lru_cache(maxsize=1)
def _renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - the first request of the API need not wait for it

    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _show_markdown(_app: Application, _account: Account | None, name: str) -> Response:
    return Response(_markdown(name), content_type="text/markdown; charset=utf-8")


def _markdown(name: str) -> str:
    """A page as Markdown; links to files that are not here become plain text."""
    if name not in _TITLES:
        abort(404, translated("There is no documentation page {name}.", name=name))
    text = re.sub("^<!--.*?-->", "", PAGES[f"{name}.md"]()).strip()
    return _LINK.sub(r"\1", text)


def llms_txt(app: Application) -> Response:
    """An overview of the documentation for language models (llmstxt.org)."""
    here = address_here(app)
    docs = f"{here}{DASHBOARD_PATH}/docs"
    text = f"""# YabandPay sandbox

> A local sandbox of the YabandPay payment gateway. The gateway has one endpoint, POST {here}/Payments, which takes a
> signed JSON body. The header X-Sandbox-Reason explains each rejected request, and X-Sandbox-Hint says what looks
> wrong in an accepted one; X-Sandbox-Record has the address of the full record.

## Documentation

- [Methods]({docs}/methods.md): every method of the gateway with its fields, test cards and states
- [Scenarios]({docs}/scenarios.md): scripted outcomes, and how a request selects each
- [Signature mistakes]({docs}/signatures.md): common mistakes in signatures, and how to fix them
- [Settings]({docs}/settings.md): flags and environment variables
- [Fidelity]({docs}/fidelity.md): the evidence for each behaviour of the gateway

## For programs

- [OpenAPI]({here}{DASHBOARD_PATH}/openapi.json): the sandbox's own API, from accounts and clocks to notifications
"""
    return Response(text, content_type="text/plain; charset=utf-8")


DASHBOARD_PAGES = (
    DashboardPage("codes", "/docs/codes", "codes.html", _show_codes, message("Documentation"), menu_order=70, key="d"),
    DashboardPage("docs", "/docs/<name>", "docs.html", _show_docs, section="codes"),
    DashboardPage("docs_markdown", "/docs/<name>.md", "", _show_markdown),
)

"""The documentation inside the sandbox, made from what the code declares, and the same for machines as llms.txt."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Response, abort, request

from mockserver.api.paths import DASHBOARD_PATH
from mockserver.gateway.example import curl_line
from mockserver.gateway.methods import ALL_METHODS
from mockserver.pages.docs.code_reference import code_examples
from mockserver.pages.docs.documents import DOCUMENTS, HOW_TO, IMAGES, document, with_links_here
from mockserver.pages.docs.markdown import render_markdown, table
from mockserver.pages.docs.method_examples import ExampleSandbox
from mockserver.pages.docs.method_reference import MethodPage, method_page, notifications_reference
from mockserver.pages.docs.reference import REFERENCE, ledger, states_reference, test_cards
from mockserver.pages.docs.search import LONGEST_QUERY, method_place, search_docs
from mockserver.pages.language import speaker
from mockserver.pages.ready_requests import ready_request
from mockserver.pages.rendering import DashboardPage, address_here, chosen_language, translated
from mockserver.texts import message

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.pages.docs.method_examples import Example, RefusalExample

_TITLES = {
    "methods": message("Methods"),
    "browser-return": message("Browser return"),
    "scenarios": message("Scenarios"),
    "signatures": message("Signature mistakes"),
    "settings": message("Settings"),
    "guides": message("Guides"),
    "api": message("Sandbox API"),
    "fidelity": message("Fidelity"),
}
_NO_ACCOUNT = message("The sandbox has no accounts. Create one with POST /_sandbox/api/accounts.")


def _show_codes(app: Application, account: Account | None) -> dict[str, Any]:
    if account is None:
        abort(404, translated(_NO_ACCOUNT))
    here = address_here(app)
    shown = [
        (one.code, one.text, one.meaning, one.cure, curl_line(here, one.request)) for one in code_examples(account)
    ]
    return {"codes": shown, **_common("codes")}


def _common(name: str) -> dict[str, Any]:
    """The values of all pages of the documentation."""
    return {"titles": _TITLES, "name": name, "query": request.args.get("q", "")}


def _show_docs(_app: Application, _account: Account | None, name: str) -> dict[str, Any]:
    text, language = _text(name, chosen_language())
    section = "guides" if name in DOCUMENTS else name
    return {"text": render_markdown(text), "text_language": language, **_common(section)}


def _text(name: str, language: str) -> tuple[str, str]:
    """A page as Markdown, and the language that it is in."""
    if name == "methods":
        return _list_of_methods(language), language
    if name == "guides":
        return _list_of_documents(language), language
    if name in DOCUMENTS:
        shown = document(name, language)
        return shown.text, shown.language
    if name in REFERENCE:
        return _generated(name, language), language
    return _markdown(name), "en"  # which there is not


@lru_cache(maxsize=16)
def _generated(name: str, language: str) -> str:
    return with_links_here(REFERENCE[name](language))


def _list_of_methods(language: str) -> str:
    say = speaker(language)
    rows = [
        (f"[{method.title}]({method_place(method.title)})", say(method.summary), method.source)
        for method in ALL_METHODS
    ]
    intro = say("Each method has a page with its request, answer, notification, refusals and scenarios.")
    listed = table((say("method"), say("what it does"), say("source")), rows)
    return "\n\n".join(
        [
            f"# {say('Methods')}",
            intro,
            listed,
            notifications_reference(language),
            test_cards(say),
            states_reference(say),
        ]
    )


def _list_of_documents(language: str) -> str:
    say = speaker(language)
    shown = {name: document(name, language) for name in DOCUMENTS}
    rows = {name: (f"[{one.title}]({name})", one.introduction) for name, one in shown.items()}
    guides = table((say("guide"), say("about")), [row for name, row in rows.items() if name not in HOW_TO])
    tasks = table((say("task"), say("about")), [rows[name] for name in HOW_TO])
    return f"# {say('Guides')}\n\n{guides}\n\n## {say('How to')}\n\n{tasks}"


def _show_method(app: Application, account: Account | None, method: str) -> dict[str, Any]:
    if account is None:
        abort(404, translated(_NO_ACCOUNT))
    declared = {method_place(one.title).rpartition("/")[2]: one for one in ALL_METHODS}
    if method not in declared:
        abort(404, translated("There is no method {value}.", value=method))
    shown, here = declared[method], address_here(app)
    played = _played(account.user, account.secret_key, account.seed, here, shown.title)
    page = MethodPage(
        ready_request(app, account, shown.title, here),
        *played,
        [scenario for scenario in app.catalog if scenario.parts.keys() & {shown.kind.part} and shown.reference],
        [fact for fact in ledger() if shown.name in fact.subject.split(", ")],
    )
    text = with_links_here(method_page(shown, page, chosen_language()))
    return {"text": render_markdown(text), "text_language": chosen_language(), "title": shown.title,
            **_common("methods")}  # fmt: skip


@lru_cache(maxsize=64)
def _played(user: str, secret_key: str, seed: str, here: str, title: str) -> tuple[Example, tuple[RefusalExample, ...]]:
    """The example of a method and its refusals, in sandboxes with an account like the reader's."""
    own, other = (ExampleSandbox(user, secret_key, here, seed) for _ in range(2))
    return own.play(title), tuple(other.refusals(title))


def _search(app: Application, _account: Account | None) -> dict[str, Any]:
    common = _common("search")
    result = search_docs(common["query"], chosen_language(), app.catalog)
    return {"result": result, "longest": LONGEST_QUERY, **common}


def _show_markdown(_app: Application, _account: Account | None, name: str) -> Response:
    return Response(_markdown(name), content_type="text/markdown; charset=utf-8")


def _markdown(name: str) -> str:
    """A page as Markdown in English; links to files that are not here become plain text."""
    if name in DOCUMENTS:
        return document(name, "en").text
    if name in REFERENCE:
        return _generated(name, "en")
    return abort(404, translated("There is no documentation page {name}.", name=name))


def _show_drawing(_app: Application, _account: Account | None, name: str) -> Response:
    drawings = {file.name: file for file in IMAGES.glob("*.svg")}
    if name not in drawings:
        abort(404, translated("There is no documentation page {name}.", name=name))
    return Response(drawings[name].read_bytes(), content_type="image/svg+xml")


def llms_txt(app: Application) -> Response:
    """An overview of the documentation for language models (llmstxt.org)."""
    here = address_here(app)
    docs = f"{here}{DASHBOARD_PATH}/docs"
    linked = {name: f"- [{document(name, 'en').title}]({docs}/{name}.md)" for name in DOCUMENTS}
    guides = "\n".join(line for name, line in linked.items() if name not in HOW_TO)
    tasks = "\n".join(linked[name] for name in HOW_TO)
    text = f"""# YabandPay sandbox

> A local sandbox of the YabandPay payment gateway. The gateway has one endpoint, POST {here}/Payments, which takes a
> signed JSON body. The header X-Sandbox-Reason explains each rejected request, and X-Sandbox-Hint says what looks
> wrong in an accepted one; X-Sandbox-Record has the address of the full record.

## Documentation

- [Methods]({docs}/methods.md): every method with its request, answer and notification, test cards and states
- [Browser return]({docs}/browser-return.md): how the payer comes back to the shop, and how to verify it
- [Error codes]({docs}/codes.md): what each code means, how to trigger it, and each refusal that has it
- [Scenarios]({docs}/scenarios.md): scripted outcomes, and how a request selects each
- [Signature mistakes]({docs}/signatures.md): common mistakes in signatures, and how to fix them
- [Settings]({docs}/settings.md): flags and environment variables
- [API operations]({docs}/api.md): every operation of the sandbox's own API, with its body and its answer
- [Fidelity]({docs}/fidelity.md): the evidence for each behaviour of the gateway

## Guides

{guides}

## How to

{tasks}

## For programs

- [OpenAPI]({here}{DASHBOARD_PATH}/openapi.json): the sandbox's own API, from accounts and clocks to notifications
"""
    return Response(text, content_type="text/plain; charset=utf-8")


DASHBOARD_PAGES = (
    DashboardPage("codes", "/docs/codes", "codes.html", _show_codes, message("Documentation"), menu_order=70, key="d"),
    DashboardPage("docs_search", "/docs/search", "docs_search.html", _search, section="codes"),
    DashboardPage("method", "/docs/methods/<method>", "docs.html", _show_method, section="codes"),
    DashboardPage("docs", "/docs/<name>", "docs.html", _show_docs, section="codes"),
    DashboardPage("docs_drawing", "/docs/images/<name>", "", _show_drawing),
    DashboardPage("docs_markdown", "/docs/<name>.md", "", _show_markdown),
)

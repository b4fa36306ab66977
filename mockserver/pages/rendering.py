"""Turns templates into answers: with the language, the navigation and a strict content security policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from mockserver import __version__
from mockserver.addresses import origin_of
from mockserver.pages.language import COOKIE, LANGUAGES, chosen_language, translated

if TYPE_CHECKING:
    from werkzeug.exceptions import HTTPException

    from mockserver.app import Application

STATIC_PATH = "/_sandbox/static"
NOT_PLAYED_HEADER = "X-Sandbox-Not-Played"
"""The header that names what a WSGI server cannot do, and `yabandpay-mock serve` can."""

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'"
)
_NO_FRAME = "frame-ancestors 'none'"
_A_YEAR = 365 * 24 * 3600


def create_pages() -> Blueprint:
    """What all pages share: templates, static files, the translation and the language switch."""
    pages = Blueprint("pages", __name__, template_folder="templates", static_folder="static",
                      static_url_path=STATIC_PATH)  # fmt: skip

    @pages.app_context_processor
    def shared() -> dict[str, Any]:
        return {"_": translated, "language": chosen_language(), "languages": LANGUAGES, "in_language": _in_language,
                "version": __version__}  # fmt: skip

    return pages


def page(template: str, status: int = 200, **values: Any) -> Response:  # noqa: ANN401 - whatever the template shows
    """A page from a template, which no other site may show in a frame."""
    response = page_for_frames(template, status, **values)
    response.headers["Content-Security-Policy"] = f"{_POLICY}; {_NO_FRAME}"
    return response


def page_for_frames(template: str, status: int = 200, **values: Any) -> Response:  # noqa: ANN401 - as above
    """A page from a template, which shops may show in a frame, as they do with form_type 02 (protocol.md 3.11)."""
    response = Response(render_template(template, **values), status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Vary"] = "Accept-Language, Cookie"
    picked = request.args.get("lang")
    if picked in LANGUAGES:
        response.set_cookie(COOKIE, picked, max_age=_A_YEAR, samesite="Lax", httponly=True)
    return response


def sentence(error: HTTPException) -> Response:
    """A page that says what went wrong."""
    return page("sentence.html", error.code or 500, title=error.name, sentence=error.description)


def reached_origin() -> str:
    """The origin that the present request came to; empty if its Host header is absent or malformed."""
    return origin_of(request.scheme, request.headers.get("Host", ""))


def address_here(app: Application) -> str:
    """The address of the sandbox for whoever reads the present page: the one for payers, or where the request came."""
    origin = reached_origin()
    return app.addresses.seen_from(origin and origin + request.script_root)


def _in_language(language: str) -> str:
    """The address of the present page in a language."""
    return f"{request.script_root}{request.path}?{urlencode({**request.args, 'lang': language})}"

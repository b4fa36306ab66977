"""Turns templates into responses: with the language, the filters and a strict content security policy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping  # noqa: TC003 - fields of a NamedTuple have them
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, abort, g, render_template, request
from jinja2 import StrictUndefined, pass_environment
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup, escape
from werkzeug.security import safe_join

from mockserver.addresses import origin_of
from mockserver.api.paths import DASHBOARD_PATH
from mockserver.api.records import instant_text
from mockserver.domain.accounts import ANONYMOUS
from mockserver.domain.codes import SUCCESS
from mockserver.domain.money import amount_text
from mockserver.domain.notifications.notification import describe
from mockserver.domain.payments.payment import UNSUCCESSFUL, Payment
from mockserver.durations import FUTURE, NOW, PAST, absolute_text, relative_text
from mockserver.gateway.hints import parse_hint
from mockserver.pages.body_view import BodyView, body_view, visible
from mockserver.pages.language import LANGUAGES, translate
from mockserver.pages.notes import note_at, note_of_no_form, typed_at
from mockserver.pages.reasons import translate_event, translate_reason
from mockserver.system.command import as_called_on_pages
from mockserver.texts import message

if TYPE_CHECKING:
    from flask.blueprints import BlueprintSetupState
    from jinja2 import Environment
    from werkzeug.exceptions import HTTPException
    from werkzeug.wrappers import Response as BaseResponse

    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.notifications.notification import Attempt
    from mockserver.domain.unit_of_work import AccountView


COOKIE = "sandbox_language"


def chosen_language() -> str:
    """The language of the present request: the one picked by the switch, else the browser's, else English."""
    if "language" not in g:
        g.language = _chosen_language()
    return str(g.language)


def _chosen_language() -> str:
    picked = request.args.get("lang") or request.cookies.get(COOKIE, "")
    return picked if picked in LANGUAGES else request.accept_languages.best_match(list(LANGUAGES), "en") or "en"


def translated(text: str, /, **values: Any) -> str:  # noqa: ANN401 - whatever is shown in it
    """A text in the language of the present request, in which `{name}` stands for a value; see `translate`."""
    return as_called_on_pages(translate(chosen_language(), text, **values))


def translated_hint(hint: str) -> str:
    """A hint about a request, in the language of the present request."""
    template, values = parse_hint(hint)
    return translated(template, **values)


def translated_reason(text: str) -> str:
    """A finished sentence, such as the reason of a refusal, in the language of the present request."""
    return as_called_on_pages(translate_reason(chosen_language(), text))


def translated_event(text: str) -> str:
    """The text of an event on a timeline, in the language of the present request."""
    return translate_event(chosen_language(), text)


STATIC_PATH = f"{DASHBOARD_PATH}/static"
NOT_PLAYED_HEADER = "X-Sandbox-Not-Played"
"""The header that names what a WSGI server cannot do, and `yabandpay-mock serve` can."""

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'"
)
_OWN_FORMS = "form-action 'self'"
_NO_FRAME = "frame-ancestors 'none'"
_OWN_FRAMES = "frame-src 'self'; frame-ancestors 'self'"
_A_YEAR = 365 * 24 * 3600
_GOOD = frozenset({"paid", "authorized", "refunded", "completed", "Success", "accepted"})
_BAD = frozenset(
    {*UNSUCCESSFUL, "refund failed", "refund error", "refund declined", "Failed", "Cancelled", "given up", "refused",
     "dropped"}
)  # fmt: skip
_WARN = frozenset({"verify", "to-be-approval", "refund pending", "held"})
_ERRORS = {
    404: (message("Page not found"), message("There is no page at this address.")),
    405: (message("Method not allowed"), message("This address does not accept this kind of request.")),
    500: (message("Server error"), message("The sandbox failed to show this page. Its log has the details.")),
    503: (message("Database unavailable"), message("The sandbox cannot use its database at present.")),
}


class DashboardPage(NamedTuple):
    """A page of the dashboard. Each module of this folder lists its own in `DASHBOARD_PAGES`.

    The view gets the sandbox, the account and the other variables of the path by name. It returns the values of the
    template, or a whole response. The account is the one in the path; a page without one in its path gets the account
    that was shown before, or None if the sandbox has no account.

    Attributes:
        name: endpoint for `url_for("dashboard.NAME")`.
        path: Flask's rule, below `/_sandbox`.
        menu_order: place in the menu, where the page appears under its title; 0 keeps it out.
        key: the letter that opens it after g; the path of such a page has no variable but the account.
        section: name of the page that the menu marks as the current one; the page itself by default.
        has_frames: whether it shows other pages of the sandbox in frames, and may be shown in one of theirs.
    """

    name: str
    path: str
    template: str
    view: Callable[..., Mapping[str, Any] | BaseResponse]
    title: str = ""
    menu_order: int = 0
    section: str = ""
    methods: tuple[str, ...] = ("GET",)
    key: str = ""
    has_frames: bool = False

    @property
    def names_account(self) -> bool:
        """Whether its path has the account."""
        return "<user>" in self.path


def create_pages() -> Blueprint:
    """What all pages share: templates, static files, filters, the translation and the language switch."""
    pages = Blueprint("pages", __name__, template_folder="templates", static_folder="static",
                      static_url_path=STATIC_PATH)  # fmt: skip
    for template_filter in (absolute_text, amount_text, badge, code_badge, described, instant_text, readable,
                            translated_hint, translated_event, translated_reason):  # fmt: skip
        pages.add_app_template_filter(template_filter)
    pages.add_app_template_filter(_body_view, "body_view")
    pages.add_app_template_filter(_visible, "visible")
    _keep_in_browsers(pages)
    pages.add_app_template_global(_copy_button, "copy_button")
    pages.add_app_template_global(_time_element, "time_element")

    @pages.record_once
    def prepare(state: BlueprintSetupState) -> None:
        state.app.jinja_env.undefined = StrictUndefined  # a misspelt name fails a test instead of showing nothing
        state.app.jinja_env.globals.update(note_at=note_at, note_of_no_form=note_of_no_form, typed_at=typed_at)

    @pages.app_context_processor
    def shared() -> dict[str, Any]:
        return {
            "_": translated,
            "relative_texts": _relative_texts,
            "language": chosen_language(),
            "languages": LANGUAGES,
            "in_language": _in_language,
        }

    return pages


def _keep_in_browsers(pages: Blueprint) -> None:
    """Give static files addresses with the version of their content, which browsers keep without asking again."""

    def version(filename: str) -> str:
        path = safe_join(str(pages.static_folder), filename)
        return "" if path is None or not Path(path).is_file() else _digest(path, Path(path).stat().st_mtime_ns)

    @pages.url_defaults
    def add_version(_endpoint: str, values: dict[str, Any]) -> None:
        values["v"] = version(values["filename"])

    @pages.after_request
    def keep(response: Response) -> Response:
        asked = request.args.get("v")
        if asked and asked == version((request.view_args or {}).get("filename", "")):
            response.headers["Cache-Control"] = f"public, max-age={_A_YEAR}, immutable"
        return response


@cache
def _digest(path: str, _changed_at: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def _relative_texts() -> dict[str, Any]:
    """What the script times.js needs to say `3 min ago` in the language of the present request."""
    past, future = ({unit: translated(text) for unit, text in texts.items()} for texts in (PAST, FUTURE))
    return {"now": translated(NOW), "past": past, "future": future}


def render_page(template: str, status: int = 200, *, has_frames: bool = False, **values: Any) -> Response:  # noqa: ANN401 - the template's values
    """A page from a template, which no other site may show in a frame; one with frames of its own, the sandbox may."""
    response = render_framable_page(template, status, **values)
    response.headers["Content-Security-Policy"] = f"{_POLICY}; {_OWN_FORMS}; {_OWN_FRAMES if has_frames else _NO_FRAME}"
    response.headers["X-Frame-Options"] = "SAMEORIGIN" if has_frames else "DENY"
    return response


def render_framable_page(template: str, status: int = 200, **values: Any) -> Response:  # noqa: ANN401 - as above
    """A page from a template, which shops may show in a frame, as they do with form_type 02 (protocol.md 3.11)."""
    content = render_template(template, **values).encode("utf-8", "replace")  # bodies may have half a surrogate pair
    response = Response(content, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Vary"] = "Accept-Language, Cookie"
    picked = request.args.get("lang")
    if picked in LANGUAGES:
        response.set_cookie(COOKIE, picked, max_age=_A_YEAR, samesite="Lax", httponly=True)
    return response


def render_error(error: HTTPException) -> Response:
    """A page that says what went wrong: in the words of the view that failed, or in general ones."""
    code = error.code or 500
    title, general = _ERRORS.get(code, (error.name, error.description or ""))
    own = error.description if error.description != type(error).description else None
    return render_page("error.html", code, title=title, text=own or translated(general))


def find_account(app: Application, user: str) -> Account:
    """The account of a page; the page is an error if there is none."""
    account = app.store.account(user)
    if account is None or user == ANONYMOUS:
        abort(404, translated("There is no account {user}.", user=user))
    return account


def find_order(view: AccountView, trade_id: str) -> Payment:
    """The order of a page; the page is an error if there is none."""
    payment = view.get(Payment, trade_id)
    if payment is None:
        abort(404, translated("There is no order with the trade_id {trade_id}.", trade_id=trade_id))
    return payment


def reached_origin() -> str:
    """The origin that the present request came to; empty if its Host header is absent or malformed."""
    return origin_of(request.scheme, request.headers.get("Host", ""))


def mount_point(environ: Mapping[str, Any]) -> str:
    """The path at which the sandbox is mounted, as in a URL; empty at the root. WSGI has it without escapes."""
    path = environ.get("SCRIPT_NAME", "").strip("/")
    return "/" + quote(path.encode("latin-1"), safe="/!$&'()*+,;=:@") if path else ""


def reached_address() -> str:
    """The address of the sandbox that the present request came to; empty if its Host header is absent or malformed."""
    origin = reached_origin()
    return origin and origin + mount_point(request.environ)


def address_here(app: Application) -> str:
    """The address of the sandbox as the reader of the present page sees it: the one for payers, or the page's own."""
    return app.addresses.seen_from(reached_address())


def badge(state: str) -> str:
    """The CSS class of a state's badge: good, bad, warn, or none."""
    return "good" if state in _GOOD else "bad" if state in _BAD else "warn" if state in _WARN else ""


def code_badge(code: str) -> str:
    """The CSS class of the badge of a gateway's code."""
    return "good" if code == SUCCESS else "bad"


def described(attempt: Attempt) -> str:
    """The result of an attempt to deliver a notification, in the language of the present request."""
    return translated_reason(describe(attempt))


def readable(body: bytes) -> str:
    """A body as text: JSON with line breaks, anything else as it is."""
    text = body.decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return text


def _mask(environment: Environment) -> Callable[[str], str]:
    """What masks the secrets in a text. Whatever makes markup of a text has to do so itself: see `api/hiding.py`."""
    return environment.finalize or str


@pass_environment
def _body_view(environment: Environment, body: bytes | str) -> BodyView:
    return body_view(body, _mask(environment))


@pass_environment
def _visible(environment: Environment, text: str) -> Markup:
    return visible(_mask(environment)(text))


@pass_environment
def _copy_button(environment: Environment, text: str, label: str, what: str) -> Markup:
    """A button that copies a text, which is JSON in its attribute: so it keeps line ends and all."""
    shown = _mask(environment)(text)
    name = "" if label else f' aria-label="{escape(translated("Copy {what}", what=what or shown))}"'
    style = "copy" if label else "copy icon-only"
    return Markup(  # noqa: S704 - each value is escaped
        f'<button type="button" class="{style}" data-copy=\'{htmlsafe_json_dumps(shown)}\''
        f' title="{escape(translated("Copy"))}"{name}>{escape(label)}</button>'
    )


def _time_element(instant: int, present: int | None, exact: bool) -> Markup:  # noqa: FBT001 - of a template
    """An instant with its zone and relative to the present one, which times.js keeps true."""
    full, relative = instant_text(instant), ""
    if present is not None:
        relative = f' <small data-at="{instant}">{relative_text(instant, present, translated)}</small>'
    text = absolute_text(instant, exact=exact)
    return Markup(f'<time datetime="{full}" title="{full}">{text}{relative}</time>')  # noqa: S704 - the sandbox's own


def _in_language(language: str) -> str:
    """The address of the present page in a language."""
    return f"{request.script_root}{request.path}?{urlencode({**request.args, 'lang': language})}"

"""`mockserver.create_app` and `mockserver.create_blueprint`: the sandbox as a Flask application, alone or in yours."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request
from werkzeug.wrappers import Response as WerkzeugResponse

from mockserver.api.demo_data import fill_default_account
from mockserver.api.paths import DASHBOARD_PATH
from mockserver.api.seed_files import seed_accounts
from mockserver.app import assemble
from mockserver.gateway.methods.creating import CHECKOUT_PATH
from mockserver.gateway.request import LARGEST_BODY, PATH
from mockserver.settings import read_settings
from mockserver.site.application import FlaskSandbox, create_site

if TYPE_CHECKING:
    from flask.blueprints import BlueprintSetupState

    from mockserver.clock import Clock
    from mockserver.settings import Settings

_RULES = (PATH, f"{DASHBOARD_PATH}/", f"{DASHBOARD_PATH}/<path:_>", f"{CHECKOUT_PATH}/<path:_>", "/llms.txt")
_SLASHED = (f"{PATH}/", f"/{PATH}", f"/{PATH}/")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def create_app(settings: Settings | None = None, *, clock: Clock | None = None, **values: Any) -> FlaskSandbox:  # noqa: ANN401 - the fields of Settings
    """The sandbox as a Flask application, for a WSGI server, a test client, or to be mounted in another application.

    `values` are fields of `mockserver.settings.Settings`, such as `pay_delay="10ms"`; the others come from `settings`,
    or from the environment variables of `yabandpay-mock serve`. What concerns sockets, TLS, the ready file and the log
    has no effect.

    Raises:
        ValueError: a setting, or a file that it names, has a mistake; the message says which and what to do.
        LookupError: the default scenario does not exist.
    """
    chosen = read_settings(values, settings)
    sandbox = assemble(chosen, clock=clock)
    try:
        if chosen.accounts is not None:
            seed_accounts(sandbox, chosen.accounts)
        if chosen.demo_data:
            fill_default_account(sandbox)
        return create_site(sandbox)
    except BaseException:
        sandbox.close()
        raise


def create_blueprint(app: FlaskSandbox | None = None, name: str = "yabandpay") -> Blueprint:
    """The gateway, the API and the pages as a blueprint of your own Flask application, with or without a `url_prefix`.

    `app` is what `create_app` gives. It keeps its own templates, session and error pages.
    """
    sandbox, blueprint = create_app() if app is None else app, Blueprint(name, __name__)
    for rule in _RULES:
        view = partial(_forward, sandbox, rule)
        blueprint.add_url_rule(rule, rule.replace(".", "_"), view, methods=_METHODS, provide_automatic_options=False)
    blueprint.record(partial(_add_slashed, sandbox))
    return blueprint


def _add_slashed(sandbox: FlaskSandbox, state: BlueprintSetupState) -> None:
    """Add the gateway's path with the slashes of a base URL that ends in one, from which Flask would redirect."""
    for rule in _SLASHED:
        path = (state.url_prefix or "").rstrip("/") + rule
        state.app.add_url_rule(path, f"{state.name}.{rule}", partial(_forward, sandbox, rule), methods=_METHODS,
                               provide_automatic_options=False, merge_slashes=False)  # fmt: skip


def _forward(sandbox: FlaskSandbox, rule: str, **_values: Any) -> WerkzeugResponse:  # noqa: ANN401 - of the prefix
    """The response of the sandbox to the present request, below the prefix at which its blueprint is registered."""
    environ = dict(request.environ)
    prefix = "" if request.url_rule is None else request.url_rule.rule.removesuffix(rule)
    parts = environ["PATH_INFO"].split("/")  # a prefix may have variables, and letters that PATH_INFO has as bytes
    below = prefix.count("/") + 1
    environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + "/".join(parts[:below])
    environ["PATH_INFO"] = "/" + "/".join(parts[below:])
    size = request.content_length
    if "stream" in vars(request) or (size is not None and size <= LARGEST_BODY):  # your own code may have read it
        body = request.get_data()
        if not body and (size or request.form or request.files):
            raise RuntimeError(
                "Your application has read the body as a form. Call request.get_data() before request.form."
            )
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))
    return WerkzeugResponse.from_app(sandbox, environ)

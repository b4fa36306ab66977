"""`mockserver.create_app` and `mockserver.create_blueprint`: the sandbox as a Flask application, alone or in yours."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request
from werkzeug.wrappers import Response as WerkzeugResponse

from mockserver.api.seed_files import seed_accounts
from mockserver.app import assemble
from mockserver.gateway.methods.creating import CHECKOUT_PATH
from mockserver.gateway.request import LARGEST_BODY, PATH
from mockserver.pages.rendering import DASHBOARD_PATH
from mockserver.settings import read_settings
from mockserver.site.application import FlaskSandbox, create_site

if TYPE_CHECKING:
    from mockserver.clock import Clock
    from mockserver.settings import Settings

_RULES = (PATH, f"{DASHBOARD_PATH}/", f"{DASHBOARD_PATH}/<path:_>", f"{CHECKOUT_PATH}/<path:_>", "/llms.txt")
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
    return blueprint


def _forward(sandbox: FlaskSandbox, rule: str, _: str = "") -> WerkzeugResponse:
    """The response of the sandbox to the present request, below the prefix at which its blueprint is registered."""
    environ = dict(request.environ)
    mounted = "" if request.url_rule is None else request.url_rule.rule.removesuffix(rule)
    environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + mounted
    environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix(mounted)
    if request.content_length is not None and request.content_length <= LARGEST_BODY:
        environ["wsgi.input"] = BytesIO(request.get_data())  # your own code may have read it before
    return WerkzeugResponse.from_app(sandbox, environ)

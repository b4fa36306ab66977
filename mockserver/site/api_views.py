"""The operations of the sandbox's own API as Flask views."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Response, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from mockserver.api.openapi import OPERATIONS, describe
from mockserver.api.operations import ApiError, BadValue, Operation, Pending, Visit
from mockserver.api.paths import API, PENDING
from mockserver.site.safety import UNREADABLE, answer_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from mockserver.app import Application

OPENAPI_PATH = "/_sandbox/openapi.json"


def add_api(site: Flask, app: Application) -> None:
    """Add a view for each operation, and their description."""
    for operation in OPERATIONS:
        path = API + re.sub(r"{(\w+)}", r"<\1>", operation.path)
        name = f"{operation.verb} {operation.path}".replace(".", "_")
        site.add_url_rule(path, name, _view(app, operation), methods=[operation.verb])
    document = msgspec.json.encode(describe(OPERATIONS))
    site.add_url_rule(OPENAPI_PATH, "openapi", lambda: Response(document, content_type="application/json"))


def _view(app: Application, operation: Operation) -> Callable[..., Response]:
    """The view of an operation.

    Where an operation has to wait, the view puts what it waits for on the list that `yabandpay-mock serve` provides,
    and is called again with it (`mockserver.server.flask_route`). Under another WSGI server it waits in its thread.
    """

    def view(**path: str) -> Response:
        pending: list[Pending] | None = request.environ.get(PENDING)
        try:
            if pending:
                given = pending[0].result()
            else:
                given = operation.handle(Visit(app, path, _query(operation), _body(operation)))
            if isinstance(given, Pending):
                if pending is not None:
                    pending.append(given)
                    return Response(status=202)
                given = given.result()
        except ApiError as error:
            return answer_problem(error.problem)
        if operation.gives is None:
            return Response(status=operation.status)
        content = given if operation.media != "application/json" else msgspec.json.encode(given)
        return Response(content, operation.status, content_type=operation.media)

    return view


def _query(operation: Operation) -> Any:  # noqa: ANN401 - of the operation's own type
    if operation.query is None:
        return None
    try:
        return msgspec.convert(request.args.to_dict(), operation.query, strict=False)
    except msgspec.ValidationError as error:
        raise ApiError(422, "Bad query", f"{error}.") from None


def _body(operation: Operation) -> Any:  # noqa: ANN401 - of the operation's own type
    if operation.body is None:
        return None
    if request.mimetype != "application/json":
        raise ApiError(415, "JSON only", "Send the body as JSON, with the header Content-Type: application/json.")
    try:
        return msgspec.json.decode(request.get_data() or b"{}", type=operation.body)
    except RequestEntityTooLarge:
        raise ApiError(413, "Too large", "Send a body of at most 1 MiB.") from None
    except (OSError, ClientDisconnected):
        raise ApiError(UNREADABLE.status, UNREADABLE.title, UNREADABLE.detail) from None
    except msgspec.ValidationError as error:
        raise BadValue(f"{error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ApiError(400, "Not JSON", f"{error}.") from None
    except RecursionError:
        raise ApiError(400, "Not JSON", "The body is nested too deeply to be read.") from None

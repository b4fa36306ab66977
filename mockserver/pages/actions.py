"""Buttons of the pages: each carries out an operation of the sandbox's own API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mockserver.api.openapi import OPERATIONS
from mockserver.api.operations import BadValue, Visit

if TYPE_CHECKING:
    from mockserver.app import Application

_BY_NAME = {f"{operation.verb} {operation.path}": operation for operation in OPERATIONS}


def act(app: Application, name: str, path: dict[str, str], body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401
    """What an operation gives, such as `POST /accounts/{user}/clock/advance`; the body is checked like one over HTTP.

    Raises:
        ApiError: it cannot be carried out.
    """
    operation = _BY_NAME[name]
    read = None
    if operation.body is not None:
        try:
            read = msgspec.convert(body or {}, operation.body)
        except msgspec.ValidationError as error:
            raise BadValue(f"{error}.") from None
    query = None if operation.query is None else operation.query()
    return operation.handle(Visit(app, path, query, read))

"""Describes the gateway's endpoint and the sandbox's API in OpenAPI 3.1."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from mockserver import __version__
from mockserver.api import (
    accounts,
    activity,
    bundles,
    demo_data,
    examinations,
    findings,
    health,
    journal,
    messages,
    resources,
    stories,
    tools,
    waiting,
)
from mockserver.api.operations import Operation, Problem
from mockserver.api.paths import API
from mockserver.gateway.methods import ALL_METHODS
from mockserver.gateway.request import PATH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mockserver.api.operations import Operation

_REF = "#/components/schemas/{name}"


def describe(operations: Iterable[Operation]) -> dict[str, Any]:
    operations = list(operations)
    types = [kind for one in operations for kind in (one.gives, one.body, one.query) if kind is not None]
    schemas, components = msgspec.json.schema_components([*types, Problem], ref_template=_REF)
    schema_of = {id(kind): schema for kind, schema in zip([*types, Problem], schemas, strict=True)}
    paths: dict[str, Any] = {PATH: {"post": _gateway()}}
    for one in operations:
        paths.setdefault(API + one.path, {})[one.verb.lower()] = _operation(one, schema_of, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "YabandPay sandbox",
            "version": __version__,
            "summary": "The gateway's endpoint, and the API that controls the sandbox.",
        },
        "paths": paths,
        "webhooks": {"notification": {"post": _notification()}},
        "components": {"schemas": components},
    }


def _operation(one: Operation, schema_of: dict[int, Any], components: dict[str, Any]) -> dict[str, Any]:
    name = re.sub(r"[^a-z]+", "_", f"{one.verb} {one.path}".lower()).strip("_")
    described: dict[str, Any] = {"operationId": name, "summary": one.summary, "parameters": []}
    for parameter in re.findall(r"{(\w+)}", one.path):
        described["parameters"].append(
            {"name": parameter, "in": "path", "required": True, "schema": {"type": "string"}}
        )
    if one.query is not None:
        query = components[schema_of[id(one.query)]["$ref"].rpartition("/")[2]]
        described["parameters"] += [
            {"name": parameter, "in": "query", "required": False, "schema": schema}
            for parameter, schema in query["properties"].items()
        ]
    if one.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema_of[id(one.body)]}},
        }
    answer: dict[str, Any] = {"description": one.summary}
    if one.gives is not None:
        answer["content"] = {one.media.partition(";")[0]: {"schema": schema_of[id(one.gives)]}}
    problem = {"application/problem+json": {"schema": schema_of[id(Problem)]}}
    described["responses"] = {str(one.status): answer, "default": {"description": "A problem.", "content": problem}}
    return described


def _gateway() -> dict[str, Any]:
    envelope = {
        "type": "object",
        "required": ["user", "sign", "method", "time", "data"],
        "properties": {
            "user": {"type": "string"},
            "sign": {"type": "string", "description": "HMAC-SHA256 of the sorted parameters, lower-case hex."},
            "method": {"type": "string", "enum": sorted({method.name for method in ALL_METHODS})},
            "time": {"type": ["integer", "string"]},
            "data": {"type": "object"},
        },
    }
    answer = {
        "type": "object",
        "required": ["status", "code", "data", "message"],
        "properties": {
            "status": {"type": "boolean"},
            "code": {"type": ["string", "integer"]},
            "data": {"type": ["object", "array"]},
            "message": {"type": "string"},
        },
    }
    return {
        "operationId": "gateway",
        "summary": "Call a method of the gateway.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": envelope}}},
        "responses": {
            "200": {
                "description": "An envelope; two methods answer with a CSV file.",
                "content": {"application/json": {"schema": answer}, "text/csv": {"schema": {"type": "string"}}},
            }
        },
    }


def _notification() -> dict[str, Any]:
    body = {
        "type": "object",
        "required": ["sign", "data"],
        "properties": {"sign": {"type": "string"}, "data": {"type": "object"}},
    }
    return {
        "operationId": "notification",
        "summary": "A change of state; the merchant answers ok.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"200": {"description": "ok", "content": {"text/plain": {"schema": {"type": "string"}}}}},
    }


_PARTS = (
    accounts, resources, messages, journal, stories, waiting, activity, findings, examinations, bundles, demo_data,
    health, tools,
)  # fmt: skip
OPERATIONS: tuple[Operation, ...] = tuple(operation for part in _PARTS for operation in part.OPERATIONS)

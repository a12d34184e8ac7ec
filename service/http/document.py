"""The OpenAPI document, with what FastAPI cannot know of a route's dependencies.

FastAPI names the scheme of each route that looks at a token, which means that one is needed. A
route that knows its reader without asking for one takes requests without, too; one for
administrators says so as a role (OpenAPI 3.1, Security Requirement Object). Headers that a
dependency reads itself stand beside the other parameters; what is refused, beside the success.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from service.http import examples, refusals
from service.http.conditional import if_match, reading
from service.http.deps import admin_of, user_of, viewer_of
from service.http.refusals import Called

SIGN_IN = """

**To sign in** press *Authorize* and give handle and password in the second form: your own, from
`POST /v1/users`, or, where example data was loaded in development, `demo` and `{password}`.

A closed lock beside an operation: it answers you as you are now. An open one: sign in first. What
anybody may read says more to somebody who is signed in.

`/metrics` is for Prometheus. Operations under `/v1/admin` are there with `CORRAL_ADMIN=1`.
"""
SCHEMAS = "#/components/schemas/"
TEXT = {"type": "string"}
ETAG = {"description": "of what is shown", "schema": TEXT}
LOCATION = {"description": "address of what was made", "schema": TEXT}
REQUEST_HEADERS: Mapping[Callable[..., Any], tuple[str, str]] = {
    reading: ("If-None-Match", "an ETag that the client has: 304 when it still holds"),
    if_match: (
        "If-Match",
        "the ETag of what is to be changed, or `*`: 428 without, 412 if it changed",
    ),
}


def operation_id(route: APIRoute) -> str:
    """Generated clients name their methods by the function that answers."""
    return route.name


def describe(app: FastAPI) -> None:
    """Complete the document of an app, when it is first asked for."""
    plain: Callable[[], dict[str, Any]] = app.openapi

    def complete() -> dict[str, Any]:
        is_new = app.openapi_schema is None
        document = plain()
        if is_new:
            for path, method, called in _operations(app):
                operation = document["paths"][path][method]
                _secure(operation, called)
                _head(operation, called)
                refusals.declare(operation, refusals.statuses(path, operation, called))
            components = document.setdefault("components", {})
            refusals.add_components(components)
            _name_pages(document)
            examples.illustrate(components["schemas"])
        return document

    app.openapi = complete  # type: ignore[method-assign]


def _name_pages(document: dict[str, Any]) -> None:
    """Call each sort of page after its items: the class itself says `Page` of all of them."""
    schemas = document["components"]["schemas"]
    found = {name: f"{examples.listed(schemas[name])}Page" for name in schemas if "Page_" in name}
    for old, new in found.items():
        schemas[new] = schemas.pop(old) | {"title": new}
    _refer(document, {f"{SCHEMAS}{old}": f"{SCHEMAS}{new}" for old, new in found.items()})


def _refer(node: Any, names: Mapping[str, str]) -> None:
    """Let what refers to an old name refer to the new one."""
    if isinstance(node, dict):
        if "$ref" in node:
            node["$ref"] = names.get(node["$ref"], node["$ref"])
        for below in node.values():
            _refer(below, names)
    elif isinstance(node, list):
        for below in node:
            _refer(below, names)


def _secure(operation: dict[str, Any], called: Called) -> None:
    if admin_of in called:
        operation["security"] = [
            {name: ["admin"] for name in each} for each in operation["security"]
        ]
    elif viewer_of in called and user_of not in called:
        operation["security"].insert(0, {})


def _head(operation: dict[str, Any], called: Called) -> None:
    """Headers of the request, and of its success."""
    for dependency, (name, description) in REQUEST_HEADERS.items():
        if dependency in called:
            header = {"name": name, "in": "header", "required": False, "description": description}
            operation.setdefault("parameters", []).append(header | {"schema": TEXT})
    responses = operation["responses"]
    if reading in called:
        responses["304"] = {"description": "Not modified: what `If-None-Match` names"}
    if "201" in responses:
        responses["201"]["headers"] = {"Location": LOCATION, "ETag": ETAG}
    elif {reading, if_match} & called and "200" in responses:
        responses["200"].setdefault("headers", {})["ETag"] = ETAG


def _operations(app: FastAPI) -> Iterator[tuple[str, str, Called]]:
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            called = set(_calls(route.dependant))
            for method in route.methods or ():
                yield str(route.path_format), method.lower(), called


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any] | None]:
    yield dependant.call
    for below in dependant.dependencies:
        yield from _calls(below)

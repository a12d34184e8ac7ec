"""The OpenAPI document, with what FastAPI cannot know of a route's dependencies.

FastAPI names the scheme of each route that looks at a token, which means that one is needed. A
route that knows its reader without asking for one takes requests without, too; one for
administrators says so as a role (OpenAPI 3.1, Security Requirement Object). Headers that a
dependency reads itself stand beside the other parameters.
"""

from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from service.http.conditional import if_match, if_match_given, reading
from service.http.deps import admin_of, user_of, viewer_of

Called = Set[Callable[..., Any] | None]
HEADERS: Mapping[Callable[..., Any], tuple[str, str]] = {
    reading: ("If-None-Match", "an ETag that the client has: 304 when it still holds"),
    if_match: (
        "If-Match",
        "the ETag of what is to be changed, or `*`: 428 without, 412 if it changed",
    ),
    if_match_given: ("If-Match", "the ETag of what is to be changed, or `*`: 412 if it changed"),
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
                _amend(document["paths"][path][method], called)
        return document

    app.openapi = complete  # type: ignore[method-assign]


def _amend(operation: dict[str, Any], called: Called) -> None:
    if admin_of in called:
        operation["security"] = [
            {name: ["admin"] for name in each} for each in operation["security"]
        ]
    elif viewer_of in called and user_of not in called:
        operation["security"].insert(0, {})
    if reading in called:
        operation["responses"]["304"] = {"description": "Not modified: what `If-None-Match` names"}
    for dependency, (name, description) in HEADERS.items():
        if dependency in called:
            header = {"name": name, "in": "header", "required": False, "description": description}
            operation.setdefault("parameters", []).append(header | {"schema": {"type": "string"}})


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

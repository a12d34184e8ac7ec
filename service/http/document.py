"""The OpenAPI document, with what FastAPI cannot know: where a token may be left out, and whose."""

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from service.http.conditional import reading
from service.http.deps import admin_of, user_of, viewer_of

Requirement = dict[str, list[str]]


def operation_id(route: APIRoute) -> str:
    """Generated clients name their methods by the function that answers."""
    return route.name


def describe(app: FastAPI) -> None:
    """Complete the document of an app, when it is first asked for.

    FastAPI names the scheme of each route that looks at a token, which means that one is needed.
    A route that knows its reader without asking for one takes requests without, too; and one for
    administrators says so as a role (OpenAPI 3.1, Security Requirement Object).
    """
    plain: Callable[[], dict[str, Any]] = app.openapi

    def complete() -> dict[str, Any]:
        is_new = app.openapi_schema is None
        document = plain()
        if is_new:
            for path, method, amend in _said_by_dependencies(app):
                operation = document["paths"][path][method]
                operation["security"] = amend(operation["security"])
            for path, method in _conditional(app):
                responses = document["paths"][path][method]["responses"]
                responses["304"] = {"description": "Not modified: what `If-None-Match` names"}
        return document

    app.openapi = complete  # type: ignore[method-assign]


def _said_by_dependencies(
    app: FastAPI,
) -> Iterator[tuple[str, str, Callable[[list[Requirement]], list[Requirement]]]]:
    for route in iter_route_contexts(app.routes):
        if not isinstance(route.original_route, APIRoute) or not route.include_in_schema:
            continue
        asked = set(_calls(route.dependant))
        for method in route.methods or ():
            if admin_of in asked:
                yield str(route.path_format), method.lower(), _for_administrators
            elif viewer_of in asked and user_of not in asked:
                yield str(route.path_format), method.lower(), _or_nobody


def _conditional(app: FastAPI) -> Iterator[tuple[str, str]]:
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            if reading in _calls(route.dependant):
                yield from ((str(route.path_format), each.lower()) for each in route.methods or ())


def _for_administrators(security: list[Requirement]) -> list[Requirement]:
    return [dict.fromkeys(requirement, ["admin"]) for requirement in security]


def _or_nobody(security: list[Requirement]) -> list[Requirement]:
    return [{}, *security]


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any] | None]:
    yield dependant.call
    for below in dependant.dependencies:
        yield from _calls(below)

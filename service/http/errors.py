"""Domain error -> problem (RFC 9457): the only map from errors to status codes."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from service.feed import errors
from service.http.cache_status import cache_status
from service.http.methods import allowed

STATUS: Mapping[type[errors.FeedError], tuple[int, str]] = {
    errors.BadCursor: (400, "Bad cursor"),
    errors.Unauthenticated: (401, "Not signed in"),
    errors.Forbidden: (403, "Not allowed"),
    errors.NotFound: (404, "Not found"),
    errors.Conflict: (409, "Conflict"),
    errors.InProgress: (409, "Still running"),
    errors.Gone: (410, "Gone"),
    errors.Outdated: (412, "Changed meanwhile"),
    errors.Invalid: (422, "Against the rules"),
    errors.TooMany: (429, "Too many requests"),
    errors.Busy: (503, "Busy"),
}
FAULTS_SHOWN = 20
NAME_SHOWN = 50  # characters


TEXT = {"type": "string"}
# What every refusal and every failure looks like, for the OpenAPI document: without a default it
# promises FastAPI's own answer to a malformed request, which nobody ever gets.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem (RFC 9457)",
        "content": {
            "application/problem+json": {
                "schema": {
                    "title": "Problem",
                    "type": "object",
                    "properties": {
                        "type": TEXT,
                        "title": TEXT,
                        "status": {"type": "integer"},
                        "detail": TEXT,
                        "errors": {
                            "description": "when the request breaks its schema: what, and where",
                            "type": "array",
                            "items": {
                                "type": "object",
                                "properties": {"detail": TEXT, "pointer": TEXT},
                                "required": ["detail", "pointer"],
                            },
                        },
                    },
                    "required": ["type", "title", "status", "detail"],
                }
            }
        },
    }
}


def problem(
    status: int, title: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """An `application/problem+json` answer."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        headers=dict(headers or {}),
        media_type="application/problem+json",
    )


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, errors.FeedError)
    return refusal(error)


def refusal(error: errors.FeedError) -> Response:
    """The problem for what the feed refuses."""
    status, title = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    headers = {}
    if isinstance(error, errors.Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, errors.Busy | errors.TooMany | errors.InProgress):
        headers["Retry-After"] = str(error.retry_after_s)
    return problem(status, title, str(error), headers)


async def _malformed(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # Without `input`: the rejected text may be a password, or fifty megabytes.
    faults = [
        {"detail": fault["msg"], "pointer": _pointer(fault["loc"])}
        for fault in error.errors()[:FAULTS_SHOWN]
    ]
    return problem(422, "Not understood", "the request breaks its schema", errors=faults)


def _pointer(place: Sequence[str | int]) -> str:
    """JSON pointer (RFC 6901) to a fault; a field's name may be the client's, so it is cut."""
    names = (str(part)[:NAME_SHOWN].replace("~", "~0").replace("/", "~1") for part in place)
    return "/" + "/".join(names)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = allowed(request.app, request.url.path)
    return problem(error.status_code, str(error.detail), str(error.detail), headers)


async def _failed(request: Request, _: Exception) -> Response:
    headers = cache_status(request.scope)
    return problem(500, "Internal error", "the service failed; its log says how", headers)


def add_error_handlers(app: FastAPI) -> None:
    """Every error leaves as a problem."""
    app.add_exception_handler(errors.FeedError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _failed)

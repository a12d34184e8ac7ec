"""Domain error -> problem (RFC 9457): the only map from errors to status codes."""

from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from service.feed import errors

STATUS: Mapping[type[errors.FeedError], tuple[int, str]] = {
    errors.BadCursor: (400, "Bad cursor"),
    errors.Unauthenticated: (401, "Not signed in"),
    errors.Forbidden: (403, "Not allowed"),
    errors.NotFound: (404, "Not found"),
    errors.Invalid: (422, "Against the rules"),
    errors.Busy: (503, "Busy"),
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
    status, title = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    headers = {}
    if isinstance(error, errors.Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, errors.Busy):
        headers["Retry-After"] = str(error.retry_after_s)
    return problem(status, title, str(error), headers)


async def _malformed(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # Without `input`: the rejected text may be a password, or fifty megabytes.
    faults = [
        {"detail": fault["msg"], "pointer": "/" + "/".join(str(part) for part in fault["loc"])}
        for fault in error.errors()
    ]
    return problem(422, "Not understood", "the request breaks its schema", errors=faults)


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, str(error.detail), str(error.detail), error.headers)


async def _failed(_: Request, __: Exception) -> Response:
    return problem(500, "Internal error", "the service failed; its log says how")


def add_error_handlers(app: FastAPI) -> None:
    """Every error leaves as a problem."""
    app.add_exception_handler(errors.FeedError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _failed)

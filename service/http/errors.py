"""Domain error -> problem (RFC 9457): the only map from errors to status codes."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from service.feed import errors
from service.http.methods import allowed
from service.http.problems import PROBLEMS, problem, request_id

__all__ = ["PROBLEMS", "STATUS", "TITLES", "add_error_handlers", "failed", "problem", "refusal"]

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
    errors.Unavailable: (503, "Database away"),
}
# What the framework and the bounds refuse; the rest of the titles are with those who use them.
TITLES: Mapping[int, str] = {
    400: "Bad request",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    413: "Too large",
    414: "Address too long",
    415: "Not JSON",
    422: "Not understood",
    428: "Version needed",
    431: "Headers too large",
    500: "Internal error",
}
DETAILS: Mapping[int, str] = {
    404: "there is nothing at this address",
    405: "this address takes other methods: see `Allow`",
}
FAULTS_SHOWN = 20
FAULTS_SHOWN_BYTES = 1000  # an answer to nonsense is no larger than what is of use
NAME_SHOWN = 50  # characters

logger = logging.getLogger("corral")


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, errors.FeedError)
    if isinstance(error, errors.Unavailable):
        # One line: the trace would be the same for each request, and say no more.
        logger.warning("%s: the database is away (%s)", request_id.get(), error.cause)
    return refusal(error)


def refusal(error: errors.FeedError) -> Response:
    """The problem for what the feed refuses."""
    status, title = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    headers = {}
    if isinstance(error, errors.Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, errors.Busy | errors.Unavailable | errors.TooMany | errors.InProgress):
        headers["Retry-After"] = str(error.retry_after_s)
    return problem(status, title, str(error), headers)


async def _malformed(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if any(fault["type"] == "json_invalid" for fault in error.errors()):
        # What cannot be parsed has no places to point at (RFC 9110, 15.5.1).
        return problem(400, TITLES[400], "the body is not JSON")
    # Without `input`: the rejected text may be a password, or fifty megabytes.
    faults, left = [], FAULTS_SHOWN_BYTES
    for fault in error.errors()[:FAULTS_SHOWN]:
        shown = {"detail": str(fault["msg"]), "pointer": _pointer(fault["loc"])}
        left -= sum(len(text.encode()) for text in shown.values())
        if left < 0:
            break
        faults.append(shown)
    return problem(422, TITLES[422], "the request breaks its schema", errors=faults)


def _pointer(place: Sequence[str | int]) -> str:
    """JSON pointer (RFC 6901) to a fault; a field's name may be the client's, so it is cut."""
    names = (str(part)[:NAME_SHOWN].replace("~", "~0").replace("/", "~1") for part in place)
    return "/" + "/".join(names)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = allowed(request.app, request.url.path)
    standard = HTTPStatus(error.status_code).phrase
    title = TITLES.get(error.status_code, standard.capitalize())
    # Starlette says no more than the standard's own words.
    detail = DETAILS.get(error.status_code, title) if error.detail == standard else error.detail
    return problem(error.status_code, title, str(detail), headers)


async def _failed(_: Request, __: Exception) -> Response:
    return failed()


def failed() -> Response:
    """The problem for what nobody foresaw."""
    return problem(500, TITLES[500], "the service failed; its log says how")


def add_error_handlers(app: FastAPI) -> None:
    """Every error leaves as a problem."""
    app.add_exception_handler(errors.FeedError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _failed)

"""Which problems a route can answer: one table of reasons, each read off what the route asks for.

A route that takes a token may answer 401, one whose path names a post 404 and 410, and so on. Only
what a use case alone knows stands by the name of its operation.
"""

from collections.abc import Callable, Mapping, Set
from typing import Any

from service.http.conditional import if_match
from service.http.deps import admin_of, viewer_of
from service.http.errors import STATUS, TITLES
from service.http.once import once_at, once_of
from service.http.problems import MEDIA_TYPE, SCHEMA, type_of

Called = Set[Callable[..., Any] | None]

# Of any request: no HTTP, too slow, too long; and what nobody foresaw.
ANY = {400, 408, 414, 431, 500}
OF_NO_OPERATION = {405}  # there is none for the method that was sent
UNDER_V1 = {429, 503}
WITH_A_BODY = {413, 415, 422}
WITH_A_PARAMETER = {422}
BY_DEPENDENCY: Mapping[Callable[..., Any], Set[int]] = {
    viewer_of: {401},
    admin_of: {403},
    if_match: {412, 428},
    once_of: {409, 422},
    once_at: {409, 422},
}
BY_PARAMETER: Mapping[str, Set[int]] = {
    "post_id": {404, 410},
    "comment_id": {404, 410},
    "handle": {404, 410},
    "name": {404},
    "slug": {404},
}
BY_OPERATION: Mapping[str, Set[int]] = {
    "readyz": {503},
    "sign_up": {409},
    "sign_in": {401},
    "refresh": {401},
    "edit_post": {403},
    "delete_post": {403},
    "edit_comment": {403},
    "delete_comment": {403},
}
# What each says, for the examples; the details of real ones name what it was.
EXAMPLE_DETAILS: Mapping[str, str] = {
    "Bad cursor": "the cursor is not one of this list",
    "Bad request": "the body is not JSON",
    "Not signed in": "sign in: this needs a bearer token",
    "Not allowed": "only its author may change a post",
    "Not found": "there is no post 77",
    "Too slow": "a body is sent within 10 s",
    "Conflict": "this handle is taken",
    "Still running": "the first request with this Idempotency-Key still runs",
    "Gone": "post 2442443653009661 was deleted",
    "Changed meanwhile": "post 2442443653009661 is at version 2 now: read it again",
    "Too large": "bodies have no more than 65536 bytes",
    "Address too long": "no address has more than 2048 bytes",
    "Not JSON": "bodies are application/json here",
    "Against the rules": "a window belongs to the sort `top`",
    "Not understood": "the request breaks its schema",
    "Version needed": "say which version is to be changed, in If-Match",
    "Too many requests": "too many requests; try again in 3 s",
    "Headers too large": "headers have no more than 16384 bytes",
    "Internal error": "the service failed; its log says how",
    "Busy": "too many passwords to check at once; try again shortly",
    "Database away": "the database does not answer; try again shortly",
}
FAULTS = [{"detail": "Input should be less than or equal to 1", "pointer": "/body/value"}]
HEADERS: Mapping[int, tuple[str, str]] = {
    401: ("WWW-Authenticate", "`Bearer`"),
    429: ("Retry-After", "seconds"),
    503: ("Retry-After", "seconds"),
}


def statuses(path: str, operation: Mapping[str, Any], called: Called) -> Set[int]:
    """What one route can refuse with."""
    parameters = operation.get("parameters", ())
    found = ANY | BY_OPERATION.get(operation["operationId"], set())
    found |= UNDER_V1 if path.startswith("/v1/") else set()
    found |= WITH_A_BODY if "requestBody" in operation else set()
    if any(parameter["in"] != "header" for parameter in parameters):
        found |= WITH_A_PARAMETER
    for dependency, more in BY_DEPENDENCY.items():
        found |= more if dependency in called else set()
    for parameter in parameters:
        found |= BY_PARAMETER.get(parameter["name"], set())
    return found


def declare(operation: dict[str, Any], refused: Set[int]) -> None:
    """Name them in the description of a route, in place of a default that stands for any."""
    operation["responses"].pop("default", None)
    for status in sorted(refused):
        operation["responses"][str(status)] = {"$ref": f"#/components/responses/Problem{status}"}


def add_components(components: dict[str, Any]) -> None:
    """Put into the document what its routes refer to."""
    components.setdefault("schemas", {})["Problem"] = SCHEMA
    components["responses"] = {
        f"Problem{status}": _response(status, titles) for status, titles in _titles().items()
    }


def _titles() -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = {}
    for status, title in [*STATUS.values(), *TITLES.items()]:
        if status not in OF_NO_OPERATION and title not in found.setdefault(status, []):
            found[status].append(title)
    return dict(sorted(found.items()))


def _response(status: int, titles: list[str]) -> dict[str, Any]:
    examples = {type_of(title).rpartition("/")[2]: _example(status, title) for title in titles}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}
    response = {"description": ", or ".join(titles), "content": {MEDIA_TYPE: content}}
    if status in HEADERS:
        name, description = HEADERS[status]
        response["headers"] = {name: {"description": description, "schema": {"type": "string"}}}
    return response


def _example(status: int, title: str) -> dict[str, Any]:
    said = {
        "type": type_of(title),
        "title": title,
        "status": status,
        "detail": EXAMPLE_DETAILS[title],
        "instance": "1f0c7a3e0000002a",
    }
    return {"value": said | ({"errors": FAULTS} if title == TITLES[422] else {})}

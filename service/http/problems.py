"""What every refusal and every failure looks like (RFC 9457); each type stands in docs/problems.md.

`type` is `/problems/` and the title in small letters; `instance` is the request's id, which its
`X-Request-Id` header and the log's line have as well.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import msgspec
from fastapi import Response

request_id: ContextVar[str] = ContextVar("request_id", default="unknown")

MEDIA_TYPE = "application/problem+json"
TEXT = {"type": "string"}
FAULT = {
    "type": "object",
    "properties": {"detail": TEXT, "pointer": TEXT},
    "required": ["detail", "pointer"],
}
SCHEMA = {
    "title": "Problem",
    "type": "object",
    "properties": {
        "type": TEXT | {"format": "uri-reference"},
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "instance": TEXT | {"description": "the request's id"},
        "errors": {
            "description": "when the request breaks its schema: what, and where",
            "type": "array",
            "items": FAULT,
        },
    },
    "required": ["type", "title", "status", "detail", "instance"],
}
# For the OpenAPI document: without a default it promises FastAPI's own answer to a malformed
# request, which nobody ever gets. `refusals.py` puts what is answered in its place.
PROBLEMS: dict[int | str, dict[str, Any]] = {"default": {"description": "A problem (RFC 9457)"}}


def problem(
    status: int, title: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """An `application/problem+json` answer."""
    body = {
        "type": type_of(title),
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request_id.get(),
        **more,
    }
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        headers=dict(headers or {}),
        media_type=MEDIA_TYPE,
    )


def type_of(title: str) -> str:
    """The stable name of a sort of problem."""
    return f"/problems/{title.lower().replace(' ', '-')}"

"""What every error answer has to look like."""

from typing import Any

import httpx


def problem(answer: httpx.Response) -> dict[str, Any]:
    """The body of an error answer (RFC 9457), once it is known to be one."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail"} <= body.keys()
    assert body["status"] == answer.status_code
    assert body["detail"]
    assert body["title"]
    return body

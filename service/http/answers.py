"""Domain values to bytes, once, without a detour over dicts."""

from typing import Any

import msgspec
from fastapi import Response

from service.feed.models import Page

_encode = msgspec.json.Encoder().encode


class Answer(Response):
    """A JSON answer made of domain values: times RFC 3339 in UTC, ids as numbers."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode dataclasses as they stand."""
        return _encode(content)


def page_answer(page: Page[Any], url: str) -> Answer:
    """A list, with its next page in the body and in `Link` (RFC 8288)."""
    answer = Answer(page)
    if page.next is not None:
        answer.headers["Link"] = f'<{url}cursor={page.next}>; rel="next"'
    return answer

"""Domain values to bytes, once, without a detour over dicts."""

from collections import OrderedDict
from typing import Any

import msgspec
from fastapi import Response

from service.feed.models import Page

_encode = msgspec.json.Encoder().encode
RECENT_PAGES = 16


class Answer(Response):
    """A JSON answer made of domain values: times RFC 3339 in UTC, ids as numbers."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode dataclasses as they stand; bytes have been encoded before."""
        return content if isinstance(content, bytes) else _encode(content)


class RecentPages:
    """Pages encoded lately. One of the very same items needs no second encoding.

    Items are immutable, so the same objects are the same bytes. When five hundred readers wait
    for one list they are given the same objects, and encode them once.
    """

    def __init__(self) -> None:
        self._pages: OrderedDict[tuple[int | str | None, ...], tuple[Page[Any], bytes]] = (
            OrderedDict()
        )

    def encode(self, page: Page[Any]) -> bytes:
        """The bytes of a page."""
        if not page.items:  # nothing to tell two such apart by, and nothing to save
            return _encode(page)
        key = (page.next, *map(id, page.items))
        known = self._pages.get(key)
        if known is not None:
            return known[1]
        encoded = _encode(page)
        # The page is kept beside its bytes: as long as its items live, no other has their ids.
        self._pages[key] = page, encoded
        if len(self._pages) > RECENT_PAGES:
            self._pages.popitem(last=False)
        return encoded


_recent = RecentPages()


def page_answer(page: Page[Any], url: str) -> Answer:
    """A list, with its next page in the body and in `Link` (RFC 8288)."""
    answer = Answer(_recent.encode(page))
    if page.next is not None:
        answer.headers["Link"] = f'<{url}cursor={page.next}>; rel="next"'
    return answer

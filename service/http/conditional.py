"""Conditional requests (RFC 9110, section 13): `If-None-Match` on reads, `If-Match` on writes.

An ETag is `"v<row version>-<digest of what is shown>"`; a list, or whatever has no row version, has
the digest alone. It is made of content, never of the token, and not of views. What says as of when
it was computed has that in it: 304 is for the same figures of the same moment. A write compares
the version alone: votes change what is shown, and nobody's edit shall fail for them.

Use: a route asks for `Asked` and lets it answer.

    return asked.show(value)                       # any value, all of which is shown
    return asked.show(value, version=row_version)  # one that may be changed under `If-Match`
    return asked.show(page, link=url)              # a list; `link` as for `page_answer`
    return await asked.read(feed.pages, read, link=url)  # posts: 304 without their texts
"""

import re
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request, Response
from starlette.exceptions import HTTPException

from service.feed.models import Page, Post, SeenPost
from service.feed.ports import Pages
from service.http.answers import Answer, page_answer

DIGEST_BYTES = 8  # a client compares with what it was given for one URL: no attack, 64 bits do
_VERSION = re.compile(r'"v(\d{1,10})(?:-[^"]*)?"')
_TAGS = re.compile(r'(?:W/)?("[^"]*")')
_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def entity_tag(value: Any, *, version: int | None = None) -> str:
    """The ETag of what is shown; a post brings its own version.

    A post's text and tags change with its version, so the tag is made of that and of what changes
    without it: counts, names, the reader's own facts. So a tag can be made without the text.
    """
    shown: Any
    if isinstance(value, Post):
        version, shown = value.version, _facts(value)
    elif type(value) is Page:  # one that says more, such as its time, shows all of it
        shown = value.next, [_facts(i) if isinstance(i, Post) else i for i in value.items]
    else:
        shown = value
    digest = blake2b(_encode(shown), digest_size=DIGEST_BYTES).hexdigest()
    return f'"{digest}"' if version is None else f'"v{version}-{digest}"'


def _facts(post: Post) -> tuple[Any, ...]:
    counts = post.counts
    return (
        post.id,
        post.version,
        post.author,
        counts.upvotes,
        counts.downvotes,
        counts.comments,
        {kind: number for kind, number in counts.reactions.items() if number},
        post.viewer if isinstance(post, SeenPost) else None,
    )


class Reading:
    """One read, and what its client has already got."""

    def __init__(self, if_none_match: str | None) -> None:
        self._any = if_none_match is not None and if_none_match.strip() == "*"
        self._known = frozenset(_TAGS.findall(if_none_match or ""))

    def is_known(self, tag: str) -> bool:
        """Whether the client has what `tag` stands for (weak comparison)."""
        return self._any or tag in self._known

    def show(self, value: Any, *, version: int | None = None, link: str | None = None) -> Response:
        """200 with its ETag, or 304 before anything is encoded."""
        tag = entity_tag(value, version=version)
        if self.is_known(tag):
            return not_modified(tag)
        if isinstance(value, Page) and link is not None:
            answer = page_answer(value, link)
        else:
            answer = Answer(value)
        answer.headers["ETag"] = tag
        return answer

    async def read(
        self,
        pages: Pages,
        read: Callable[[Pages], Awaitable[Post] | Awaitable[Page[Post]]],
        *,
        link: str | None = None,
    ) -> Response:
        """The same for posts: what the client has is told from outlines, before a text is fetched.

        `read` is the use case over the pages that it is given. It is asked a second time when the
        client has something else, so it must only read.
        """
        outlined = pages.outlined()
        if outlined is not pages and (self._known or self._any):
            tag = entity_tag(await read(outlined))
            if self.is_known(tag):
                return not_modified(tag)
        return self.show(await read(pages), link=link)


def not_modified(tag: str) -> Response:
    """304; `Cache-Control` and `Vary` stand on every answer anyway."""
    return Response(status_code=304, headers={"ETag": tag})


async def reading(request: Request) -> Reading:
    """What the client of this request has already got."""
    return Reading(request.headers.get("if-none-match"))


Asked = Annotated[Reading, Depends(reading)]


async def if_match(request: Request) -> int | None:
    """The version that a write is meant for; None for `*`, whatever there is. Raises 428, 400."""
    given = request.headers.get("if-match")
    if given is None:
        raise HTTPException(428, "say which version is to be changed, in If-Match")
    if given.strip() == "*":
        return None
    found = _VERSION.fullmatch(given.strip())
    if found is None:
        raise HTTPException(400, 'If-Match is not one of our entity tags, such as "v3-1f0c"')
    return int(found[1])


IfMatch = Annotated[int | None, Depends(if_match)]

"""The database behind every side: one post as JSON, by a cheap statement or by an expensive one.

Each load takes a number from a sequence before anything else, so that the database knows how many
were begun, whatever becomes of them.
"""

# mypy: allow-untyped-calls

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg

from loadtests.peers.sides.side import NoSuchPost, Setup
from loadtests.peers.statements import CHEAP, EXPENSIVE

# SQLAlchemy's own default, 5 and 10 in overflow: Corral's engine has the same.
POOL_MOST = 15


class Source:
    """Loads posts."""

    def __init__(self, pool: Any, newest: int) -> None:
        self._pool = pool
        self._newest = newest

    async def load(self, post_id: int) -> bytes:
        """One post. Raises NoSuchPost."""
        if self._newest:
            row = await self._pool.fetchrow(EXPENSIVE, post_id, self._newest)
        else:
            row = await self._pool.fetchrow(CHEAP, post_id)
        if row is None:
            raise NoSuchPost(post_id)
        return as_json(row)


def as_json(row: Mapping[str, Any]) -> bytes:
    """What Corral's own `GET /v1/posts/{id}` answers, and of the expensive query what it found."""
    post = {
        "id": row["id"],
        "author": {
            "id": row["author_id"],
            "handle": row["handle"],
            "display_name": row["display_name"],
        },
        "title": row["title"],
        "body": row["body"],
        "tags": list(row["tags"]),
        "created_at": _rfc3339(row["created_at"]),
        "edited_at": row["edited_at"] and _rfc3339(row["edited_at"]),
        "version": row["version"],
        "counts": {
            "score": row["score"],
            "upvotes": row["upvotes"],
            "downvotes": row["downvotes"],
            "comments": row["comment_count"],
            "views": row["views"],
            "reactions": json.loads(row["reaction_counts"]),
        },
    }
    found = {name: row[name] for name in ("related", "as_of") if name in row}
    return json.dumps(post | found, separators=(",", ":"), ensure_ascii=False).encode()


def _rfc3339(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


@asynccontextmanager
async def connected(setup: Setup) -> AsyncIterator[Source]:
    """A source with its pool."""
    async with asyncpg.create_pool(setup.database_url, min_size=1, max_size=POOL_MOST) as pool:
        yield Source(pool, setup.newest)

"""What the writes of one transaction share: its connection, and what they tell of."""

from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.feed.changes import Change
from service.feed.errors import Gone, Unauthenticated
from service.queries.rows import Row

# Locking the post first makes the votes on one post wait for each other, so that the counters
# follow the rows exactly and two votes of one user cannot both find no former vote.
LOCK_POST = text("""
    select id, author_id, deleted_at from posts where id = :post_id for update
""")


class Statements:
    """Statements on one connection with an open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.changes: list[Change] = []

    def record(self, change: Change) -> None:
        """Hand a change over when the transaction commits."""
        self.changes.append(change)

    async def _row(self, statement: TextClause, **parameters: Any) -> Row | None:
        return (await self._connection.execute(statement, parameters)).mappings().first()

    async def _lock_post(self, post_id: int) -> Row | None:
        """The post, locked; None for an unknown one. Raises Gone for a deleted one."""
        post = await self._row(LOCK_POST, post_id=post_id)
        if post is not None and post["deleted_at"] is not None:
            raise Gone(f"post {post_id} was deleted")
        return post


def gone() -> Unauthenticated:
    """Whoever writes is no longer here."""
    return Unauthenticated("whoever this token was made for is no longer here: sign in again")

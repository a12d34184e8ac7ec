"""What a read did not find: never there, or deleted."""

from typing import Literal

from service.feed.errors import Gone, NotFound
from service.feed.ports import Deleted


async def missing(
    sort: Literal["post", "comment", "user"], which: int | str, *, deleted: Deleted
) -> NotFound | Gone:
    """The error to raise for what a read did not find; `which` is an id, or a user's handle."""
    if await deleted.was_deleted(sort, which):
        return Gone(f"{sort} {which} was deleted")
    return NotFound(f"there is no {sort} {which}")

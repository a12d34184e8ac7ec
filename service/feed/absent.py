"""What a read did not find: never there, or deleted."""

from typing import Final, Literal

from service.feed.errors import Gone, NotFound
from service.feed.ports import Deletable, Deleted

# What is kept in the place of a thing that is no more; of one that never was, None.
WasDeleted = Literal["deleted"]
WAS_DELETED: Final = "deleted"


async def missing(what: Deletable, which: int | str, *, deleted: Deleted) -> NotFound | Gone:
    """The error to raise for what a read did not find; `which` is an id, or a user's handle."""
    if await deleted.was_deleted(what, which):
        return Gone(f"{what} {which} was deleted")
    return NotFound(f"there is no {what} {which}")

"""The newest part of a long list is kept; what lies beyond is asked of the database."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from service.feed.assemble import filled
from service.strategies.stack import Stack

T = TypeVar("T")
LIST_KEPT = 100  # five pages; hardly anybody reads further
ONE_PAGE = 21  # twenty to show, and one more that tells whether there is a next page


async def page_of(
    stack: Stack[list[T]],
    entry: int | str,
    load: Callable[[int | None, int], Awaitable[list[T]]],
    *,
    before: int | None,
    limit: int,
    id_of: Callable[[T], int],
    kept: int = LIST_KEPT,
) -> list[T]:
    """Up to `limit` items older than `before`; `load(before, limit)` asks the database."""
    newest = await stack.get(entry, lambda: load(None, kept))
    part = newest if before is None else [item for item in newest if id_of(item) < before]
    if len(part) >= limit or len(newest) < kept:
        return part[:limit]
    return await stack.beyond(entry, lambda: load(before, limit))


def by_ids(
    ids: Callable[[int | None, int], Awaitable[Sequence[int]]],
    named: Callable[[Sequence[int]], Awaitable[list[T]]],
) -> Callable[[int | None, int], Awaitable[list[T]]]:
    """A load for `page_of`: ids, then what they name; what has gone in between is made up for."""

    async def load(before: int | None, limit: int) -> list[T]:
        return await filled(
            lambda before: ids(before, limit), named, after=before, limit=limit, position_of=int
        )

    return load

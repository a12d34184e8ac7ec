"""Who stands highest: of all time, of a week, of a month; and where one stands oneself.

Equal standings share a rank and are listed by id. The list moves when it is computed anew: whoever
passes the last one shown meanwhile is not shown, whoever falls behind that one comes again.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Protocol

from service.feed.boards import Board, BoardPage, BoardRow, Neighbours, Period, RankedUser
from service.feed.cursor import Cursors
from service.feed.models import AuthorCard
from service.feed.ports import Deleted

BESIDE = 5  # neighbours on each side


class Leaderboards(Protocol):
    """Standings of everybody."""

    async def board(self, period: Period) -> Board:
        """The highest first, equal ones by id."""


class Cards(Protocol):
    """Names."""

    async def cards(self, user_ids: Sequence[int]) -> Mapping[int, AuthorCard]:
        """By user id; unknown ones are left out."""


async def read_leaderboard(
    period: Period,
    cursor: str | None,
    limit: int,
    *,
    leaderboards: Leaderboards,
    people: Cards,
    deleted: Deleted,
    cursors: Cursors,
) -> BoardPage:
    """A window of ranks. Raises BadCursor."""
    listing = f"leaderboards/reputation?period={period}"
    keys = cursors.decode(listing, cursor, keys=2)
    board = await leaderboards.board(period)
    first = bisect_left(board.rows, _after(keys), key=_order) if keys else 0
    shown = await _named(board.rows, first, first + limit, people, deleted)
    more = len(board.rows) > first + limit
    last = board.rows[first + limit - 1] if more else None
    return BoardPage(
        items=shown,
        next=cursors.encode(listing, last.reputation, last.user_id) if last else None,
        as_of=board.as_of,
    )


async def read_own_place(
    user_id: int, period: Period, *, leaderboards: Leaderboards, people: Cards, deleted: Deleted
) -> Neighbours:
    """One's own rank, None for who gained nothing, and who stands beside."""
    board = await leaderboards.board(period)
    place = next((n for n, each in enumerate(board.rows) if each.user_id == user_id), None)
    if place is None:
        return Neighbours(rank=None, items=[], as_of=board.as_of)
    first, end = max(0, place - BESIDE), place + BESIDE + 1
    items = await _named(board.rows, first, end, people, deleted)
    return Neighbours(rank=_rank(board.rows, place), items=items, as_of=board.as_of)


async def _named(
    rows: Sequence[BoardRow], first: int, end: int, people: Cards, deleted: Deleted
) -> list[RankedUser]:
    """Places as they are shown; whoever has left since is left out, and nobody moves up yet."""
    shown = rows[first:end]
    cards = await people.cards([each.user_id for each in shown])
    gone = await deleted.users_deleted([card.handle for card in cards.values()])
    return [
        RankedUser(_rank(rows, first + n), cards[each.user_id], each.reputation)
        for n, each in enumerate(shown)
        if each.user_id in cards and cards[each.user_id].handle not in gone
    ]


def _rank(rows: Sequence[BoardRow], place: int) -> int:
    """One more than there are with a higher standing."""
    return bisect_left(rows, -rows[place].reputation, key=lambda each: -each.reputation) + 1


def _order(each: BoardRow) -> tuple[int, int]:
    return -each.reputation, each.user_id


def _after(keys: tuple[int, ...]) -> tuple[int, int]:
    reputation, user_id = keys
    return -reputation, user_id + 1

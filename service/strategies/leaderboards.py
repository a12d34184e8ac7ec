"""Leaderboards: each computed by one query, kept whole, and computed anew before it expires."""

from collections.abc import Sequence

from service import keys
from service.feed.boards import Board, Period
from service.queries import leaderboards
from service.strategies.invalidation import of_kind
from service.strategies.outdated import FeedsOfFollowers, Outdated
from service.strategies.stack import Stack
from service.strategies.tools import Tools


class Leaderboards:
    """One entry a period, in all strategies."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._boards: Stack[Board] = tools.stack(keys.BOARD, Board)

    async def board(self, period: Period) -> Board:
        """Who stands highest."""

        async def load() -> Board:
            now = self._tools.now()
            places = await leaderboards.board(self._tools.engine, period, self._tools.points, now)
            return Board(places, now)

        return await self._boards.get(period, load)

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Forget them, where time does not."""
        expires = self._tools.expires(keys.BOARD)
        await self._boards.invalidate(*of_kind(entries, keys.BOARD, expires=expires))

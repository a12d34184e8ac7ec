"""Pages of the site itself: read by everybody, changed by hand once in a while."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from service import keys
from service.feed.models import SitePage
from service.queries import pages
from service.strategies.outdated import FeedsOfFollowers, Outdated
from service.strategies.stack import Stack
from service.strategies.tools import Tools


class SitePages:
    """Pages by slug. Nothing of ours writes them: who changes a row expires its entry."""

    def __init__(self, tools: Tools) -> None:
        self._engine: AsyncEngine = tools.engine
        self._stack: Stack[SitePage | None] = tools.stack(keys.PAGE, SitePage | None)

    async def page(self, slug: str) -> SitePage | None:
        """One page; None for an unknown one."""
        return await self._stack.get(slug, lambda: pages.page(self._engine, slug))

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Forget pages."""
        await self._stack.invalidate(
            *(entry.entry for entry in entries if isinstance(entry, Outdated))
        )

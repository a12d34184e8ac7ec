"""Pages of the site itself, such as its rules."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.models import SitePage
from service.queries.read import rows

PAGE = text("select slug, title, body, updated_at, version from pages where slug = :slug")


async def page(engine: AsyncEngine, slug: str) -> SitePage | None:
    """One page; None for an unknown one."""
    found = await rows(engine, PAGE, slug=slug)
    return SitePage(**found[0]) if found else None

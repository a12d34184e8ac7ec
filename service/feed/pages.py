"""Read a page of the site itself."""

from service.feed.errors import NotFound
from service.feed.models import SitePage
from service.feed.ports import SitePages


async def read_page(slug: str, *, site: SitePages) -> SitePage:
    """One page. Raises NotFound."""
    page = await site.page(slug)
    if page is None:
        raise NotFound(f"there is no page {slug}")
    return page

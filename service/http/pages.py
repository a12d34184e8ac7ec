"""Pages of the site itself: about, rules, api, privacy."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from service.feed import pages
from service.feed.models import SitePage
from service.http.conditional import Asked
from service.http.deps import FeedDep
from service.http.errors import PROBLEMS

router = APIRouter(prefix="/v1/pages", tags=["pages"], responses=PROBLEMS)

Slug = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9-]{0,59}$", examples=["about"])]


@router.get("/{slug}", response_model=SitePage)
async def read_page(slug: Slug, feed: FeedDep, asked: Asked) -> Response:
    """A page; there is no endpoint that writes one."""
    page = await pages.read_page(slug, site=feed.site)
    return asked.show(page, version=page.version)

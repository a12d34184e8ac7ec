"""Everything that a strategy keeps: its pages, and the parts that all strategies build alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from service import keys
from service.keys import Kind
from service.strategies.deleted import DeletedThings
from service.strategies.invalidation import Drops
from service.strategies.leaderboards import Leaderboards
from service.strategies.listings import Listings
from service.strategies.outdated import FeedsOfFollowers, Outdated
from service.strategies.people import People
from service.strategies.plan import CachedPages
from service.strategies.site_pages import SitePages
from service.strategies.tags import Tags
from service.strategies.tools import Tools
from service.strategies.views import PostViews


@dataclass(frozen=True, slots=True)
class Caches:
    """`pages` hold what no part does; `parts` says which part holds a kind of entry."""

    pages: CachedPages
    deleted: DeletedThings
    site: SitePages
    listings: Listings
    tags: Tags
    people: People
    leaderboards: Leaderboards
    views: PostViews
    parts: Mapping[Kind, Drops] = field(default_factory=dict)

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Forget each entry where it is held; where one holder fails, the others go all the same.

        Raises the first error.
        """
        held: dict[int, tuple[Drops, list[Outdated | FeedsOfFollowers]]] = {}
        for entry in entries:
            holder = self._holder(entry)
            held.setdefault(id(holder), (holder, []))[1].append(entry)
        failed: list[Exception] = []
        for holder, theirs in held.values():
            try:
                await holder.drop(theirs)
            except Exception as error:  # noqa: BLE001 - raised below
                failed.append(error)
        if failed:
            raise failed[0]

    def _holder(self, entry: Outdated | FeedsOfFollowers) -> Drops:
        return self.parts.get(entry.kind, self.pages) if isinstance(entry, Outdated) else self.pages


def caches_of(tools: Tools) -> Caches:
    """Build them, on one process's tools."""
    deleted, site = DeletedThings(tools), SitePages(tools)
    listings, tags, boards = Listings(tools), Tags(tools), Leaderboards(tools)
    pages = tools.plan.entries(tools)
    people = People(tools, pages.cards)
    return Caches(
        pages=pages,
        deleted=deleted,
        site=site,
        listings=listings,
        tags=tags,
        people=people,
        leaderboards=boards,
        views=PostViews(tools),
        parts={
            keys.DELETED: deleted,
            keys.PAGE: site,
            **dict.fromkeys((keys.NEW, keys.HOT, keys.TAG_TOP), listings),
            **dict.fromkeys((keys.TAG, keys.TAGS), tags),
            **dict.fromkeys((keys.FOLLOWERS, keys.FOLLOWING), people),
            keys.BOARD: boards,
            keys.RANKING: tools.plan.rankings(tools),
        },
    )

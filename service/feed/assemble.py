"""Pages put together from records: ids first, then everything they name in bulk."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from service.feed.models import HomePosts, Post, Profile, Ranked, Reputation, Window
from service.feed.ports import NamedBy, Pages, RankedPost, Records

Entry = TypeVar("Entry")
Position = TypeVar("Position")
Shown = TypeVar("Shown")


class AssembledPages:
    """`Pages` over any `Records`."""

    def __init__(
        self,
        records: Records,
        posts: Callable[[Sequence[int], NamedBy], Awaitable[Mapping[int, Post]]] | None = None,
        uncounted: Pages | None = None,
    ) -> None:
        self._records = records
        self._posts = posts or records.posts
        self._uncounted = uncounted or self

    async def post(self, post_id: int) -> Post | None:
        """One post."""
        return (await self._posts([post_id], "url")).get(post_id)

    async def posts(self, post_ids: Sequence[int], named_by: NamedBy) -> Mapping[int, Post]:
        """Posts by id."""
        return await self._posts(post_ids, named_by)

    def outlined(self) -> Pages:
        """Nothing is spared by leaving something out."""
        return self

    def uncounted(self) -> Pages:
        """These pages themselves, unless others were given."""
        return self._uncounted

    async def profile(self, handle: str) -> Profile | None:
        """A user's page."""
        return await self._records.profile(handle)

    async def author_posts(self, user_id: int, before: int | None, limit: int) -> list[Post]:
        """Posts of one author, newest first."""

        async def ids_below(before: int | None) -> Sequence[int]:
            return await self._records.author_ids(user_id, before, limit)

        return await filled(ids_below, self._hydrate, after=before, limit=limit, position_of=int)

    async def home_feed(self, user_id: int, before: int | None, limit: int) -> HomePosts:
        """Posts of those whom the user follows, newest first."""
        home = await self._records.home(user_id)

        async def ids_below(before: int | None) -> Sequence[int]:
            return await home.below(before, limit)

        async def shown(ids: Sequence[int]) -> list[Post]:
            return [post for post in await self._hydrate(ids) if home.shows(post)]

        posts = await filled(ids_below, shown, after=before, limit=limit, position_of=int)
        return HomePosts(posts, home.is_rebuilding)

    async def top(self, window: Window, after: Ranked | None, limit: int) -> list[RankedPost]:
        """The best of a window, by points."""

        async def show(places: Sequence[Ranked]) -> list[RankedPost]:
            posts = await self._posts([place.post_id for place in places], "list")
            return [(place, posts[place.post_id]) for place in places if place.post_id in posts]

        return await first_of(further(await self._records.ranking(window), after), show, limit)

    async def trending(self, limit: int) -> list[Post]:
        """What draws votes and comments now."""
        places = await self._records.trending()
        return await first_of([place.post_id for place in places], self._hydrate, limit)

    async def reputation(self, user_id: int, handle: str) -> Reputation:
        """A user's standing."""
        return await self._records.reputation(user_id, handle)

    async def _hydrate(self, ids: Sequence[int]) -> list[Post]:
        posts = await self._posts(ids, "list")
        return [posts[post_id] for post_id in ids if post_id in posts]


async def filled(
    behind: Callable[[Position | None], Awaitable[Sequence[Entry]]],
    show: Callable[[Sequence[Entry]], Awaitable[Sequence[Shown]]],
    *,
    after: Position | None,
    limit: int,
    position_of: Callable[[Entry], Position],
) -> list[Shown]:
    """Up to `limit` of a list, fewer only at its end: entries may name what is gone.

    `behind(position)` gives up to `limit` entries of the list, `show` those that still stand. Where
    the list ends is told by the entries, never by how many of them stand.
    """
    shown: list[Shown] = []
    while len(shown) < limit:
        entries = await behind(after)
        shown += await show(entries)
        if len(entries) < limit:
            break
        after = position_of(entries[-1])
    return shown[:limit]


async def first_of(
    ranking: Sequence[Entry],
    show: Callable[[Sequence[Entry]], Awaitable[Sequence[Shown]]],
    limit: int,
) -> list[Shown]:
    """The first `limit` that still stand, of a list that is there whole."""
    shown: list[Shown] = []
    while ranking and len(shown) < limit:
        part, ranking = ranking[:limit], ranking[limit:]
        shown += await show(part)
    return shown[:limit]


def further(places: Sequence[Ranked], after: Ranked | None) -> Sequence[Ranked]:
    """The places behind `after` in a ranking (points, then id, both falling)."""
    if after is None:
        return places
    return [
        place for place in places if (place.points, place.post_id) < (after.points, after.post_id)
    ]

"""Pages put together from records: ids first, then everything they name in bulk."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from service.feed.models import HomePosts, Post, Profile, Ranked, Reputation, Window
from service.feed.ports import Pages, RankedPost, Records

Entry = TypeVar("Entry")


class AssembledPages:
    """`Pages` over any `Records`."""

    def __init__(
        self,
        records: Records,
        posts: Callable[[Sequence[int]], Awaitable[Mapping[int, Post]]] | None = None,
    ) -> None:
        self._records = records
        self._posts = posts or records.posts

    async def post(self, post_id: int) -> Post | None:
        """One post."""
        return (await self._posts([post_id])).get(post_id)

    async def posts(self, post_ids: Sequence[int]) -> Mapping[int, Post]:
        """Posts by id."""
        return await self._posts(post_ids)

    def outlined(self) -> Pages:
        """Nothing is spared by leaving something out."""
        return self

    async def profile(self, handle: str) -> Profile | None:
        """A user's page."""
        return await self._records.profile(handle)

    async def author_posts(self, user_id: int, before: int | None, limit: int) -> list[Post]:
        """Posts of one author, newest first."""

        async def ids_below(before: int | None) -> Sequence[int]:
            return await self._records.author_ids(user_id, before, limit)

        return await filled(ids_below, self._hydrate, before=before, limit=limit, id_of=int)

    async def home_feed(self, user_id: int, before: int | None, limit: int) -> HomePosts:
        """Posts of those whom the user follows, newest first."""
        home = await self._records.home(user_id)

        async def ids_below(before: int | None) -> Sequence[int]:
            return await home.below(before, limit)

        async def shown(ids: Sequence[int]) -> list[Post]:
            return [post for post in await self._hydrate(ids) if home.shows(post)]

        posts = await filled(ids_below, shown, before=before, limit=limit, id_of=int)
        return HomePosts(posts, home.is_rebuilding)

    async def top(self, window: Window, after: Ranked | None, limit: int) -> list[RankedPost]:
        """The best of a window, by points."""
        places = further(await self._records.ranking(window), after)
        shown: list[RankedPost] = []
        while places and len(shown) < limit:
            part, places = places[:limit], places[limit:]
            posts = await self._posts([place.post_id for place in part])
            shown += [(place, posts[place.post_id]) for place in part if place.post_id in posts]
        return shown[:limit]

    async def trending(self, limit: int) -> list[Post]:
        """What draws votes and comments now."""
        places = await self._records.trending()
        shown: list[Post] = []
        while places and len(shown) < limit:
            part, places = places[:limit], places[limit:]
            shown += await self._hydrate([place.post_id for place in part])
        return shown[:limit]

    async def reputation(self, user_id: int, handle: str) -> Reputation:
        """A user's standing."""
        return await self._records.reputation(user_id, handle)

    async def _hydrate(self, ids: Sequence[int]) -> list[Post]:
        posts = await self._posts(ids)
        return [posts[post_id] for post_id in ids if post_id in posts]


async def filled(
    below: Callable[[int | None], Awaitable[Sequence[Entry]]],
    show: Callable[[Sequence[Entry]], Awaitable[Sequence[Post]]],
    *,
    before: int | None,
    limit: int,
    id_of: Callable[[Entry], int],
) -> list[Post]:
    """Up to `limit` posts of a list, fewer only at its end: entries may name what is gone.

    `below(id)` gives up to `limit` entries older than the id, `show` the posts that still stand.
    """
    shown: list[Post] = []
    while len(shown) < limit:
        entries = await below(before)
        shown += await show(entries)
        if len(entries) < limit:
            break
        before = id_of(entries[-1])
    return shown[:limit]


def further(places: Sequence[Ranked], after: Ranked | None) -> Sequence[Ranked]:
    """The places behind `after` in a ranking (points, then id, both falling)."""
    if after is None:
        return places
    return [
        place for place in places if (place.points, place.post_id) < (after.points, after.post_id)
    ]

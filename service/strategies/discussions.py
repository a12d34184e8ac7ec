"""Comments ids first: the tree of a post's as a skeleton, what each says as an entry of its own.

A new comment drops two skeletons and the entry of what it answers; a vote drops the one comment
that it is on. So a hot comment costs a row at a time, and no list: the order by `best` follows
within a minute, the score at once.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from service import keys
from service.feed.absent import WAS_DELETED, WasDeleted
from service.feed.assemble import filled
from service.feed.discussion import NOBODY, Comment, CommentText
from service.feed.models import AuthorCard
from service.feed.ports import NamedBy
from service.feed.threads import (
    SORTS,
    CommentSort,
    Place,
    Placed,
    Skeleton,
    Thread,
    skeleton_of,
    walk,
)
from service.queries import comments
from service.strategies.layers import Layer, Load
from service.strategies.outdated import FeedsOfFollowers, Outdated
from service.strategies.shares import named_by_url
from service.strategies.stack import Stack
from service.strategies.tools import Tools

Said = CommentText | WasDeleted | None


class _NoPost(Exception):
    """The post of a thread does not stand, or no longer: a page that has begun finds out, too."""


class Threads:
    """`Discussions` from small entries; `cards_of` gives the names of authors by id."""

    def __init__(
        self,
        tools: Tools,
        cards_of: Callable[[set[int]], Awaitable[Mapping[int, AuthorCard]]],
    ) -> None:
        self._engine: AsyncEngine = tools.engine
        self._cards_of = cards_of
        self._skeletons: Stack[Skeleton | None] = tools.stack(keys.THREAD, Skeleton | None)
        self._whole: Layer[Skeleton | None] = tools.flight(keys.THREAD)
        self._observer = tools.observer
        self._texts: Stack[Said] = tools.stack(keys.COMMENT, Said)
        self._texts_by = {"list": self._texts, "url": named_by_url(self._texts)}
        tools.tells_deleted["comment"] = self.was_deleted
        tools.holds(keys.COMMENTS, self._changed)

    async def page(self, thread: Thread, after: Place | None, limit: int) -> list[Placed] | None:
        """Part of a thread; what has vanished meanwhile is made up for by what comes behind it."""

        async def behind(after: Place | None) -> list[tuple[Place, int]]:
            return await self._walk(thread, after, limit)

        try:
            return await filled(
                behind, self._shown, after=after, limit=limit, position_of=lambda found: found[0]
            )
        except _NoPost:
            return None

    async def comment(self, comment_id: int) -> tuple[Comment, int] | None:
        """One comment."""
        texts = await self._texts_of([comment_id], "url")
        if comment_id not in texts:
            return None
        return (await self._joined(texts))[comment_id], texts[comment_id].version

    async def was_deleted(self, comment_id: int) -> bool | None:
        """Whether it stood once; None if it does so here, and is missed all the same."""
        said = (await self._said([comment_id], "url"))[comment_id]
        return None if isinstance(said, CommentText) else said == WAS_DELETED

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """The order of a post's comments, or one comment."""
        for entry in entries:
            match entry:
                case Outdated(keys.COMMENTS, post_id):
                    await self._changed(post_id)
                case Outdated(keys.COMMENT, comment_id):
                    await self._texts.invalidate(comment_id)

    async def _changed(self, post_id: int | str) -> None:
        entries = [f"{post_id}:{sort}" for sort in SORTS]
        await self._whole.invalidate(*(keys.THREAD.key(entry) for entry in entries))
        await self._skeletons.invalidate(*entries)

    async def _walk(
        self, thread: Thread, after: Place | None, limit: int
    ) -> list[tuple[Place, int]]:
        entry = f"{thread.post_id}:{thread.sort}"

        async def whole() -> Skeleton | None:
            return await load_skeleton(self._engine, thread.post_id, thread.sort)

        async def load() -> Skeleton | None:
            found = await whole()
            return found and found.kept()

        skeleton = await self._skeletons.get(entry, load)
        found = skeleton and walk(skeleton, thread, after, limit)
        if skeleton and found is None:  # further down than anything is kept
            skeleton = await self._load_once(entry, whole)
            found = skeleton and walk(skeleton, thread, after, limit)
        if skeleton is None:
            raise _NoPost
        return found or []

    async def _shown(self, found: Sequence[tuple[Place, int]]) -> list[Placed]:
        """What stands of these; what has vanished meanwhile is left out."""
        texts = await self._texts_of([comment_id for _, comment_id in found], "list")
        said = await self._joined(texts)
        return [(place, said[of]) for place, of in found if of in said]

    async def _load_once(self, entry: str, whole: Load[Skeleton | None]) -> Skeleton | None:
        key = keys.THREAD.key(entry)
        with self._observer.waiting(key), self._observer.joining(key) as fetch:

            async def load() -> Skeleton | None:
                fetch()
                return await self._skeletons.beyond(entry, whole)

            return await self._whole.get(key, load)

    async def _texts_of(self, ids: Sequence[int], named_by: NamedBy) -> dict[int, CommentText]:
        if not ids:
            return {}
        found = await self._said(ids, named_by)
        return {of: said for of, said in found.items() if isinstance(said, CommentText)}

    async def _said(self, ids: Sequence[int], named_by: NamedBy) -> Mapping[int, Said]:
        async def load(missing: Sequence[int]) -> Mapping[int, Said]:
            found = await comments.texts_by_ids(self._engine, missing)
            return {comment_id: found.get(comment_id) for comment_id in missing}

        return await self._texts_by[named_by].get_many(ids, load)

    async def _joined(self, texts: Mapping[int, CommentText]) -> dict[int, Comment]:
        cards = await self._cards_of({text.author_id for text in texts.values()})
        return {
            comment_id: text.joined(cards.get(text.author_id, NOBODY))
            for comment_id, text in texts.items()
        }


async def load_skeleton(engine: AsyncEngine, post_id: int, sort: CommentSort) -> Skeleton | None:
    """The whole tree; None when the post does not stand."""
    knots = await comments.knots(engine, post_id)
    return None if knots is None else skeleton_of(knots, sort)

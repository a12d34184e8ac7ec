"""A user's standing: its components cached, or the result."""

from collections.abc import Sequence

from service import keys
from service.feed.models import Reputation
from service.feed.reputation import VoteDay, standing
from service.queries import users
from service.strategies.stack import Stack
from service.strategies.tools import Tools


async def compute(tools: Tools, user_id: int, handle: str) -> Reputation:
    """From the rows, in one query."""
    posts, comments, days = await users.standing_parts(tools.engine, user_id)
    return assemble(handle, posts, comments, days, tools)


def assemble(
    handle: str, posts: int, comments: int, days: Sequence[VoteDay], tools: Tools
) -> Reputation:
    """The formula over its components."""
    return Reputation(
        handle=handle,
        reputation=standing(days, tools.points),
        posts=posts,
        upvotes=sum(day.post_ups + day.comment_ups for day in days),
        downvotes=sum(day.post_downs + day.comment_downs for day in days),
        comments=comments,
        as_of=tools.now(),
    )


class ComputedResult:
    """The article's sixth fix: the finished number is what is cached."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._results: Stack[Reputation] = tools.stack(keys.REPUTATION, Reputation)

    async def of(self, user_id: int, handle: str) -> Reputation:
        """One user's."""

        async def load() -> Reputation:
            return await compute(self._tools, user_id, handle)

        return await self._results.get(user_id, load)

    async def drop(self, user_ids: Sequence[int]) -> None:
        """Forget the result."""
        await self._results.invalidate(*user_ids)


class ComponentCounts:
    """The article's sixth mistake: three cached queries, and the formula on every read."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._posts: Stack[int] = tools.stack(keys.POST_COUNT, int)
        self._comments: Stack[int] = tools.stack(keys.COMMENT_COUNT, int)
        self._votes: Stack[list[VoteDay]] = tools.stack(keys.VOTE_DAYS, list[VoteDay])
        for component in (self._posts, self._comments, self._votes):
            tools.holds(keys.REPUTATION, component.invalidate)

    async def of(self, user_id: int, handle: str) -> Reputation:
        """One user's."""
        engine = self._tools.engine
        posts = await self._posts.get(user_id, lambda: users.post_count(engine, user_id))
        comments = await self._comments.get(user_id, lambda: users.comment_count(engine, user_id))
        days = await self._votes.get(user_id, lambda: users.vote_days(engine, user_id))
        return assemble(handle, posts, comments, days, self._tools)

    async def drop(self, user_ids: Sequence[int]) -> None:
        """Forget the components."""
        for component in (self._posts, self._comments, self._votes):
            await component.invalidate(*user_ids)

"""Fan-out: what was published is pushed to its readers' timelines, from the outbox, at least once.

Each row is applied as things stand, not as it says: a post that was deleted meanwhile is taken
out, a follow that was taken back is cleaned. So rows may come twice, late, and in any order.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import NamedTuple

from service import keys
from service.feed.changes import Change, FollowChanged, PostDeleted, PostPublished
from service.feed.fan_out import Threshold
from service.feed.recounts import ProfileRecounted
from service.jobs.notes import Notes
from service.patterns.outbox import Listen, Relay, server_identity
from service.queries import fan_out, lists
from service.queries.outbox import FEEDS, FEEDS_CHANNEL, OutboxRow, SqlOutbox, listening
from service.queries.payloads import decode
from service.strategies.home_timelines import TIMELINE_KEPT, HomeTimelines
from service.strategies.invalidation import Drops
from service.strategies.outdated import Outdated
from service.strategies.tools import Tools

# A hint comes with each commit; without it a post is in the timelines a second later all the same.
POLL_S = 1.0
# With five hundred followers each: some half a second, where a round may take five.
ROWS_A_ROUND = 50


class Weight(NamedTuple):
    """How many followers an author has, and had before the change that tells of it."""

    author_id: int
    former_followers: int
    followers: int


class FanOut:
    """Applies rows of the queue to timelines."""

    def __init__(self, tools: Tools, timelines: HomeTimelines, caches: Drops) -> None:
        self._engine = tools.engine
        self._threshold = Threshold(tools.push_below)
        self._timelines = timelines
        self._caches = caches

    async def apply(self, rows: Sequence[OutboxRow]) -> None:
        """Bring timelines up to date with what the rows are about. Raises UnknownChange."""
        changes = [decode(row.change, row.payload) for row in rows]
        post_ids = [
            change.post_id for change in changes if isinstance(change, PostPublished | PostDeleted)
        ]
        if post_ids:
            await self._posts(list(dict.fromkeys(post_ids)))
        for follower_id, followee_id in pairs_of(changes):
            await self._pair(follower_id, followee_id)
        await self._crossings(weights_of(changes))

    async def _posts(self, post_ids: Sequence[int]) -> None:
        """Push what stands, and take out what does not, for authors who are pushed."""
        small = [
            post
            for post in await fan_out.published(self._engine, post_ids)
            if self._threshold.pushes(post.followers)
        ]
        authors = list(dict.fromkeys(post.author_id for post in small))
        for author_id, readers in (await fan_out.followers(self._engine, authors)).items():
            theirs = [post for post in small if post.author_id == author_id]
            if there := [post.post_id for post in theirs if not post.is_gone]:
                await self._timelines.push(readers, *there)
            if gone := [post.post_id for post in theirs if post.is_gone]:
                await self._timelines.remove(readers, *gone)

    async def _pair(self, follower_id: int, followee_id: int) -> None:
        """Give a reader what somebody they follow has written, or clean it out."""
        newest = await self._newest(followee_id)
        if not newest:
            return
        pair = await fan_out.pair(self._engine, follower_id, followee_id)
        if not pair.follows:
            await self._timelines.remove([follower_id], *newest)
            # They may follow again since we looked, and have been given all that we just took.
            pair = await fan_out.pair(self._engine, follower_id, followee_id)
        if pair.follows and self._threshold.pushes(pair.followers):
            await self._timelines.push([follower_id], *newest)

    async def _crossings(self, weights: Sequence[Weight]) -> None:
        """Those who are pulled from now on, and those who no longer are: each once."""
        starts, ends = self._threshold.starts_pull, self._threshold.ends_pull
        if any(starts(each.followers, former_followers=each.former_followers) for each in weights):
            await self._caches.drop([Outdated(keys.HEAVY, "authors")])
        small = [
            each.author_id
            for each in weights
            if ends(each.followers, former_followers=each.former_followers)
        ]
        for author_id in dict.fromkeys(small):
            # Until its rows are done readers pull them still; what was not pushed is made good.
            readers = (await fan_out.followers(self._engine, [author_id])).popitem()[1]
            if newest := await self._newest(author_id):
                await self._timelines.push(readers, *newest)

    async def _newest(self, author_id: int) -> list[int]:
        """What fills a timeline, and one more: so it knows that something is cut off."""
        return (await lists.newest_of(self._engine, [author_id], TIMELINE_KEPT + 1))[author_id]


def pairs_of(changes: Sequence[Change]) -> list[tuple[int, int]]:
    """Followers and followees of the changes, each pair once."""
    return list(
        dict.fromkeys(
            (change.follower_id, change.followee_id)
            for change in changes
            if isinstance(change, FollowChanged)
        )
    )


def weights_of(changes: Sequence[Change]) -> list[Weight]:
    """What the changes say of how many followers somebody has."""
    found = []
    for change in changes:
        match change:
            case FollowChanged(followee_id=author_id, follows=follows, followers=int(followers)):
                found.append(
                    Weight(author_id, followers - 1 if follows else followers + 1, followers)
                )
            case ProfileRecounted(author_id, _, int(former_followers), int(followers)):
                found.append(Weight(author_id, former_followers, followers))
    return found


@asynccontextmanager
async def fanning_out(tools: Tools, caches: Drops, notes: Notes) -> AsyncIterator[Relay[OutboxRow]]:
    """Fan out for as long as the block: as many as there are share the rows.

    Promptly: a row waits for no writer's grace, since no writer pushes by itself.
    """
    work = FanOut(tools, HomeTimelines(tools), caches)
    relay = Relay(
        SqlOutbox(tools.engine, FEEDS),
        work.apply,
        identity=partial(server_identity, tools.redis),
        poll_s=POLL_S,
        grace_s=0.0,
        limit=ROWS_A_ROUND,
        observe=notes,
    )
    listen = Listen(
        partial(listening, tools.engine), relay.hint, channel=FEEDS_CHANNEL, observe=notes
    )
    async with relay, listen:
        yield relay

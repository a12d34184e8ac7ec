"""The statements that write. Counters change in SQL with the row they count."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.feed.changes import (
    Change,
    CommentAdded,
    CountsStep,
    FollowChanged,
    PostPublished,
    PostVoted,
)
from service.feed.errors import Unauthenticated
from service.feed.models import Comment, Counts, Post
from service.queries.rows import Row, to_card, to_comment_text, to_counts, to_text

ADD_POST = text("""
    with author as (
        update users set post_count = post_count + 1 where id = :author_id
        returning id as author_id, handle, display_name
    ), post as (
        insert into posts (author_id, title, body)
        select author_id, :title, :body from author returning *
    ), new_tags as (
        insert into tags (name) select unnest(cast(:tags as text[]))
        on conflict (name) do update set name = excluded.name returning id
    ), tagged as (
        insert into post_tags (post_id, tag_id) select post.id, new_tags.id from post, new_tags
    )
    select post.*, cast(:tags as text[]) as tags, author.handle, author.display_name
    from post join author using (author_id)
""")
# Locking the post first makes the votes on one post wait for each other, so that the counters
# follow the rows exactly and two votes of one user cannot both find no former vote.
LOCK_POST = text("""
    select id, author_id from posts where id = :post_id and deleted_at is null for update
""")
FORMER_VOTE = text("select value from post_votes where post_id = :post_id and user_id = :user_id")
DROP_VOTE = text("delete from post_votes where post_id = :post_id and user_id = :user_id")
PUT_VOTE = text("""
    insert into post_votes (post_id, user_id, value)
    select :post_id, id, :value from users where id = :user_id
    on conflict (post_id, user_id) do update set value = excluded.value, created_at = now()
    returning 1
""")
COUNT_VOTE = text("""
    update posts set upvotes = upvotes + :ups, downvotes = downvotes + :downs,
                     counts_version = counts_version + 1
    where id = :post_id
    returning score, upvotes, downvotes, comment_count, views, reaction_counts, counts_version
""")
COUNT_REPLY = text("""
    update comments set reply_count = reply_count + 1
    where id = :parent_id and post_id = :post_id returning id
""")
ADD_COMMENT = text("""
    with post as (
        update posts set comment_count = comment_count + 1, counts_version = counts_version + 1
        where id = :post_id returning counts_version
    ), comment as (
        insert into comments (post_id, parent_id, author_id, body)
        select :post_id, :parent_id, id, :body from users where id = :author_id returning *
    )
    select comment.*, u.handle, u.display_name, post.counts_version
    from comment join users u on u.id = author_id, post
""")
PAIR = text("""
    select follower.id as follower_id, follower.handle as follower_handle,
           followee.id as followee_id, followee.handle as followee_handle
    from users follower
    left join users followee on followee.handle = :handle and followee.deleted_at is null
    where follower.id = :follower_id
""")
FOLLOW = text("""
    insert into follows (follower_id, followee_id) values (:follower_id, :followee_id)
    on conflict do nothing returning 1
""")
UNFOLLOW = text("""
    delete from follows where follower_id = :follower_id and followee_id = :followee_id
    returning 1
""")
# In the order of ids, so that two people who follow each other at once cannot deadlock.
LOCK_PAIR = text("""
    select id from users where id in (:follower_id, :followee_id) order by id for update
""")
COUNT_FOLLOW = text("""
    update users set following_count = following_count + (id = :follower_id)::int * :step,
                     follower_count = follower_count + (id = :followee_id)::int * :step
    where id in (:follower_id, :followee_id)
""")


class SqlWrites:
    """`Writes` on one connection with an open transaction; `changes` lists what was recorded.

    Each write raises Unauthenticated when its user is gone: a token may outlive whom it names.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.changes: list[Change] = []

    def record(self, change: Change) -> None:
        """Hand a change over when the transaction commits."""
        self.changes.append(change)

    async def add_post(
        self, author_id: int, title: str, body: str, tags: Sequence[str]
    ) -> tuple[Post, Change]:
        """Insert a post with its tags, and count it."""
        row = await self._row(
            ADD_POST, author_id=author_id, title=title, body=body, tags=sorted(set(tags))
        )
        if row is None:
            raise _gone()
        post = to_text(row).joined(to_card(row), to_counts(row))
        return post, PostPublished(post.id, author_id, row["handle"])

    async def add_comment(
        self, author_id: int, post_id: int, body: str, parent_id: int | None
    ) -> tuple[Comment, Change] | None:
        """Insert a comment, and count it; None without its post or parent."""
        post = await self._row(LOCK_POST, post_id=post_id)
        if post is None:
            return None
        if parent_id is not None and not await self._row(
            COUNT_REPLY, post_id=post_id, parent_id=parent_id
        ):
            return None
        row = await self._row(
            ADD_COMMENT, post_id=post_id, parent_id=parent_id, author_id=author_id, body=body
        )
        if row is None:
            raise _gone()
        comment = to_comment_text(row).joined(to_card(row))
        step = CountsStep(row["counts_version"], comments=1)
        return comment, CommentAdded(post_id, post["author_id"], author_id, step)

    async def set_vote(
        self, user_id: int, post_id: int, value: int
    ) -> tuple[Counts, Change] | None:
        """Put, change or drop a vote, and count it; None without the post."""
        post = await self._row(LOCK_POST, post_id=post_id)
        if post is None:
            return None
        pair = {"post_id": post_id, "user_id": user_id}
        former = await self._row(FORMER_VOTE, **pair)
        before = former["value"] if former else 0
        # The same vote again keeps its time, or by repeating it a post could be kept trending.
        if value == 0:
            await self._connection.execute(DROP_VOTE, pair)
        elif value != before and not await self._row(PUT_VOTE, **pair, value=value):
            raise _gone()
        ups, downs = (value == 1) - (before == 1), (value == -1) - (before == -1)
        counted = await self._row(
            COUNT_VOTE,
            post_id=post_id,
            ups=ups,
            downs=downs,
        )
        assert counted is not None
        step = CountsStep(counted["counts_version"], upvotes=ups, downvotes=downs)
        return to_counts(counted), PostVoted(post_id, post["author_id"], step)

    async def set_follow(self, follower_id: int, handle: str, *, follows: bool) -> Change | None:
        """Follow or stop following, and count it; None without such a user."""
        pair = await self._row(PAIR, follower_id=follower_id, handle=handle)
        if pair is None:
            raise _gone()
        if pair["followee_id"] is None:
            return None
        ids = {"follower_id": follower_id, "followee_id": pair["followee_id"]}
        await self._connection.execute(LOCK_PAIR, ids)
        if await self._row(FOLLOW if follows else UNFOLLOW, **ids):
            await self._connection.execute(COUNT_FOLLOW, {**ids, "step": 1 if follows else -1})
        return FollowChanged(**pair)

    async def _row(self, statement: TextClause, **parameters: Any) -> Row | None:
        return (await self._connection.execute(statement, parameters)).mappings().first()


def _gone() -> Unauthenticated:
    return Unauthenticated("whoever this token was made for is no longer here: sign in again")

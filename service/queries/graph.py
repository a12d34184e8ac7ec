"""A post with everything that hangs on it, as an object-relational mapper would fetch it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.discussion import CommentText
from service.feed.models import Post, Profile
from service.queries.posts import posts_by_ids
from service.queries.read import rows
from service.queries.rows import Row, to_comment_text, to_profile

COMMENTS = text("""
    select c.id, c.post_id, c.parent_id, c.author_id, c.body, c.created_at, c.edited_at,
           c.deleted_at, c.score, c.reply_count, c.version, c.upvotes, c.downvotes,
           u.handle, u.display_name, u.bio, u.created_at as joined_at,
           u.post_count, u.follower_count, u.following_count
    from comments c join users u on u.id = c.author_id
    where c.post_id = :post_id and (c.deleted_at is null or c.reply_count > 0)
    order by c.id desc
""")
AUTHOR = text("""
    select u.id, u.handle, u.display_name, u.bio, u.created_at, u.post_count, u.follower_count,
           u.following_count
    from users u join posts p on p.author_id = u.id where p.id = :post_id
""")
REACTIONS = text("""
    select r.kind, r.created_at, u.handle from reactions r join users u on u.id = r.user_id
    where r.post_id = :post_id order by r.created_at
""")
TAGS = text("""
    select t.id, t.name, t.created_at from tags t join post_tags pt on pt.tag_id = t.id
    where pt.post_id = :post_id order by t.name collate "C"
""")


@dataclass(frozen=True, slots=True)
class GraphComment:
    """A comment with the whole profile of its author."""

    comment: CommentText
    author: Profile
    upvotes: int
    downvotes: int


@dataclass(frozen=True, slots=True)
class GraphReaction:
    """One reader's reaction."""

    kind: str
    handle: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class GraphTag:
    """A tag with its metadata."""

    id: int
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PostGraph:
    """Post, author, comments, reactions, tags: all of each."""

    post: Post
    author: Profile
    comments: list[GraphComment]
    reactions: list[GraphReaction]
    tags: list[GraphTag]


async def post_graph(engine: AsyncEngine, post_id: int) -> PostGraph | None:
    """The whole graph of one post, in five statements."""
    post = (await posts_by_ids(engine, [post_id])).get(post_id)
    if post is None:
        return None
    return PostGraph(
        post=post,
        author=to_profile((await rows(engine, AUTHOR, post_id=post_id))[0]),
        comments=[_comment(row) for row in await rows(engine, COMMENTS, post_id=post_id)],
        reactions=[
            GraphReaction(row["kind"], row["handle"], row["created_at"])
            for row in await rows(engine, REACTIONS, post_id=post_id)
        ],
        tags=[GraphTag(**row) for row in await rows(engine, TAGS, post_id=post_id)],
    )


def _comment(row: Row) -> GraphComment:
    author = {**row, "id": row["author_id"], "created_at": row["joined_at"]}
    return GraphComment(to_comment_text(row), to_profile(author), row["upvotes"], row["downvotes"])

"""What fan-out asks: who is pulled, whose pushes wait, whom a change concerns, as things stand."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.queries.read import rows

HEAVY = text("""
    select id from users where follower_count > :above order by follower_count desc limit :most
""")
OWED = text("""
    select distinct cast(coalesce(
        payload ->> 'author_id', payload ->> 'followee_id', payload ->> 'user_id'
    ) as bigint) as author_id
    from outbox
    where queue = 'feeds' and done_at is null
          and change in ('PostPublished', 'FollowChanged', 'ProfileRecounted')
          and (change <> 'ProfileRecounted' or payload ->> 'followers' is not null)
    limit :most
""")
PUBLISHED = text("""
    select p.id as post_id, p.author_id, p.deleted_at is not null as is_gone,
           u.follower_count as followers
    from posts p join users u on u.id = p.author_id
    where p.id = any(:post_ids)
""")
FOLLOWERS = text("""
    select followee_id, follower_id from follows where followee_id = any(:author_ids)
""")
PAIR = text("""
    select u.follower_count as followers,
           exists (
               select from follows where follower_id = :follower_id and followee_id = u.id
           ) as follows
    from users u where u.id = :followee_id
""")


@dataclass(frozen=True, slots=True)
class Published:
    """A post as it stands; `followers` is how many its author has."""

    post_id: int
    author_id: int
    is_gone: bool
    followers: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Whether one follows the other, as it stands; `followers` is how many the other has."""

    followers: int
    follows: bool


async def heavy(engine: AsyncEngine, above: int, most: int) -> list[int]:
    """Authors with more followers than that, at most so many."""
    return [row["id"] for row in await rows(engine, HEAVY, above=above, most=most)]


async def owed(engine: AsyncEngine, most: int) -> list[int]:
    """Authors of whom fan-out has yet to push something, at most so many."""
    return [row["author_id"] for row in await rows(engine, OWED, most=most)]


async def published(engine: AsyncEngine, post_ids: Sequence[int]) -> list[Published]:
    """Posts that were written or deleted."""
    found = await rows(engine, PUBLISHED, post_ids=list(post_ids))
    return [Published(**row) for row in found]


async def followers(engine: AsyncEngine, author_ids: Sequence[int]) -> dict[int, list[int]]:
    """Who follows each author."""
    found: dict[int, list[int]] = {author_id: [] for author_id in author_ids}
    for row in await rows(engine, FOLLOWERS, author_ids=list(author_ids)):
        found[row["followee_id"]].append(row["follower_id"])
    return found


async def pair(engine: AsyncEngine, follower_id: int, followee_id: int) -> Pair:
    """How two of them stand to each other; they may be gone, and then nobody follows."""
    found = await rows(engine, PAIR, follower_id=follower_id, followee_id=followee_id)
    return Pair(**found[0]) if found else Pair(0, follows=False)

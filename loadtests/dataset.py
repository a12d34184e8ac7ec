"""What is in the template: the people and posts that the traffic is about, and how many."""

from loadtests.errors import LoadTestError
from loadtests.population import UNKNOWN, Population
from loadtests.result import Dataset
from loadtests.sql import connected

_FANS = """
    SELECT handle FROM follows JOIN users ON users.id = follower_id
    WHERE followee_id = $1 AND deleted_at IS NULL ORDER BY users.id
"""


async def read_population(url: str) -> Population:
    """Every user and post that is not deleted, without tokens.

    Raises LoadTestError when there are none.
    """
    async with connected(url) as connection:
        users = await connection.fetch(
            "SELECT id, handle, follower_count FROM users WHERE deleted_at IS NULL ORDER BY id"
        )
        posts = await connection.fetch(
            "SELECT id, author_id, upvotes FROM posts WHERE deleted_at IS NULL ORDER BY id"
        )
        most = max(users, key=lambda row: int(row["follower_count"]), default=None)
        fans = await connection.fetch(_FANS, most["id"] if most else 0)
    if not users or not posts:
        raise LoadTestError("The template database holds no users or no posts: `corral seed` it.")
    places = {row["id"]: place for place, row in enumerate(users)}
    return Population(
        handles=[row["handle"] for row in users],
        followers=[row["follower_count"] for row in users],
        posts=[row["id"] for row in posts],
        upvotes=[row["upvotes"] for row in posts],
        tokens={},
        authors=[places.get(row["author_id"], UNKNOWN) for row in posts],
        fans=[row["handle"] for row in fans],
    )


async def count_rows(url: str, source: str) -> Dataset:
    """Rows by table; `votes` are those on posts and on comments."""
    async with connected(url) as connection:

        async def rows(table: str) -> int:
            return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608

        return {
            "users": await rows("users"),
            "posts": await rows("posts"),
            "comments": await rows("comments"),
            "votes": await rows("post_votes") + await rows("comment_votes"),
            "follows": await rows("follows"),
            "source": source,
        }

"""What is in the template: the people and posts that the traffic is about, and how many."""

import asyncpg

from loadtests.errors import LoadTestError
from loadtests.population import Population
from loadtests.result import Dataset


async def read_population(url: str, tokens: dict[str, str]) -> Population:
    """Every user and post that is not deleted. Raises LoadTestError when there are none."""
    connection = await asyncpg.connect(url)
    try:
        users = await connection.fetch(
            "SELECT handle, follower_count FROM users WHERE deleted_at IS NULL ORDER BY id"
        )
        posts = await connection.fetch(
            "SELECT id, upvotes FROM posts WHERE deleted_at IS NULL ORDER BY id"
        )
    finally:
        await connection.close()
    if not users or not posts:
        raise LoadTestError("The template database holds no users or no posts: `corral seed` it.")
    return Population(
        handles=[row["handle"] for row in users],
        followers=[row["follower_count"] for row in users],
        posts=[row["id"] for row in posts],
        upvotes=[row["upvotes"] for row in posts],
        tokens=tokens,
    )


async def count_rows(url: str, source: str) -> Dataset:
    """Rows by table; `votes` are those on posts and on comments."""
    connection = await asyncpg.connect(url)
    try:
        counts = {
            "users": await connection.fetchval("SELECT count(*) FROM users"),
            "posts": await connection.fetchval("SELECT count(*) FROM posts"),
            "comments": await connection.fetchval("SELECT count(*) FROM comments"),
            "follows": await connection.fetchval("SELECT count(*) FROM follows"),
            "votes": await connection.fetchval(
                "SELECT (SELECT count(*) FROM post_votes) + (SELECT count(*) FROM comment_votes)"
            ),
        }
    finally:
        await connection.close()
    return Dataset(**counts, source=source)

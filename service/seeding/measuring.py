"""Figures of what is in the database: counted there, not taken from the generator's word."""

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from service.seeding.connection import Connection
from service.seeding.facts import count_rows
from service.seeding.figures import PUBLISHED, FanOut, Figure, Statistics
from service.seeding.sources import Source

THRESHOLDS = (100, 250, 500, 1_000, 5_000)
SAMPLE = 2_000  # posts, about, for what is dear to measure

PEOPLE = """
    select avg(following_count)::float8 as following_mean,
           percentile_disc(0.5) within group (order by following_count) as following_p50,
           percentile_disc(0.99) within group (order by following_count) as following_p99,
           max(following_count) as following_max, max(follower_count) as followers_max
    from users
"""
TEXTS = """
    select percentile_disc(0.5) within group (order by length(title)) as title_p50,
           percentile_disc(0.5) within group (order by length(body)) as post_p50,
           percentile_disc(0.99) within group (order by length(body)) as post_p99,
           max(comment_count) as comments_max,
           avg(comment_count)::float8 as comments_per_post
    from posts
"""
COMMENTS = """
    select percentile_disc(0.5) within group (order by length(body)) as comment_p50,
           percentile_disc(0.99) within group (order by length(body)) as comment_p99
    from comments
"""
# The exponent is fitted below the flat head and above the ragged tail.
SKEW = """
    with ranked as (
        select upvotes + downvotes as votes, views, count(*) over () as posts,
               row_number() over (order by upvotes + downvotes desc) as by_votes,
               row_number() over (order by views desc) as by_views
        from posts
    )
    select sum(votes) filter (where by_votes <= ceil(posts / 100.0))::float8
               / nullif(sum(votes), 0) as top_votes,
           sum(views) filter (where by_views <= ceil(posts / 100.0))::float8
               / nullif(sum(views), 0) as top_views,
           -regr_slope(ln(votes), ln(by_votes))
               filter (where votes > 0 and by_votes between posts / 100 and posts / 5) as zipf
    from ranked
"""
RECENT = """
    select (select count(*) from post_votes where created_at > $1)
               + (select count(*) from comment_votes where created_at > $1) as day_votes,
           (select count(*) from comments where created_at > $1) as day_comments,
           (select count(distinct tag_id) from post_tags) as tags
"""
# One in so many posts, by the milliseconds of their ids: as good as by chance, and repeatable.
DEPTH = """
    with recursive tree (id, depth) as (
        select c.id, 1 from comments c
        where c.parent_id is null and c.post_id in (
            select id from posts
            where (id >> 12) % greatest(1, (select count(*) from posts) / $1::bigint) = 0)
        union all
        select c.id, tree.depth + 1 from comments c join tree on c.parent_id = tree.id
    )
    select max(depth) as depth_max from tree
"""
BODIES = """
    select body from posts
    where (id >> 12) % greatest(1, (select count(*) from posts) / $1::bigint) = 0
"""
FAN_OUT = """
    with pulled as (select id from users where follower_count > $1),
    readers as (
        select follower_id, count(pulled.id) as pulled
        from follows left join pulled on pulled.id = followee_id group by follower_id
    )
    select $1 as threshold,
           (select count(*) from pulled) as authors_pulled,
           coalesce(sum(pulled)::float8 / (select count(*) from follows), 0) as writes_avoided,
           coalesce(avg(pulled)::float8, 0) as pulled_per_reader,
           coalesce(max(pulled), 0) as pulled_per_reader_max,
           (select coalesce(max(follower_count), 0) from users where follower_count <= $1)
               as largest_push
    from readers
"""


async def measure(
    connection: Connection,
    source: Source,
    *,
    seed: int,
    now: datetime,
    notes: Sequence[tuple[str, str]],
    took_s: float,
) -> Statistics:
    """All figures, in the order of `PUBLISHED`; one that has nothing to measure is left out."""
    values: dict[str, float | None] = {}
    for statement in (PEOPLE, TEXTS, COMMENTS, SKEW):
        values |= await connection.fetchrow(statement)
    values |= await connection.fetchrow(RECENT, now - timedelta(days=1))
    values |= await connection.fetchrow(DEPTH, SAMPLE)
    values["zlib"] = _compressed([row["body"] for row in await connection.fetch(BODIES, SAMPLE)])
    figures = []
    for key, published in PUBLISHED.items():
        value = values[key]
        if value is not None:
            figures.append(Figure(float(value), published))
    return Statistics(
        source=str(source),
        seed=seed,
        counts=await count_rows(connection),
        figures=figures,
        fan_out=[FanOut(**await connection.fetchrow(FAN_OUT, each)) for each in THRESHOLDS],
        notes=notes,
        took_s=took_s,
    )


def _compressed(bodies: Sequence[str]) -> float | None:
    """How many times smaller zlib makes each text, by their sums."""
    texts = [body.encode() for body in bodies]
    small = sum(len(zlib.compress(each)) for each in texts)
    return sum(map(len, texts)) / small if small else None

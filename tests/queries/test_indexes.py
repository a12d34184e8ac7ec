"""No list reads a whole table: every keyset query walks its index."""

import json
import math
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from service.feed.reputation import Points
from service.queries import accounts as read_accounts
from service.queries import (
    comments,
    copies,
    deleted,
    drift,
    fan_out,
    graph,
    idempotency,
    leaderboards,
    listings,
    lists,
    outbox,
    overlay,
    own_comments,
    pages,
    people,
    posts,
    tags,
    trending,
    users,
    views,
)
from service.queries.engine import driver_url
from service.queries.read import below
from service.queries.writes import (
    accounts,
    comment_votes,
    once,
    reactions,
    refresh_tokens,
    standing_comments,
    standing_posts,
    statements,
    votes,
)
from service.queries.writes import comments as new_comments
from tests.world import Databases

# Big enough for the planner to mind: 20,000 posts, 60,000 comments, 60,000 votes over 30 days.
# Triggers off, since foreign keys of generated rows hold by construction.
MANY = """
set session_replication_role = replica;
insert into users (handle, display_name) select 'u' || i, 'U' from generate_series(1, 1000) i;
create temp table person as select id, row_number() over (order by id) - 1 as n from users;
insert into follows (follower_id, followee_id)
select a.id, b.id from person a join person b on b.n between a.n + 1 and a.n + 20;
insert into posts (author_id, title, body, created_at)
select p.id, 'T', repeat('text ', 40), now() - make_interval(mins => i * 2)
from generate_series(1, 20000) i join person p on p.n = i % 1000;
create temp table written as select id, row_number() over (order by id) - 1 as n from posts;
insert into comments (post_id, author_id, body, created_at)
select w.id, p.id, 'text', now() - make_interval(secs => i * 43)
from generate_series(1, 60000) i join written w on w.n = i * 7 % 20000
join person p on p.n = i % 1000;
insert into post_votes (post_id, user_id, value, created_at)
select w.id, p.id, 1, now() - make_interval(secs => i * 43)
from generate_series(1, 60000) i join written w on w.n = i / 3
join person p on p.n = i % 1000;
insert into comment_votes (comment_id, user_id, value)
select c.id, p.id, 1 from (select id, row_number() over (order by id) as i from comments) c
join person p on p.n = c.i * 11 % 1000;
insert into refresh_tokens (user_id, family_id, token_hash, expires_at)
select p.id, i, sha256(i::text::bytea), now() + make_interval(secs => i)
from generate_series(1, 20000) i join person p on p.n = i % 1000;
insert into idempotency_keys (scope, key, fingerprint, status, body, created_at)
select 'user:' || i % 1000, i, '', 201, repeat('text ', 100)::bytea,
       now() - make_interval(secs => i * 5)
from generate_series(1, 20000) i;
insert into outbox (change, payload, queue, done_at)
select 'PostPublished', '{"author_id": 1}', 'feeds', now() from generate_series(1, 20000);
insert into tags (name) select 'tag-' || i from generate_series(0, 199) i;
insert into post_tags (post_id, tag_id)
select w.id, t.id from written w join tags t on t.name in ('tag-' || w.n % 200, 'tag-' || w.n % 7);
analyze;
"""
LARGE = {
    "posts",
    "comments",
    "post_votes",
    "comment_votes",
    "follows",
    "refresh_tokens",
    "idempotency_keys",
    "outbox",
}
BELOW = {"before": below(None), "limit": 21}
ANSWERED = {
    "scope": "user:7",
    "key": "7",
    "status": 201,
    "body": b"",
    "location": None,
    "etag": None,
}
STATEMENTS: dict[str, tuple[TextClause, dict[str, Any]]] = {
    "lists.AUTHOR": (lists.AUTHOR, BELOW),
    "lists.HOME": (lists.HOME, BELOW),
    "lists.FOLLOWERS": (lists.FOLLOWERS, {}),
    "fan_out.HEAVY": (fan_out.HEAVY, {"above": 400, "most": 10_001}),
    "fan_out.OWED": (fan_out.OWED, {"most": 1_001}),
    "fan_out.PUBLISHED": (fan_out.PUBLISHED, {"post_ids": [1, 2]}),
    "fan_out.FOLLOWERS": (fan_out.FOLLOWERS, {"author_ids": [1, 2]}),
    "fan_out.PAIR": (fan_out.PAIR, {"follower_id": 1, "followee_id": 2}),
    "outbox.TAKE": (outbox.TAKE, {"queue": "feeds", "older_s": 0, "but": [1], "limit": 50}),
    "comments.KNOTS": (comments.KNOTS, {}),
    "comments.TEXTS": (comments.TEXTS, {}),
    "comments.COMMENTS": (comments.COMMENTS, {}),
    "own_comments.OWN": (own_comments.OWN, {"since": 0}),
    "comments.PARENT": (new_comments.PARENT, {}),
    "standing_comments.POST_OF": (standing_comments.POST_OF, {}),
    "standing_comments.LOCK": (standing_comments.LOCK, {}),
    "comment_votes.LOCK": (comment_votes.LOCK, {}),
    "comment_votes.FORMER_VOTE": (comment_votes.FORMER_VOTE, {}),
    "graph.COMMENTS": (graph.COMMENTS, {}),
    "graph.AUTHOR": (graph.AUTHOR, {}),
    "overlay.VIEWERS": (overlay.VIEWERS, {}),
    "posts.POSTS": (posts.POSTS, {}),
    "posts.TEXTS": (posts.TEXTS, {}),
    "posts.COUNTS": (posts.COUNTS, {}),
    "posts.HEADS": (posts.HEADS, {}),
    "users.STANDING": (users.STANDING, {}),
    "users.VOTE_DAYS": (users.VOTE_DAYS, {}),
    "users.POST_COUNT": (users.POST_COUNT, {}),
    "users.COMMENT_COUNT": (users.COMMENT_COUNT, {}),
    "statements.LOCK_POST": (statements.LOCK_POST, {}),
    "votes.FORMER_VOTE": (votes.FORMER_VOTE, {}),
    "copies.WRITTEN": (copies.WRITTEN, {}),
    "copies.COMMENTED": (copies.COMMENTED, {}),
    "refresh_tokens.LOCK_OWNER": (refresh_tokens.LOCK_OWNER, {"token_hash": b"x"}),
    "refresh_tokens.TOKEN": (refresh_tokens.TOKEN, {"token_hash": b"x"}),
    "refresh_tokens.REVOKE": (refresh_tokens.REVOKE, {"family_id": 7}),
    "refresh_tokens.PURGE": (refresh_tokens.PURGE, {}),
    "accounts.DROP_TOKENS": (accounts.DROP_TOKENS, {}),
    "accounts.IS_ADMIN": (read_accounts.IS_ADMIN, {}),
    "accounts.CREDENTIALS": (read_accounts.CREDENTIALS, {"handle": "u7"}),
    "accounts.OWN_PROFILE": (read_accounts.OWN_PROFILE, {}),
    "accounts.SET_ADMIN": (accounts.SET_ADMIN, {"handle": "u7", "is_admin": True}),
    "once.FIND": (once.FIND, {"scope": "user:7", "key": "7"}),
    "once.KEEP": (once.KEEP, ANSWERED),
    "idempotency.PURGE": (idempotency.PURGE, {"keeps_s": 86400, "limit": 1000}),
    "lists.TOP of an hour": (lists.TOP, {}),
    "trending.POSTS of an hour": (trending.POSTS, {}),
    "trending.SUMS of an hour": (trending.SUMS, {}),
    "listings.NEWEST": (listings.NEWEST, BELOW),
    "listings.NEWEST_TAGGED": (listings.NEWEST_TAGGED, BELOW),
    "listings.HOTTEST": (listings.HOTTEST, {**BELOW, "hot": math.inf}),
    "listings.HOTTEST_TAGGED": (listings.HOTTEST_TAGGED, {**BELOW, "hot": math.inf}),
    "listings.TOP_TAGGED of an hour": (listings.TOP_TAGGED, {}),
    "tags.TAGS": (tags.TAGS, {}),
    "tags.TRENDING of an hour": (tags.TRENDING, {}),
    "people.FOLLOWERS": (people.FOLLOWERS, BELOW),
    "people.FOLLOWING": (people.FOLLOWING, BELOW),
    "deleted.POST": (deleted.POST, {}),
    "deleted.COMMENT": (deleted.COMMENT, {}),
    "deleted.USER": (deleted.USER, {"handle": "u7"}),
    "deleted.USERS": (deleted.USERS, {"handles": ["u7", "u8"]}),
    "pages.PAGE": (pages.PAGE, {"slug": "about"}),
    "standing_posts.LOCK": (standing_posts.LOCK, {}),
    "standing_posts.TAGS": (standing_posts.TAGS, {}),
    "standing_posts.UNTAG": (standing_posts.UNTAG, {"tags": ["tag-10"]}),
    "standing_posts.EDIT": (standing_posts.EDIT, {"title": "t", "body": None}),
    "standing_posts.EDITED": (standing_posts.EDITED, {}),
    "standing_posts.DELETE": (standing_posts.DELETE, {}),
    "reactions.UNREACT": (reactions.UNREACT, {"kind": "heart"}),
    "reactions.COUNT_REACTION": (reactions.COUNT_REACTION, {"kind": "heart", "step": 1}),
    "views.ADD": (views.ADD, {"ns": [1] * 20}),
    "drift.posts": (drift.FIND["posts"], {"after": 0, "limit": 100}),
    "drift.users": (drift.FIND["users"], {"after": 0, "limit": 100}),
    "drift.comments": (drift.FIND["comments"], {"after": 0, "limit": 100}),
}

KEYSETS = {
    "lists.AUTHOR": {"ix_posts_author_id_id"},
    "lists.HOME": {"ix_posts_author_id_id", "pk_follows"},
    "lists.FOLLOWERS": {"ix_follows_followee_id_follower_id"},
    "fan_out.HEAVY": {"ix_users_follower_count"},
    "fan_out.OWED": {"ix_outbox_waiting"},
    "outbox.TAKE": {"ix_outbox_waiting"},
    "comments.KNOTS": {"ix_comments_post_id_id"},
    "listings.NEWEST_TAGGED": {"ix_post_tags_tag_id_post_id"},
    "listings.HOTTEST": {"ix_posts_hot"},
    "people.FOLLOWERS": {"ix_follows_followee_id_follower_id"},
    "lists.TOP of an hour": {"ix_post_votes_created_at", "ix_comments_created_at"},
}


@pytest.fixture(scope="module")
async def connection(databases: Databases) -> AsyncIterator[AsyncConnection]:
    """To a database of a size that matters."""
    async with databases.copy_of("corral_test_empty") as url:
        engine = create_async_engine(driver_url(url), isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            await raw.execute(MANY)
            await raw.execute("set session_replication_role = origin")
            yield connection
        await engine.dispose()


@pytest.fixture(scope="module")
async def values(connection: AsyncConnection) -> Mapping[str, Any]:
    """Parameters by name, of things in the middle of the data."""
    found = await connection.execute(text("select id, author_id from posts order by id limit 20"))
    some = found.all()
    found = await connection.execute(text("select id from comments order by id limit 20"))
    said = [row.id for row in found]
    return {
        "post_id": some[10].id,
        "user_id": some[10].author_id,
        "ids": [post.id for post in some],
        "posts": [post.id for post in some],
        "comment_id": said[0],
        "parent_id": said[0],
        "shown": said,
        "deepest": 8,
        "authors": [post.author_id for post in some],
        "since": datetime.now(UTC) - timedelta(hours=1),
        "until": datetime.now(UTC),
        "era": int(datetime.now(UTC).timestamp() // trending.ERA_S),
        "tag": "tag-10",
        "names": ["tag-10", "tag-20"],
    }


async def plan_of(
    connection: AsyncConnection, statement: TextClause, values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The nodes of a statement's plan."""
    names = statement.compile().params
    explain = text(f"explain (format json) {statement.text}")
    found = await connection.execute(explain, {name: values[name] for name in names})
    content = found.scalar_one()
    [plan] = json.loads(content) if isinstance(content, str) else content
    return list(_nodes(plan["Plan"]))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def whole_tables(nodes: list[dict[str, Any]]) -> set[str]:
    """Large tables that a plan reads from end to end."""
    scans = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
    return scans & LARGE


@pytest.mark.parametrize("name", STATEMENTS)
async def test_a_read_walks_an_index(
    connection: AsyncConnection, values: Mapping[str, Any], name: str
) -> None:
    """With the planner's own choice between index and whole table."""
    statement, more = STATEMENTS[name]
    nodes = await plan_of(connection, statement, {**values, **more})
    assert whole_tables(nodes) == set()


def indexes(nodes: list[dict[str, Any]]) -> set[str]:
    """Indexes that a plan walks."""
    return {node["Index Name"] for node in nodes if "Index Name" in node}


@pytest.mark.parametrize("name", KEYSETS)
async def test_a_list_walks_the_index_made_for_it(
    connection: AsyncConnection, values: Mapping[str, Any], name: str
) -> None:
    """And not another one from end to end, throwing away what does not belong to the list."""
    statement, more = STATEMENTS[name]
    nodes = await plan_of(connection, statement, {**values, **more})
    assert indexes(nodes) >= KEYSETS[name]


@pytest.mark.parametrize(
    "name",
    [
        "lists.AUTHOR",
        "listings.NEWEST",
        "listings.NEWEST_TAGGED",
        "listings.HOTTEST",
        "people.FOLLOWERS",
        "people.FOLLOWING",
    ],
)
async def test_a_page_is_not_sorted(
    connection: AsyncConnection, values: Mapping[str, Any], name: str
) -> None:
    """The index gives the order: the cost of a page does not grow with the list behind it."""
    statement, more = STATEMENTS[name]
    nodes = await plan_of(connection, statement, {**values, **more})
    assert [node for node in nodes if node["Node Type"] == "Bitmap Heap Scan"] == []
    sorts = [node for node in nodes if node["Node Type"] == "Sort"]
    assert all(node["Plan Rows"] <= more["limit"] for node in sorts)


async def test_a_leaderboard_reads_every_table_once(
    connection: AsyncConnection, values: Mapping[str, Any]
) -> None:
    """All votes go into it, so whole tables are read; but none of them once for each user."""
    now = datetime.now(UTC)
    points = asdict(Points()) | {"base": 1, "since": now - timedelta(days=365)}
    nodes = await plan_of(connection, leaderboards.BOARD, {**values, **points})
    read = [node["Relation Name"] for node in nodes if "Relation Name" in node]
    assert sorted(read) == ["comment_votes", "comments", "post_votes", "posts", "users"]
    assert [node for node in nodes if node["Node Type"] == "Nested Loop"] == []


async def test_a_missing_index_would_be_found(
    connection: AsyncConnection, values: Mapping[str, Any]
) -> None:
    """Without it another plan is chosen: the checks above can fail."""
    raw = (await connection.get_raw_connection()).driver_connection
    assert raw is not None
    for name, needed in KEYSETS.items():
        await raw.execute("begin")
        try:
            for index in needed - {"pk_follows"}:
                await raw.execute(f"drop index {index}")
            statement, more = STATEMENTS[name]
            nodes = await plan_of(connection, statement, {**values, **more})
            assert not indexes(nodes) >= needed
        finally:
            await raw.execute("rollback")
    assert whole_tables(nodes) == {"post_votes", "comments"}

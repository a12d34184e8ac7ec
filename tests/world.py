"""A small world of twelve people and thirty-six posts, and the databases that hold it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import asyncpg

from service.embedded.servers import Servers

PEOPLE = (
    "ada", "barbara", "claude", "donald", "edsger", "frances",
    "grace", "hedy", "ivan", "john", "katherine", "leslie",
)  # fmt: skip

# Everything follows from ids by arithmetic, so that a test can be read beside it.
ROWS = f"""
insert into users (handle, display_name, bio)
select handle, initcap(handle), 'I am ' || handle
from unnest(array{list(PEOPLE)}) with ordinality as person (handle, place) order by place;

create temp table person as
select id, handle, row_number() over (order by id) as n from users;

insert into follows (follower_id, followee_id)
select a.id, b.id from person a, person b where a.id <> b.id and (a.n + b.n) % 3 = 0;

insert into posts (author_id, title, body, created_at)
select p.id, p.handle || ' on ' || i, repeat('A sentence about ' || i || '. ', 12),
       now() - make_interval(mins => (60 - i * 12 - p.n)::int)
from generate_series(1, 3) i, person p order by i, p.n;

create temp table post as
select id, author_id, row_number() over (order by id) as n from posts;

insert into pages (slug, title, body) values ('about', 'About', 'Twelve people.');

insert into tags (name) values ('caching'), ('databases');
insert into post_tags select post.id, tags.id from post, tags where (post.n + tags.id) % 2 = 0;

insert into post_votes (post_id, user_id, value, created_at)
select post.id, person.id, case when (post.n + person.n) % 5 = 0 then -1 else 1 end,
       now() - make_interval(mins => (person.n * 3)::int)
from post, person
where post.author_id <> person.id and (post.n * person.n) % 4 = 0;

insert into comments (post_id, author_id, body)
select post.id, person.id, person.handle || ' says something'
from person, post where (post.n + person.n) % 4 = 0 order by person.n, post.n;

insert into comment_votes (comment_id, user_id, value)
select c.id, person.id, 1 from comments c, person
where c.author_id <> person.id and (c.id + person.n) % 6 = 0;

insert into reactions (post_id, user_id, kind)
select post.id, person.id, 'heart' from post, person where (post.n + person.n) % 7 = 0;

update posts p set
    upvotes = (select count(*) from post_votes v where v.post_id = p.id and v.value = 1),
    downvotes = (select count(*) from post_votes v where v.post_id = p.id and v.value = -1),
    comment_count = (select count(*) from comments c where c.post_id = p.id),
    reaction_counts = coalesce((select jsonb_object_agg(kind, n) from (
        select kind, count(*) as n from reactions r
        where r.post_id = p.id group by kind) k), '{{}}');
update comments c set
    upvotes = (select count(*) from comment_votes v where v.comment_id = c.id);
update users u set
    post_count = (select count(*) from posts where author_id = u.id),
    follower_count = (select count(*) from follows where followee_id = u.id),
    following_count = (select count(*) from follows where follower_id = u.id),
    is_admin = handle = 'barbara';
analyze;
"""


class Databases:
    """Makes databases from templates, and drops them again."""

    def __init__(self, connection: asyncpg.Connection, servers: Servers) -> None:
        self._connection = connection
        self._servers = servers
        self._numbers = count(1)

    async def new(self, name: str, template: str) -> str:
        """Make a database, replacing a former one; returns its URL."""
        await self._connection.execute(f"drop database if exists {name} with (force)")
        await self._connection.execute(f"create database {name} template {template}")
        return self._servers.database(name)

    @asynccontextmanager
    async def copy_of(self, template: str) -> AsyncIterator[str]:
        """URL of a copy that lives as long as the block."""
        name = f"corral_test_{next(self._numbers)}"
        yield await self.new(name, template)
        await self._connection.execute(f"drop database {name} with (force)")

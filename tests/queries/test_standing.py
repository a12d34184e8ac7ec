"""Standings from SQL agree with plain counting, for everybody; so do all strategies."""

from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC
from typing import Any

import asyncpg
import pytest

from service.embedded.servers import Servers
from service.strategies import STRATEGIES
from tests.strategies.service import Service, on_copy
from tests.world import PEOPLE, Databases

# A world with every case in it: votes on days that only UTC tells apart, a day over the cap,
# somebody who lost more than he had, votes for oneself, votes on what was deleted since.
VOTES = """
create temp table person as select id, handle, row_number() over (order by id) as n from users;
create temp table post as select p.id, u.handle from posts p join users u on u.id = p.author_id;
delete from post_votes v using post
where v.post_id = post.id and handle in ('ada', 'barbara', 'claude');
insert into post_votes (post_id, user_id, value, created_at)
select post.id, person.id, case post.handle when 'claude' then -1 else 1 end,
       case post.handle
           when 'ada' then '2026-03-01 23:30Z'::timestamptz + n * interval '5 minutes'
           else '2026-03-01 12:00Z' end
from post, person where post.handle in ('ada', 'barbara', 'claude');
insert into comment_votes (comment_id, user_id, value)
select c.id, person.id, case when n % 3 = 0 then -1 else 1 end from comments c, person
where (c.id + n) % 5 = 0 on conflict do nothing;
delete from comment_votes v using comments c, users u
where v.comment_id = c.id and u.id = c.author_id and u.handle = 'claude';
update posts set deleted_at = now() where title in ('grace on 2', 'hedy on 1');
update comments set deleted_at = now() where id % 7 = 0;
update users u set post_count = (select count(*) from posts p
    where p.author_id = u.id and p.deleted_at is null);
"""
RECEIVED = """
select p.author_id as author, v.user_id as voter, v.value, v.created_at, 10 as up, 2 as down
from post_votes v join posts p on p.id = v.post_id where p.deleted_at is null
union all
select c.author_id, v.user_id, v.value, v.created_at, 2, 1
from comment_votes v join comments c on c.id = v.comment_id where c.deleted_at is null
"""
CAP = 200


@pytest.fixture(scope="module")
async def voted_world(databases: Databases) -> str:
    """The name of that world's database."""
    url = await databases.new("corral_test_votes", "corral_test_world")
    connection = await asyncpg.connect(url)
    await connection.execute(VOTES)
    await connection.close()
    return "corral_test_votes"


@pytest.fixture(scope="module", params=STRATEGIES)
async def service(
    request: pytest.FixtureRequest, databases: Databases, servers: Servers, voted_world: str
) -> AsyncIterator[Service]:
    """Each strategy on that world; its sessions live in another time zone than UTC."""
    async with on_copy(request.param, voted_world, databases, servers) as service:
        name = service.database_url.rpartition("/")[2]
        await service.rows(f"alter database {name} set timezone to 'Asia/Kathmandu'")
        yield service


async def expected(service: Service) -> dict[str, dict[str, Any]]:
    """Everybody's standing, counted vote by vote."""
    gained: dict[int, dict[Any, int]] = defaultdict(lambda: defaultdict(int))
    lost: dict[int, int] = defaultdict(int)
    ups: dict[int, int] = defaultdict(int)
    downs: dict[int, int] = defaultdict(int)
    for row in await service.rows(RECEIVED):
        if row["voter"] == row["author"]:
            continue
        if row["value"] == 1:
            day = row["created_at"].astimezone(UTC).date()
            gained[row["author"]][day] += row["up"]
            ups[row["author"]] += 1
        else:
            lost[row["author"]] += row["down"]
            downs[row["author"]] += 1
    return {
        handle: {
            "handle": handle,
            "reputation": max(
                1, 1 + sum(min(points, CAP) for points in gained[user_id].values()) - lost[user_id]
            ),
            "posts": await count(service, "posts", user_id),
            "comments": await count(service, "comments", user_id),
            "upvotes": ups[user_id],
            "downvotes": downs[user_id],
        }
        for handle, user_id in service.client.ids.items()
    }


async def count(service: Service, table: str, user_id: int) -> int:
    """What somebody wrote that still stands."""
    query = f"select count(*) as n from {table} where author_id = $1 and deleted_at is null"
    return int((await service.rows(query, user_id))[0]["n"])


async def test_everybody_stands_where_the_votes_put_him(service: Service) -> None:
    """Asked twice: from the rows, and from whatever was cached of them."""
    standings = await expected(service)
    assert standings["claude"]["reputation"] == 1
    assert standings["claude"]["downvotes"] == 33
    assert standings["barbara"]["upvotes"] >= 33
    assert 201 <= standings["barbara"]["reputation"] < 260
    assert standings["ada"]["reputation"] >= 321
    for _ in range(2):
        for handle in PEOPLE:
            shown = await service.client.get(f"/v1/users/{handle}/reputation")
            assert shown.pop("as_of")
            assert standings[handle] == shown


async def test_a_day_is_a_day_in_utc(service: Service) -> None:
    """The votes on ada's posts fall on both sides of midnight there, on one side at home."""
    found = await service.rows("""
        select distinct (v.created_at at time zone 'utc')::date as utc,
               (v.created_at at time zone 'Asia/Kathmandu')::date as home
        from post_votes v join posts p on p.id = v.post_id
        join users u on u.id = p.author_id where u.handle = 'ada'
    """)
    assert len({row["utc"] for row in found}) == 2
    assert len({row["home"] for row in found}) == 1
    [zone] = await service.rows("show timezone")
    assert zone["TimeZone"] == "Asia/Kathmandu"

"""Leaderboards agree with every single reputation; ranks, ties, windows, one's own place."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from service.embedded.servers import Servers
from service.feed.boards import BoardPage
from service.feed.models import Page
from service.feed.reputation import Points
from service.http.conditional import entity_tag
from service.queries import leaderboards
from service.queries.engine import connect
from tests.clients import serving
from tests.http.problems import problem
from tests.queries.test_standing import VOTES
from tests.strategies.service import Service, on_copy
from tests.world import PEOPLE, Databases

PATH = "/v1/leaderboards/reputation"
# On top of a world with every case in it: two who stand alike, and votes of other times.
MORE = """
delete from post_votes v using posts p, users u
where p.id = v.post_id and u.id = p.author_id and u.handle in ('ivan', 'john', 'leslie');
delete from comment_votes v using comments c, users u
where c.id = v.comment_id and u.id = c.author_id and u.handle in ('ivan', 'john', 'leslie');
insert into post_votes (post_id, user_id, value, created_at)
select min(p.id), min(voter.id), 1, now() - case u.handle when 'ivan' then interval '3 days'
       else interval '20 days' end
from users u join posts p on p.author_id = u.id, users voter
where u.handle in ('ivan', 'john') and voter.handle = 'ada' group by u.handle
"""


@pytest.fixture(scope="module")
async def service(databases: Databases, servers: Servers) -> AsyncIterator[Service]:
    """Layered on that world; its sessions live in another time zone than UTC."""
    async with on_copy("layered", "corral_test_world", databases, servers) as service:
        name = service.database_url.rpartition("/")[2]
        connection_script = VOTES + MORE
        await run(service, connection_script)
        await service.rows(f"alter database {name} set timezone to 'Asia/Kathmandu'")
        yield service


async def run(service: Service, script: str) -> None:
    """Several statements in one session."""
    connection = await asyncpg.connect(service.database_url)
    try:
        await connection.execute(script)
    finally:
        await connection.close()


async def expected(service: Service) -> list[tuple[int, str, int]]:
    """Rank, handle and reputation of everybody who has more than anybody starts with."""
    standings = []
    for handle in PEOPLE:
        shown = await service.client.get(f"/v1/users/{handle}/reputation")
        standings.append((handle, shown["reputation"]))
    standings = [each for each in standings if each[1] > Points().least]
    standings.sort(key=lambda each: (-each[1], service.client.ids[each[0]]))
    points = [each[1] for each in standings]
    return [(points.index(points_) + 1, handle, points_) for handle, points_ in standings]


def shown(page: Any) -> list[tuple[int, str, int]]:
    """The same of an answer."""
    return [(each["rank"], each["user"]["handle"], each["reputation"]) for each in page["items"]]


async def test_everybody_stands_as_their_reputation_says(service: Service) -> None:
    """One query over all gives what one for each gives; equal ones share a rank, listed by id."""
    found = await expected(service)
    page = await service.client.get(PATH)
    assert found == shown(page)
    assert page["next"] is None
    assert datetime.now(UTC) - datetime.fromisoformat(page["as_of"]) < timedelta(minutes=1)
    ranks = [rank for rank, _, _ in found]
    assert len(set(ranks)) < len(ranks)
    [ivan, john] = [each for each in found if each[1] in ("ivan", "john")]
    assert ivan[0] == john[0]
    assert not any(handle == "leslie" for _, handle, _ in found)


@pytest.mark.parametrize("limit", [1, 2, 5])
async def test_a_window_of_ranks_goes_on_where_the_last_ended(service: Service, limit: int) -> None:
    """Also between two who stand alike; `Link` and `next` say the same."""
    whole = shown(await service.client.get(PATH))
    found: list[tuple[int, str, int]] = []
    path: str | None = f"{PATH}?limit={limit}"
    while path is not None and len(found) <= len(whole):
        answer = await service.client.send("GET", path)
        found += shown(answer.json())
        assert (answer.json()["next"] is None) == ("next" not in answer.links)
        path = answer.links["next"]["url"] if "next" in answer.links else None
    assert whole == found


async def test_a_period_counts_what_fell_in_it(service: Service) -> None:
    """John's vote is of last month and no longer of this week; who gained nothing is not there."""
    week = shown(await service.client.get(f"{PATH}?period=week"))
    month = shown(await service.client.get(f"{PATH}?period=month"))
    assert ("ivan", 10) in [each[1:] for each in week]
    assert "john" not in [each[1] for each in week]
    assert {("ivan", 10), ("john", 10)} <= {each[1:] for each in month}


async def test_ones_own_place_has_five_neighbours_on_each_side(service: Service) -> None:
    """Fewer at an end; oneself among them."""
    whole = shown(await service.client.get(PATH))
    for place, (rank, handle, _) in enumerate(whole):
        own = await service.client.get(f"{PATH}/me", by=handle)
        assert rank == own["rank"]
        assert whole[max(0, place - 5) : place + 6] == shown(own)


async def test_who_gained_nothing_has_no_rank(service: Service) -> None:
    """And who is not signed in has no place of one's own."""
    own = await service.client.get(f"{PATH}/me", by="leslie")
    assert (own["rank"], own["items"]) == (None, [])
    answer = await service.client.send("GET", f"{PATH}/me")
    assert answer.status_code == 401
    problem(answer)
    assert (await service.client.send("GET", f"{PATH}?period=year")).status_code == 422


async def test_it_is_kept_and_computed_anew_when_it_is_expired(service: Service) -> None:
    """A warm one costs no statement; one that was dropped shows the last vote."""
    await service.client.get(PATH)
    assert await service.client.statements(lambda: service.client.get(PATH)) == 0
    post_id = (await service.client.get("/v1/users/leslie/posts"))["items"][0]["id"]
    path = f"/v1/posts/{post_id}/vote"
    await service.client.send("PUT", path, by="ada", json={"value": 1})
    await service.client.expire("board:all")
    assert (1 + 10) in [points for _, who, points in await board(service) if who == "leslie"]
    await service.client.send("PUT", path, by="ada", json={"value": 0})
    await service.client.expire("board:all")


async def board(service: Service) -> list[tuple[int, str, int]]:
    """The board of all time."""
    return shown(await service.client.get(PATH))


async def test_reputations_follow_the_settings(databases: Databases, servers: Servers) -> None:
    """A vote is worth what `CORRAL_POINTS` says, in a standing and on the board."""
    points = Points(post_up=7, post_down=0, comment_up=0, comment_down=0, cap_a_day=1000, least=3)
    redis_url = servers.redis_urls["article"]
    async with (
        databases.copy_of("corral_test_world") as url,
        serving("article", url, redis_url, points=points) as client,
    ):
        page = await client.get(PATH)
        assert page["items"]
        for each in page["items"]:
            handle = each["user"]["handle"]
            standing = await client.get(f"/v1/users/{handle}/reputation")
            assert each["reputation"] == standing["reputation"]
            assert standing["reputation"] % 7 == 3


@pytest.mark.parametrize(
    "points",
    [Points(cap_a_day=100_0), Points(post_up=5), Points(comment_up=3), Points(post_down=-1)],
    ids=["no cap", "post", "comment", "loss"],
)
async def test_the_query_follows_the_settings(service: Service, points: Points) -> None:
    """With other points it gives another board: each of them has a part in it."""
    engine = connect(service.database_url)
    try:
        now = datetime.now(UTC)
        usual = await leaderboards.board(engine, "all", Points(), now)
        assert usual != await leaderboards.board(engine, "all", points, now)
    finally:
        await engine.dispose()


@pytest.mark.parametrize(("path", "by"), [(PATH, None), (f"{PATH}/me", "ada")])
async def test_a_304_is_of_the_same_board(service: Service, path: str, by: str | None) -> None:
    """As of the same moment: one that was computed anew is sent, though nobody has moved."""
    client = service.client
    first = await client.send("GET", path, by=by)
    known = {"If-None-Match": first.headers["etag"]}
    assert (await client.send("GET", path, by=by, headers=known)).status_code == 304
    await client.expire("board:all")
    anew = await client.send("GET", path, by=by, headers=known)
    assert anew.status_code == 200
    assert first.json()["items"] == anew.json()["items"]
    assert first.json()["as_of"] < anew.json()["as_of"]


def test_without_its_time_in_the_etag_an_older_board_would_pass() -> None:
    """The switch: as a plain list, two boards of the same places are one."""
    boards = [BoardPage([], None, datetime(2026, 1, day, tzinfo=UTC)) for day in (1, 2)]
    assert 2 == len({entity_tag(board) for board in boards})
    assert 1 == len({entity_tag(Page(board.items, board.next)) for board in boards})

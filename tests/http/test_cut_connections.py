"""A connection that breaks after the commit loses no post, and makes none twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest

from service.embedded.servers import Servers
from service.http.tokens import Tokens
from service.queries.writes import SqlWrites
from tests.clients import SECRET
from tests.http.cutting import EVERY_FIFTH, cutting, listening
from tests.strategies.service import Service, on_copy
from tests.world import Databases

POSTS = 500
AT_ONCE = 16


@pytest.fixture
async def service(databases: Databases, servers: Servers) -> AsyncIterator[Service]:
    """One whose posts can be counted."""
    async with on_copy("layered", "corral_test_world", databases, servers) as service:
        yield service


async def publish_all(service: Service, posts: int) -> list[httpx.Response]:
    """Publish so many posts as a careful client does: again, under the same key, after a break."""
    places = asyncio.Semaphore(AT_ONCE)
    token = Tokens(SECRET.encode()).make(service.client.ids["ada"], "ada")

    async def publish(broken: str, whole: str, number: int) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"cut-{number}"}
        post = {"title": f"Cut {number}", "body": "whole"}
        async with places:
            with pytest.raises(httpx.TransportError):
                await http.post(broken, json=post, headers=headers)
            while True:
                again = await http.post(whole, json=post, headers=headers)
                if again.status_code != 409:  # the first may still run
                    return again

    async with (
        listening(service.client.app) as whole,
        cutting(whole) as broken,
        httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0)) as http,
    ):
        one, other = (f"http://127.0.0.1:{port}/v1/posts" for port in (broken, whole))
        return await asyncio.gather(*(publish(one, other, number) for number in range(posts)))


async def made(service: Service) -> Counter[str]:
    """How many posts there are of each title."""
    found = await service.rows(
        "select title, count(*) as n from posts where title like 'Cut %' group by title"
    )
    return Counter({row["title"]: row["n"] for row in found})


async def test_no_post_is_lost_and_none_is_doubled(service: Service) -> None:
    """Five hundred, each sent again after its connection was cut; each answer names its post."""
    answers = await publish_all(service, POSTS)
    assert Counter({201: POSTS}) == Counter(answer.status_code for answer in answers)
    assert Counter({f"Cut {n}": 1 for n in range(POSTS)}) == await made(service)
    rows = await service.rows("select id, title from posts where title like 'Cut %'")
    assert {row["title"]: row["id"] for row in rows} == {
        answer.json()["title"]: answer.json()["id"] for answer in answers
    }
    replayed = sum("idempotency-replayed" in answer.headers for answer in answers)
    assert replayed >= POSTS - POSTS // EVERY_FIFTH


async def test_control_without_its_key_in_the_transaction_posts_are_doubled(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: every post whose answer was on its way when the connection was cut."""

    async def forget(*_: object) -> None:
        """Keep nothing."""

    monkeypatch.setattr(SqlWrites, "claim", forget)
    monkeypatch.setattr(SqlWrites, "keep", forget)
    posts = 50
    await publish_all(service, posts)
    doubled = [title for title, times in (await made(service)).items() if times == 2]
    assert len(doubled) >= posts - posts // EVERY_FIFTH

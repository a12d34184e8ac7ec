"""Rankings that nothing ends by time: dropped with each post that comes or goes (decision 0016)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, get_args

import pytest

from service import keys
from service.embedded.servers import Servers
from service.feed.boards import Period
from service.feed.models import Window
from service.strategies.tools import Tools
from tests.strategies.service import Service, on_copy
from tests.strategies.test_same_answers import AUTHOR, STRANGER, Step, compare, open_sessions
from tests.world import Databases

TAG = "caching"
READS = [
    Step("GET", "/v1/posts?sort=hot"),
    Step("GET", f"/v1/posts?sort=hot&tag={TAG}"),
    *(Step("GET", f"/v1/posts?sort=top&window={each}&tag={TAG}") for each in get_args(Window)),
    Step("GET", "/v1/tags"),
    Step("GET", "/v1/trending/tags"),
    *(Step("GET", f"/v1/leaderboards/reputation?period={each}") for each in get_args(Period)),
]
BOARDS = {keys.BOARD.key(period) for period in get_args(Period)}
TAGS = {keys.TAGS.key("used"), keys.TAGS.key("trending")}
OF_TAG = {keys.HOT.key(TAG), *(keys.TAG_TOP.key(f"{each}:{TAG}") for each in get_args(Window))}
ALL = {keys.HOT.key(keys.ALL_POSTS), *OF_TAG, *TAGS, *BOARDS}
ANY: dict[str, Any] = {"headers": {"If-Match": "*"}}


@pytest.fixture(params=["naive", "article"])
async def service(
    request: pytest.FixtureRequest, databases: Databases, servers: Servers
) -> AsyncIterator[Service]:
    """One that gives its entries no life, and one that gives each some, on copies."""
    async with on_copy(request.param, "corral_test_world", databases, servers) as service:
        yield service


async def kept(service: Service) -> set[str]:
    """Which of the rankings are kept."""
    return ALL & set(await service.ttls())


async def warm(service: Service) -> None:
    """Read them all."""
    for read in READS:
        await service.client.get(read.path)
    assert ALL == await kept(service)


async def publish(service: Service) -> int:
    """A post with the tag."""
    sent = {"title": "New", "body": "Text", "tags": [TAG]}
    answer = await service.client.send("POST", "/v1/posts", by=AUTHOR, json=sent)
    assert answer.status_code == 201, answer.text
    made: int = answer.json()["id"]
    return made


async def test_they_go_with_a_post_that_comes_or_goes(service: Service) -> None:
    """Where nothing else would end them; where a life does, they stay."""
    client, frozen = service.client, service.name == "article"
    await warm(service)
    path = f"/v1/posts/{await publish(service)}"
    assert await kept(service) == (ALL if frozen else set())
    await warm(service)
    await client.send("PUT", f"{path}/vote", by="ada", json={"value": 1})
    assert ALL == await kept(service)
    await client.send("PATCH", path, by=AUTHOR, json={"title": "Newer"}, **ANY)
    assert ALL == await kept(service)
    await client.send("PATCH", path, by=AUTHOR, json={"tags": []}, **ANY)
    assert await kept(service) == ALL - OF_TAG - (set() if frozen else TAGS)
    await client.send("PATCH", path, by=AUTHOR, json={"tags": [TAG]}, **ANY)
    await warm(service)
    await client.send("DELETE", path, by=AUTHOR, **ANY)
    assert await kept(service) == (ALL if frozen else set())
    await warm(service)
    await client.send("DELETE", "/v1/me", by="edsger")
    assert await kept(service) == (ALL if frozen else ALL - BOARDS)


@pytest.mark.parametrize("service", ["naive"], indirect=True)
async def test_control_taken_for_mortal_they_stay_for_ever(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch."""
    monkeypatch.setattr(Tools, "expires", lambda *_: True)
    await warm(service)
    await publish(service)
    assert ALL == await kept(service)


async def test_naive_says_what_the_rows_say_once_somebody_publishes(
    databases: Databases, servers: Servers
) -> None:
    """Votes and comments move places for others in time, for `naive` with the next post."""
    old = "/v1/posts/{old}"
    talk = [
        Step("PATCH", old, by=AUTHOR, body={"tags": [TAG]}, headers={"If-Match": "*"}),
        *READS,
        *(Step("PUT", f"{old}/vote", by=by, body={"value": 1}) for by in ("ada", "ivan", "john")),
        Step("POST", f"{old}/comments", body={"body": "Well said."}),
        Step("DELETE", "/v1/me", by="edsger"),
    ]
    sent = {"title": "New", "body": "Text", "tags": [TAG]}
    async with AsyncExitStack() as stack:
        sessions = await open_sessions(stack, databases, servers, ["no_cache", "naive"])
        await compare(sessions, talk)
        with pytest.raises(AssertionError, match="naive"):
            await compare(sessions, READS)
        await compare(sessions, [Step("POST", "/v1/posts", by=AUTHOR, body=sent, makes="post")])
        await compare(sessions, [*READS, Step("GET", READS[1].path, by=STRANGER)])

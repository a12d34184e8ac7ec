"""What each strategy counts of itself, as Prometheus reads it."""

import contextlib
import re
import socket
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from service import keys
from service.app import statsd
from service.embedded.servers import Servers
from service.patterns.metering import Metering
from service.strategies.counted import counted as counted_drops
from service.strategies.outdated import Outdated
from tests.http.problems import problem
from tests.strategies.every_endpoint import post_of
from tests.strategies.service import Service, on_copy
from tests.world import Databases

LINE = re.compile(r"(\w+)\{([^}]*)\} (\d+)$")


async def counted(service: Service) -> Counter[tuple[str, ...]]:
    """Every count above zero, by name and label values."""
    answer = await service.client.send("GET", "/metrics")
    assert answer.status_code == 200
    found: Counter[tuple[str, ...]] = Counter()
    for line in answer.text.splitlines():
        if (match := LINE.match(line)) and int(match[3]):
            found[(match[1], *re.findall(r'"([^"]*)"', match[2]))] = int(match[3])
    return found


@pytest.mark.parametrize("name", ["no_cache", "naive"])
async def test_who_counts_nothing_says_so(
    name: str, databases: Databases, servers: Servers
) -> None:
    """The article's fourth mistake."""
    async with on_copy(name, "corral_test_world", databases, servers) as service:
        answer = await service.client.send("GET", "/metrics")
        assert answer.status_code == 404
        assert "counts nothing" in problem(answer)["detail"]


async def test_layered_counts_by_layer(databases: Databases, servers: Servers) -> None:
    """A cold read is a miss in both layers and one load; a warm one a hit in the nearer."""
    async with on_copy("layered", "corral_test_world", databases, servers) as service:
        post_id = await post_of(service.client)
        await service.client.expire(f"post:{post_id}")
        cold = await counted(service)
        await service.client.get(f"/v1/posts/{post_id}")
        after = await counted(service) - cold
        assert after["cache_requests_total", "post", "l1", "miss"] == 1
        assert after["cache_requests_total", "post", "l2", "miss"] == 1
        assert after["cache_loads_total", "post", "miss", "ok"] == 1
        warm = await counted(service)
        await service.client.get(f"/v1/posts/{post_id}")
        after = await counted(service) - warm
        assert after["cache_requests_total", "post", "l1", "hit"] == 1
        assert after["cache_requests_total", "counts", "l2", "hit"] == 1
        assert not [key for key in after if key[0] == "cache_loads_total"]


async def test_a_remembered_absence_is_counted_apart(
    databases: Databases, servers: Servers
) -> None:
    """A hit that says no is not what a cache is for."""
    async with on_copy("layered", "corral_test_world", databases, servers) as service:
        for _ in range(2):
            await service.client.send("GET", "/v1/users/nobody")
        assert (await counted(service))["cache_requests_total", "profile", "l2", "negative"] == 1


async def test_the_article_counts_hits_and_misses(databases: Databases, servers: Servers) -> None:
    """By prefix, in the one layer that it has."""
    async with on_copy("article", "corral_test_world", databases, servers) as service:
        for _ in range(3):
            await service.client.get("/v1/users/barbara")
        found = await counted(service)
        assert found["cache_requests_total", "profile", "l2", "miss"] == 1
        assert found["cache_requests_total", "profile", "l2", "hit"] == 2
        assert not [key for key in found if "l1" in key]


async def test_invalidations_are_counted_by_their_cause(
    databases: Databases, servers: Servers
) -> None:
    """A write, or somebody's hand; and by what they made outdated."""
    async with on_copy("layered", "corral_test_world", databases, servers) as service:
        post_id = await post_of(service.client)
        before = await counted(service)
        await service.client.send(
            "PUT", f"/v1/posts/{post_id}/vote", by="claude", json={"value": 1}
        )
        await service.client.expire("top:day")
        after = await counted(service) - before
        found = {key[1:] for key in after if key[0] == "cache_invalidations_total"}
        written = {("counts", "write"), ("ranking", "write"), ("reputation", "write")}
        assert written | {("top", "manual")} == found


async def test_a_drop_that_fails_is_not_counted() -> None:
    """Until somebody has made it good."""
    metering = Metering(["profile"], layers=("l1",))

    class Away:
        """Caches that cannot be reached."""

        async def drop(self, _entries: Sequence[Any]) -> None:
            """Fail."""
            raise ConnectionError("away")

    drops = counted_drops(Away(), metering, "write")
    with pytest.raises(ConnectionError):
        await drops.drop([Outdated(keys.PROFILE, "ada")])
    assert 'cache_invalidations_total{cache="profile",reason="write"} 0' in metering.text()


async def test_a_statsd_agent_is_told_when_one_is_named(
    databases: Databases, servers: Servers
) -> None:
    """As the article does it: hits and misses, tagged with the prefix."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent:
        agent.bind(("127.0.0.1", 0))
        agent.setblocking(False)
        where = f"127.0.0.1:{agent.getsockname()[1]}"
        async with on_copy(
            "article", "corral_test_world", databases, servers, statsd=where
        ) as service:
            for _ in range(2):
                await service.client.get("/v1/users/barbara")
        heard = b"\n".join(iter(lambda: _datagram(agent), b"")).decode()
    assert "cache.miss:1|c|#key_prefix:profile,layer:l2" in heard
    assert "cache.hit:1|c|#key_prefix:profile,layer:l2" in heard


def _datagram(agent: socket.socket) -> bytes:
    with contextlib.suppress(BlockingIOError):
        return agent.recv(2048)
    return b""


def test_an_agent_without_an_address_is_refused() -> None:
    """When the service is made, and not with the first hit."""
    with pytest.raises(ValueError, match=r"CORRAL_STATSD: there is no agent at nowhere\.invalid:1"):
        statsd("nowhere.invalid:1")

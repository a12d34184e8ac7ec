"""What lies in Redis after every endpoint was asked: names and lives of all keys."""

import re

import pytest
from redis.asyncio import Redis

from service import keys
from service.embedded.servers import Servers
from service.keys import KINDS, LEAST_TTL_S, Kind
from tests.strategies.an_account import LIFE
from tests.strategies.every_endpoint import READS, WRITES, drive
from tests.strategies.service import Service, on_copy
from tests.waiting import until
from tests.world import Databases

# What is on its way to the database: no strategy may keep it for ever, or without the others' life.
NOT_CACHED = {keys.VIEWED, keys.VIEWS}
SUFFIXES = re.compile(r"^(?:lock:)?(.*?)(?::[vlhgdbz])?$")


def kind_of(key: str) -> Kind:
    """Whose key it is. Raises LookupError for one that `keys.py` does not know."""
    found = SUFFIXES.match(key)
    assert found is not None
    for kind in KINDS.values():
        if re.fullmatch(re.escape(kind.pattern.format("X")).replace("X", r"[a-z0-9_:]+"), found[1]):
            return kind
    raise LookupError(key)


def _route(path: str) -> str:
    """The route of a path that is asked."""
    for told, name in (
        ("{(post|spare)}", "{post_id}"),
        ("{(comment|vain)}", "{comment_id}"),
        ("/barbara", "/{handle}"),
        ("/heart", "/{kind}"),
        ("/about", "/{slug}"),
        ("/caching", "/{name}"),
    ):
        path = re.sub(told, name, path)
    return path


@pytest.fixture(scope="module")
async def found(service: Service) -> dict[str, int | None]:
    """All keys with their TTL in ms, after every endpoint; without those of what was deleted.

    Lists still name it, and that it is absent may be remembered, shortly.
    """
    gone = await drive(service.client)

    async def is_settled() -> bool:
        # The relay drops the ranking after what a writer did not mark, and who asks next begins
        # one beside the requests: it is not there, or whole, and never looked at half made.
        await service.client.get("/v1/trending/posts")
        names = {key for key in await service.ttls() if key.startswith("ranking:")}
        return {name[-2:] for name in names} in (set(), {":z", ":h"})

    await until(is_settled)
    return {key: ttl for key, ttl in (await service.ttls()).items() if f"{{{gone}}}" not in key}


async def test_every_endpoint_is_driven(service: Service) -> None:
    """Whatever route is added has to be added there."""
    routes = {
        (method.upper(), path)
        for path, methods in service.client.app.openapi()["paths"].items()
        for method in methods
        if path.startswith("/v1/") and "/admin/" not in path
    }
    asked = {(request.method, re.sub(r"\?.*", "", request.path)) for request in (*READS, *WRITES)}
    assert routes == {(method, _route(path)) for method, path in asked} | LIFE


def test_every_key_is_known(service: Service, found: dict[str, int | None]) -> None:
    """No key but those of `keys.KINDS`, as they are or with the suffix of a layer."""
    kinds = {kind_of(key).name for key in found}
    if service.name == "no_cache":
        assert found == {}
    else:
        assert {"post", "profile", "author", "feed", "top", "trending"} <= kinds


def test_keys_live_as_their_strategy_says(service: Service, found: dict[str, int | None]) -> None:
    """Naive keeps everything for ever; the others nothing for longer than its kind allows."""
    for key, ttl_ms in found.items():
        if service.name == "naive" and kind_of(key) not in NOT_CACHED:
            assert ttl_ms is None, key
        else:
            assert ttl_ms is not None, key
            assert ttl_ms <= kind_of(key).ttl_s * 1000, key


def test_lives_are_long_enough_to_be_of_use(found: dict[str, int | None]) -> None:
    """Jitter takes a tenth, and the test a little."""
    for key, ttl_ms in found.items():
        if ttl_ms is not None and not key.startswith("lock:") and not key.endswith(":l"):
            assert ttl_ms > kind_of(key).ttl_s * 1000 * 0.8, key


async def test_an_absence_is_kept_shortly_or_not_at_all(service: Service) -> None:
    """Half a minute where it is remembered."""
    before = await service.ttls()
    for path in ("/v1/posts/77", "/v1/users/nobody"):
        assert (await service.client.send("GET", path)).status_code == 404
    absent = {key: ttl for key, ttl in (await service.ttls()).items() if key not in before}
    assert bool(absent) == (service.name == "layered")
    for key, ttl_ms in absent.items():
        assert ttl_ms is not None, key
        assert ttl_ms <= 30_000, key


@pytest.mark.parametrize("name", ["article", "layered"])
async def test_the_scale_divides_every_life(
    name: str, databases: Databases, servers: Servers
) -> None:
    """So that a day of expiry passes in a quarter of an hour."""
    async with on_copy(name, "corral_test_world", databases, servers, ttl_scale=100) as service:
        await drive(service.client)
        found = await service.ttls()
    assert {"post", "profile", "feed"} <= {kind_of(key).name for key in found}
    for key, ttl_ms in found.items():
        assert ttl_ms is not None
        # The life of a lock is about its holder, not about data.
        if not key.startswith("lock:") and not key.endswith(":l"):
            assert ttl_ms <= kind_of(key).ttl_s * 10, key


async def test_a_life_is_never_scaled_to_nothing(databases: Databases, servers: Servers) -> None:
    """A thirtieth of a second would be left of an absence; it gets the least life that there is."""
    async with on_copy(
        "layered", "corral_test_world", databases, servers, ttl_scale=1000
    ) as service:
        seen: set[int] = set()

        async def lives() -> bool:
            assert (await service.client.send("GET", "/v1/users/nobody")).status_code == 404
            seen.update(ttl for ttl in (await service.ttls()).values() if ttl is not None)
            return any(ttl_ms > 45 for ttl_ms in seen)

        await until(lives)
        assert max(seen) <= LEAST_TTL_S * 1000


async def test_a_planted_key_would_be_found(service: Service) -> None:
    """The checks above can fail: a key of nobody's, and one without a TTL."""
    async with Redis.from_url(service.client.redis_url) as redis:
        await redis.set("junk:{1}", "x")
        assert (await service.ttls())["junk:{1}"] is None
        await redis.delete("junk:{1}")
    with pytest.raises(LookupError):
        kind_of("junk:{1}")
    for key in ("post:{1}:junk", "post:1", "top:{day}:v:v", "lock:lock:top:{day}", "post:{}"):
        with pytest.raises(LookupError):
            kind_of(key)

"""The lease: one load per key and fleet, and no late fill."""

from redis.asyncio import Redis

from service.patterns.lease import Lease, Wake

from .contract import Events, check_cache, check_fenced, check_layer


async def test_keeps_the_contract(redis: Redis, key: str, channel: str, events: Events) -> None:
    """The lease is a layer, a cache, and fenced."""
    async with Wake(redis, channel=channel) as wake:
        lease = Lease(
            redis,
            wake=wake,
            encode=str.encode,
            decode=bytes.decode,
            ttl=lambda _: 60,
            observe=events,
        )
        await check_layer(lease, key)
        await check_cache(lease, key)
        await check_fenced(lease, key)
        await lease.aclose()

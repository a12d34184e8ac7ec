"""What a post takes in the cache: all keys that a side makes of so many posts."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from loadtests.errors import LoadTestError
from loadtests.peers.contenders import Contender
from loadtests.peers.lab import CONNECTIONS, Lab
from loadtests.peers.result import OneWeight
from loadtests.peers.together import combined
from loadtests.peers.work import Work
from loadtests.services import Server


@asynccontextmanager
async def _one_process(lab: Lab, one: Contender) -> AsyncIterator[Sequence[Server]]:
    """Whose cache is empty."""
    await lab.valkey.flush()
    async with lab.serving(one, 1) as servers:
        yield servers


async def _weight(lab: Lab, one: Contender, servers: Sequence[Server], _number: int) -> OneWeight:
    """Fill it with the posts whose answers have about 750 bytes, and weigh it."""
    ids = lab.ids[: lab.sizes.weighed]
    found = await lab.client.touch(servers[0].host, ids, connections=CONNECTIONS)
    keys, total = await lab.valkey.bytes_of(lab.number(one))
    if found["errors"]:
        raise LoadTestError(f"{found['errors']} of {len(ids)} answers were errors")
    return {
        "posts": len(ids),
        "json_bytes": found["body_bytes"] / len(ids),
        "keys": keys,
        "bytes_per_post": total / len(ids),
    }


WEIGHT = Work(
    "weight",
    "bytes",
    _one_process,
    _weight,
    combined,
    repeats=lambda sizes, _: sizes.repeats,
    expected_s=lambda _sizes, _one: 3.0,
)

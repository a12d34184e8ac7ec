"""What a post takes in the cache: all keys that a side makes of so many posts."""

from loadtests.errors import LoadTestError
from loadtests.peers.contenders import Contender
from loadtests.peers.lab import CONNECTIONS, Lab
from loadtests.peers.result import Weight


async def weight(lab: Lab, one: Contender) -> Weight:
    """Fill an empty cache with the posts whose answers have about 750 bytes, and weigh it."""
    lab.show.begin(f"bytes: {one.title}", 4.0)
    await lab.valkey.flush()
    ids = lab.ids[: lab.sizes.weighed]
    async with lab.serving(one, 1) as [server]:
        found = await lab.client.touch(server.host, ids, connections=CONNECTIONS)
        keys, total = await lab.valkey.bytes_of(lab.number(one))
    lab.show.end()
    if found["errors"]:
        raise LoadTestError(f"{found['errors']} of {len(ids)} answers were errors")
    return {
        "posts": len(ids),
        "json_bytes": found["body_bytes"] / len(ids),
        "keys": keys,
        "bytes_per_post": total / len(ids),
    }

# SPDX-License-Identifier: MIT
"""Write-behind counter: count in Redis now, add the sums to the database in batches later.

Closes: one row lock and one write for each view of a popular post.
Race (why a batch is set aside whole, with an id, before it is written):
    1. flusher F sets the sums aside, as batch 7f3a; what is counted now starts a new hash
    2. F adds the batch to the rows; the database notes 7f3a in the same transaction
    3. F dies before it has deleted the batch
    4. flusher G finds it, and writes it again as 7f3a: the database has that id and refuses
  A batch deleted before 2 would be lost with F; one read in 1 and deleted after 2 without having
  been set aside would take the counts in between with it.
Does not: keep a count that Redis loses (eviction, crash, failover): for what may be a little
    wrong. ``write`` must refuse an id that it has seen, and pass over members that are gone, as
    a batch that fails stays first for ever. One hash, one slot: ``name`` needs a {hash tag};
    for tens of thousands of counts a second make several, and choose by a hash of the member.
Use:
    >>> async def write(batch: str, counts: Mapping[str, int]) -> None:
    ...     print("update posts set views = views + n", counts)
    >>> async def main() -> None:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         views = WriteBehindCounter(redis, name="example:{views}")
    ...         await asyncio.gather(*(views.add("post 42") for _ in range(3)))
    ...         await views.flush(write)
    >>> asyncio.run(main())
    update posts set views = views + n {'post 42': 3}

Source: redis.io, "HINCRBY", "RENAME"; idempotency keys: "Life beyond Distributed Transactions"
    (P. Helland, CIDR 2007).
"""

import contextlib
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

Write: TypeAlias = Callable[[str, Mapping[str, int]], Awaitable[None]]

# KEYS: sums. ARGV: member, n, life ms. One script, so that no sum is without a life.
_ADD = """
redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2])
return redis.call('PEXPIRE', KEYS[1], ARGV[3])
"""

# KEYS: sums, batch. ARGV: members. One script: between two reads a batch could be set aside, and be
# seen by neither, or by both.
_PENDING = """
local sums, batch = {}, {}
for i, member in ipairs(ARGV) do
  sums[i] = redis.call('HGET', KEYS[1], member)
  batch[i] = redis.call('HGET', KEYS[2], member)
end
return {sums, batch}
"""

# KEYS: sums, batch, lease. ARGV: token, lease ms, new id, life ms. Answers 0 when another flusher
# is at work, 1 when there is nothing, else whether the batch was left behind, and the batch. The
# id stands in the batch, as the count of '': they are lost together or not at all.
_TAKE = """
if not redis.call('SET', KEYS[3], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
local left = redis.call('EXISTS', KEYS[2])
if left == 0 then
  if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('DEL', KEYS[3]) return 1 end
  redis.call('RENAME', KEYS[1], KEYS[2])
end
redis.call('HSETNX', KEYS[2], '', ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return {left, redis.call('HGETALL', KEYS[2])}
"""

# KEYS: batch, lease. ARGV: token, id. A flusher that was slow must delete only the batch that it
# wrote: another may have written it too, and set the next one aside.
_DONE = """
if redis.call('HGET', KEYS[1], '') == ARGV[2] then redis.call('DEL', KEYS[1]) end
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
return 1
"""


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class WriteBehindCounter:
    """Counts by member, at ``{name}:d`` until set aside at ``{name}:b``; the lease is ``{name}:l``.

    ``ttl_s`` is how long counts wait for a flusher after the last of them; the database must
    remember the ids of batches for longer. ``lease_s`` keeps flushers out of each other's way and
    is how long a dead one is waited for; exactness does not hang on it. ``observe`` gets
    ``flushed`` with ``size``, ``left_behind``, ``busy``, and ``unreadable`` with ``member``.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        name: str,
        ttl_s: float = 7 * 86_400,  # a long weekend without a flusher loses nothing
        lease_s: float = 10.0,
        token: Callable[[], str] = lambda: secrets.token_hex(16),
        observe: Callable[..., None] = _silent,
    ) -> None:
        self._redis = redis
        self._sums, self._batch, self._lease = (f"{name}:{part}" for part in "dbl")
        self._ttl_ms = max(1, round(ttl_s * 1000))
        self._lease_ms = max(1, round(lease_s * 1000))
        self._token = token
        self._observe = observe

    async def add(self, member: str, n: int = 1) -> None:
        """Count ``n``, which may be negative. Raises ``ValueError`` for an empty member."""
        if not member:
            raise ValueError("A member needs a name: the empty one is where the batch id stands.")
        await self._run(_ADD, [self._sums], member, n, self._ttl_ms)

    async def pending(self, members: Sequence[str]) -> dict[str, int]:
        """Return what is counted and not yet known to be written, for each of ``members``."""
        if not members:
            return {}
        pending = dict.fromkeys(members, 0)
        for part in await self._run(_PENDING, [self._sums, self._batch], *members):
            held = {
                name.encode(): n for name, n in zip(members, part, strict=True) if n is not None
            }
            for member, n in self._counts(held).items():
                pending[member] += n
        return pending

    async def flush(self, write: Write) -> int:
        """Write the batch that was left behind, if any, then what is counted until now.

        ``write(batch_id, counts)`` must in one transaction note the id and add the counts, or do
        nothing if the id is noted already. Its error is raised, and the batch stays for the next
        call. Return how many members were written: 0 also while another flusher is at work.
        """
        size = 0
        while (batch := await self._take()) is not None:
            try:
                if batch.counts:
                    await write(batch.id, batch.counts)
                await self._run(_DONE, [self._batch, self._lease], batch.token, batch.id)
            except BaseException:
                # The next call may try at once. If that cannot be said, whatever the reason (a cut
                # link is a RuntimeError under uvloop), the lease ends by itself.
                with contextlib.suppress(Exception):
                    await self._run(_DONE, [self._batch, self._lease], batch.token, "none")
                raise
            self._observe("flushed", size=len(batch.counts))
            size += len(batch.counts)
            if not batch.left_behind:
                break  # what was counted meanwhile is for the next call: this one must end
        return size

    async def _take(self) -> "_Batch | None":
        token = self._token()
        taken = await self._run(
            _TAKE,
            [self._sums, self._batch, self._lease],
            *(token, self._lease_ms, self._token(), self._ttl_ms),
        )
        if not isinstance(taken, list):
            if taken == 0:
                self._observe("busy")
            return None
        left, flat = taken
        if left:
            self._observe("left_behind")
        held = dict(zip(flat[::2], flat[1::2], strict=True))
        return _Batch(held.pop(b"").decode(), self._counts(held), token, bool(left))

    def _counts(self, held: Mapping[bytes, bytes]) -> dict[str, int]:
        counts: dict[str, int] = {}
        for member, n in held.items():
            try:
                counts[member.decode()] = int(n)
            except ValueError:
                # Foreign. Were it raised, no batch would ever be written again.
                self._observe("unreadable", member=member)
        return counts

    async def _run(self, script: str, keys: Sequence[str], *arguments: Any) -> Any:
        sha = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
        try:
            return await self._redis.evalsha(sha, len(keys), *keys, *arguments)
        except NoScriptError:
            # A restart, a failover or SCRIPT FLUSH forgets scripts; EVAL runs and loads in one.
            return await self._redis.eval(script, len(keys), *keys, *arguments)


class _Batch(NamedTuple):
    id: str
    counts: dict[str, int]
    token: str  # of the lease under which it was taken
    left_behind: bool

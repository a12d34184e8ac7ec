"""Who may ask how often, and what holds while Redis is away.

Reads are counted in this process, writes and sign-ins by all processes together. Without Redis
writes pass uncounted, and nobody signs in: guessing passwords must not become free.
"""

import hashlib
import logging
import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

from redis.asyncio import Redis
from redis.exceptions import RedisError

from service import keys
from service.feed.errors import Busy, TooMany
from service.feed.households import household, parsed
from service.limiting.buckets import OwnBuckets, SharedBuckets
from service.limiting.rate import Rate
from service.patterns.metering.exposition import Counter as Series
from service.patterns.metering.exposition import lines

logger = logging.getLogger("corral.limits")
QUIET_S = 60.0
AWAY = (RedisError, OSError)
Network = IPv4Network | IPv6Network
ADDRESSES_KEPT = 10_000
OUTCOMES = (
    "reads_refused", "writes_refused", "sign_ins_refused",
    "writes_open", "sign_ins_closed", "known_lost",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rates:
    """How often, by class; `sign_ins` holds for an address and, from strange ones, an account."""

    reads: Rate
    writes: Rate
    sign_ins: Rate


@dataclass(slots=True)
class Limits:
    """The limits of one process. Each method returns, or raises TooMany."""

    redis: Redis
    rates: Rates
    unlimited: tuple[Network, ...]
    secret: bytes
    clock: Callable[[], float] = time.monotonic
    counts: Counter[str] = field(default_factory=Counter)
    _reads: OwnBuckets = field(init=False)
    _writes: SharedBuckets = field(init=False)
    _addresses: SharedBuckets = field(init=False)
    _accounts: SharedBuckets = field(init=False)
    _exempt: dict[str, bool] = field(default_factory=dict)
    _logged_at_s: float = -math.inf

    def __post_init__(self) -> None:
        self._reads = OwnBuckets(self.rates.reads, clock=self.clock)
        self._writes = SharedBuckets(self.redis, keys.LIMIT_WRITES, self.rates.writes)
        self._addresses = SharedBuckets(self.redis, keys.LIMIT_ADDRESS, self.rates.sign_ins)
        self._accounts = SharedBuckets(self.redis, keys.LIMIT_ACCOUNT, self.rates.sign_ins)

    def is_unlimited(self, address: str) -> bool:
        """Whether nothing is counted for an address; looked up once for each."""
        known = self._exempt.get(address)
        if known is None:
            if len(self._exempt) >= ADDRESSES_KEPT:
                self._exempt.clear()
            known = self._exempt[address] = _is_in(address, self.unlimited)
        return known

    def read(self, user_id: int | None, address: str) -> None:
        """Count a read of a user, or of an address."""
        self._refuse_if(self._reads.take(_person(user_id, address)), "reads")

    async def write(self, user_id: int | None, address: str) -> None:
        """Count a write of a user, or of an address; without Redis it passes: that is counted."""
        try:
            wait_s = await self._writes.take(_person(user_id, address))
        except AWAY as error:
            self._note("writes_open", error)
        else:
            self._refuse_if(wait_s, "writes")

    async def sign_in(self, address: str) -> None:
        """Count an attempt of an address. Raises Busy without Redis."""
        await self._attempt(self._addresses, household(address))

    async def account(self, handle: str, address: str) -> None:
        """Count an attempt on an account, before its password is looked at. Raises Busy.

        An address from which its owner has signed in before is not held up by strangers who guess:
        for it the limit of addresses is enough.
        """
        if self.is_unlimited(address):
            return
        try:
            known = await self.redis.exists(self._known(handle, address))
        except AWAY as error:
            raise self._closed(error) from None
        if not known:
            await self._attempt(self._accounts, self._digest(handle))

    async def signed_in(self, handle: str, address: str) -> None:
        """The password was right: remember from where."""
        if self.is_unlimited(address):
            return
        try:
            life_s = int(keys.LIMIT_KNOWN.ttl_s)
            await self.redis.set(self._known(handle, address), 1, ex=life_s)
        except AWAY as error:
            self._note("known_lost", error)

    def text(self) -> str:
        """What was refused and what could not be counted, as Prometheus reads it."""
        counted = Series("corral_limits_total", "Refused, or not counted.", outcome=OUTCOMES)
        for outcome in OUTCOMES:
            counted.add(outcome, n=self.counts[outcome])
        return "".join(f"{line}\n" for line in lines(counted))

    async def _attempt(self, buckets: SharedBuckets, who: str) -> None:
        try:
            wait_s = await buckets.take(who)
        except AWAY as error:
            raise self._closed(error) from None
        self._refuse_if(wait_s, "sign_ins")

    def _refuse_if(self, wait_s: float, name: str) -> None:
        if wait_s > 0:
            self.counts[f"{name}_refused"] += 1
            raise TooMany("too many requests; slow down", retry_after_s=math.ceil(wait_s))

    def _closed(self, error: Exception) -> Busy:
        self._note("sign_ins_closed", error)
        return Busy("nobody can sign in just now; try again shortly")

    def _note(self, event: str, error: Exception) -> None:
        self.counts[event] += 1
        now_s = self.clock()
        if now_s - self._logged_at_s >= QUIET_S:
            self._logged_at_s = now_s
            logger.warning(
                "limits cannot reach Redis: writes pass uncounted, nobody signs in (%.200s; %s)",
                error,
                ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in self.counts.items()),
            )

    def _known(self, handle: str, address: str) -> str:
        return keys.LIMIT_KNOWN.key(self._digest(handle, household(address)))

    def _digest(self, *parts: str) -> str:
        # Anything may be typed as a handle, and who signs in from where is nobody's business.
        said = "\n".join(parts).casefold().encode(errors="replace")
        return hashlib.blake2b(said, key=self.secret[:64], digest_size=16).hexdigest()


def _person(user_id: int | None, address: str) -> str:
    return f"address:{household(address)}" if user_id is None else f"user:{user_id}"


def _is_in(address: str, networks: tuple[Network, ...]) -> bool:
    found = parsed(address)
    return found is not None and any(found in network for network in networks)

"""What can stand in each slot: the right pieces and the wrong ones, side by side."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from service.keys import NEGATIVE_TTL_S, Kind
from service.patterns.cache_aside import CacheAside
from service.patterns.early_expiration import EarlyExpiration
from service.patterns.lease import Lease, expired
from service.patterns.metering import Metering
from service.patterns.near_cache import NearCache
from service.patterns.polling_lock import PollingLock
from service.patterns.single_flight import SingleFlight
from service.patterns.ttl import fixed, forever, jittered
from service.strategies.layers import Absent, Layer, Passthrough
from service.strategies.plan import RefreshDue, Sink, Ttl
from service.strategies.records import patterns_of
from service.strategies.shares import NAMED_AT_WILL, Share
from service.strategies.tools import Site

V = TypeVar("V")
JITTER = 0.1  # of the TTL: what was filled within a second expires over minutes
MOST_FOLLOWERS = 2**31 - 1  # as many as the column of a profile can count
STALE_FOR_S = 60  # an outage that is mended within a minute shows nobody an error


def empty(_: Site) -> Layer[Any]:
    """Nothing stands here."""
    return Passthrough()


def nothing_near(_: Site, __: Layer[Any]) -> Layer[Any]:
    """Every read goes to the shared cache."""
    return Passthrough()


def near_cache(site: Site, shared: Layer[Any]) -> Layer[Any]:
    """What hardly changes, in the process; dropped by push, and never older than what is shared.

    What its reader may just have changed (counts, comments, a profile) is not kept here: one's own
    write is seen on every process at once. Nor is anything without a lease behind it: only a lease
    knows how long a value is still fresh.
    """
    if "near_cache" not in patterns_of(site.kind) or not isinstance(shared, Lease):
        return Passthrough()
    near = NearCache[Any](
        site.tools.push,
        life=lambda key, _: shared.fresh_for_s(key),
        size=lambda value: len(site.codec.encode(value)),
        observe=site.observe("l1"),
    )
    # What comes through the lease may be older than the last push, and may join an old load: what
    # the lease hears, the near cache must hear as well.
    site.tools.wake.on_drop(near.forget)
    return near


def single_flight(site: Site) -> Layer[Any]:
    """One load per key in this process, whoever cancels; no reader joins one from before a write.

    The write may have been anybody's: other processes tell of theirs as they drop the lease.
    """
    flight = SingleFlight[Any](observe=site.observe("l1"))
    site.tools.wake.on_drop(flight.forget)
    return flight


def cache_aside(site: Site) -> Layer[Any]:
    """Get, else load and set: nobody waits, everybody loads."""
    codec = site.stored()
    return CacheAside(
        site.tools.redis,
        encode=codec.encode,
        decode=codec.decode,
        ttl=site.ttl,
        observe=site.observe("l2"),
    )


def polling_lock(site: Site) -> Layer[Any]:
    """The article's lock: one loads, the others ask again every 100 ms."""
    codec = site.stored()
    return PollingLock(
        site.tools.redis,
        encode=codec.encode,
        decode=codec.decode,
        ttl=site.ttl,
        observe=site.observe("l2"),
    )


def fenced_lease(site: Site) -> Layer[Any]:
    """One load per key in the fleet; a late fill cannot undo an invalidation."""
    codec = site.stored()
    return Lease(
        site.tools.redis,
        wake=site.tools.wake,
        encode=codec.encode,
        decode=codec.decode,
        ttl=site.ttl,
        fresh=_fresh(site),
        refresh_due=site.tools.plan.refresh(site.kind),
        reads=site.tools.batch,
        stale_for_s=STALE_FOR_S,
        observe=site.observe("l2"),
    )


def never(_: Kind) -> Ttl:
    """The article's first mistake: what is cached stays."""
    return forever


def by_kind(kind: Kind) -> Callable[[Any], float]:
    """The article's first fix: a TTL for each kind of data; what is missing lives shortly."""
    present, missing = fixed(kind.ttl_s), fixed(NEGATIVE_TTL_S)
    return lambda value: missing(value) if value is None else present(value)


def by_kind_jittered(kind: Kind) -> Ttl:
    """The same, spread out."""
    return jittered(by_kind(kind), JITTER)


def forgotten(value: V) -> V:
    """An absence goes through the layers as an error, and errors are never cached."""
    if value is None:
        raise Absent(value)
    return value


def remembered(value: V) -> V:
    """An absence is a value like any other."""
    return value


def when_gone(_: Kind) -> RefreshDue:
    """A value is loaded again when its hard life is over, and everybody waits for that."""
    return lambda _envelope, _now_s: False


def at_expiry(_: Kind) -> RefreshDue:
    """A value is loaded again when its soft life is over, and not before."""
    return expired


def early(kind: Kind) -> RefreshDue:
    """What is expensive to load is loaded again before it expires, by whoever draws the lot."""
    return EarlyExpiration() if "early_expiration" in patterns_of(kind) else expired


def unmetered(_: Sequence[str], __: Sequence[Sink]) -> Metering | None:
    """Nobody knows the hit rate: the article's fourth mistake."""
    return None


def hits_and_misses(caches: Sequence[str], sinks: Sequence[Sink]) -> Metering | None:
    """The article's fourth fix: hits and misses by key prefix."""
    return Metering(caches, layers=("l2",), sinks=sinks)


def by_layer(caches: Sequence[str], sinks: Sequence[Sink]) -> Metering | None:
    """The same by layer, and with the loads, their reasons and what they cost."""
    return Metering(caches, layers=("l1", "l2"), sinks=sinks)


def push_below(threshold: int) -> int:
    """Posts of authors with more followers than the setting says are pulled."""
    return threshold


def push_to_all(_: int) -> int:
    """A post touches the feed of every follower, however many there are."""
    return MOST_FOLLOWERS


def bulkhead(site: Site) -> Layer[Any]:
    """Eight loads at once in this process, over all kinds; who waits too long is told so.

    Of what strangers name at will, six of them at most.
    """
    tools = site.tools
    return Share(tools.named, tools.bulkhead) if site.kind in NAMED_AT_WILL else tools.bulkhead


def _fresh(site: Site) -> Ttl | None:
    """The soft life of a kind that has one, by the plan's rule: jitter is of both lives or none.

    Under a plan that keeps for ever it ends all the same: how fresh is another question.
    """
    kind, tools = site.kind, site.tools
    if kind.fresh_s is None:
        return None
    soft = replace(kind, name=f"{kind.name}_fresh", ttl_s=kind.fresh_s)
    life = tools.plan.ttl(soft)
    return tools.scaled(by_kind_jittered(soft) if life(()) is None else life)

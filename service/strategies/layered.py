"""Ours: small shared entries, one load per key in the fleet, and no fill that comes too late."""

from service.strategies import slots
from service.strategies.codecs import msgpack_typed
from service.strategies.counters import SteppedCounts
from service.strategies.ids_first import IdsFirstPages
from service.strategies.invalidation import AfterCommitAndOutbox
from service.strategies.outage import FAIL_OPEN
from service.strategies.plan import Plan
from service.strategies.query_results import WithTheList
from service.strategies.rankings import MaintainedTrending
from service.strategies.reputation import ComputedResult
from service.strategies.view_counts import WrittenBehind

LAYERED = Plan(
    name="layered",
    summary="ids first, one load per key in the fleet, fenced fills, soft and hard TTLs",
    entries=IdsFirstPages,  # lists are ids; a post is stored once, whoever lists it
    cached=WithTheList,
    codec=msgpack_typed,  # read against the type: what does not fit is a miss, never an error
    ttl=slots.by_kind_jittered,  # what is filled together does not expire together
    near=slots.near_cache,  # what every request needs costs no round trip
    flight=slots.single_flight,  # a thousand callers in a process ask the shared cache once
    shared=slots.fenced_lease,  # a thousand processes ask the database once
    limit=slots.bulkhead,  # a cold cache asks the database no faster than it answers
    refresh=slots.early,  # what is expensive is loaded anew while it is still being served
    types=SteppedCounts,  # a vote moves a counter and causes no load
    rankings=MaintainedTrending,  # what is trending follows events: no query while it stands
    absence=slots.remembered,  # a missing id costs the database one query, not one a request
    reputation=ComputedResult,
    # A drop that failed, or a writer that died: a row knows. It is also the queue of home feeds.
    invalidation=AfterCommitAndOutbox,
    fan_out=slots.push_below,  # who has many followers is pulled: a post costs no write a reader
    on_error=FAIL_OPEN,  # without its cache the service is slower, and there
    metering=slots.by_layer,
    views=WrittenBehind,
)

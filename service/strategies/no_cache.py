"""The lower bound: every answer comes from the database."""

from service.strategies import slots
from service.strategies.codecs import json_text
from service.strategies.counters import DroppedCounts
from service.strategies.invalidation import AfterCommit
from service.strategies.outage import FAIL
from service.strategies.plan import Plan
from service.strategies.query_results import WithTheList
from service.strategies.rankings import ComputedTrending
from service.strategies.reputation import ComputedResult
from service.strategies.uncached import UncachedPages
from service.strategies.view_counts import AtOnce

NO_CACHE = Plan(
    name="no_cache",
    summary="every answer comes from the database",
    entries=UncachedPages,
    cached=WithTheList,
    codec=json_text,
    ttl=slots.never,
    near=slots.nothing_near,
    flight=slots.empty,
    shared=slots.empty,
    limit=slots.empty,
    refresh=slots.at_expiry,
    types=DroppedCounts,
    rankings=ComputedTrending,
    absence=slots.remembered,
    reputation=ComputedResult,
    invalidation=AfterCommit,
    fan_out=slots.push_to_all,
    on_error=FAIL,
    metering=slots.unmetered,
    views=AtOnce,
)

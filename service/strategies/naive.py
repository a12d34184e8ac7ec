"""The article's before: all six mistakes, written as people write them.

Its fan-out is a drop: a post, or any vote on one, drops the home feed of every follower.
"""

from service.strategies import slots
from service.strategies.codecs import json_text
from service.strategies.counters import DroppedCounts
from service.strategies.invalidation import InsideTransaction
from service.strategies.outage import FAIL
from service.strategies.plan import Plan
from service.strategies.query_results import KeptAsWell
from service.strategies.rankings import ComputedTrending
from service.strategies.reputation import ComponentCounts
from service.strategies.view_counts import WrittenBehind
from service.strategies.whole_graphs import WholeGraphPages

NAIVE = Plan(
    name="naive",
    summary="the article's before: whole graphs as JSON, no TTL, nothing against a stampede",
    entries=WholeGraphPages,  # mistake 2: a post entry carries its comments and their profiles
    cached=KeptAsWell,  # and what it was made of, which nobody asked for before mistake 4 was seen
    codec=json_text,  # mistake 5: JSON for everything
    ttl=slots.never,  # mistake 1: what is cached stays
    near=slots.nothing_near,
    flight=slots.empty,
    shared=slots.cache_aside,  # mistake 3: everybody who misses loads
    limit=slots.empty,
    refresh=slots.at_expiry,
    types=DroppedCounts,
    rankings=ComputedTrending,
    absence=slots.forgotten,
    reputation=ComponentCounts,  # mistake 6: components, and the formula on every read
    invalidation=InsideTransaction,
    fan_out=slots.push_to_all,
    on_error=FAIL,
    metering=slots.unmetered,  # mistake 4; what is seen of it is seen from outside
    views=WrittenBehind,
)

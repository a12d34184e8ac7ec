"""The article's after: its six fixes as it gives them, holes included.

Its fan-out is a drop: a post drops the home feed of every follower before the write returns.
"""

from service.strategies import slots
from service.strategies.codecs import json_text
from service.strategies.invalidation import AfterCommit
from service.strategies.native_counts import NativeCounts
from service.strategies.outage import FAIL
from service.strategies.plan import Plan
from service.strategies.query_results import WithTheList
from service.strategies.rankings import ComputedTrending
from service.strategies.reputation import ComputedResult
from service.strategies.small_entries import SmallEntryPages
from service.strategies.view_counts import WrittenBehind

ARTICLE = Plan(
    name="article",
    summary="the article's six fixes: TTLs, small entries, a polling lock, native types, results",
    entries=SmallEntryPages,  # fix 2
    cached=WithTheList,  # fix 4: what nobody read twice is gone
    codec=json_text,
    ttl=slots.by_kind,  # fix 1
    near=slots.nothing_near,
    flight=slots.empty,
    shared=slots.polling_lock,  # fix 3
    limit=slots.empty,
    refresh=slots.at_expiry,
    types=NativeCounts,  # fix 5
    rankings=ComputedTrending,
    absence=slots.forgotten,
    reputation=ComputedResult,  # fix 6
    invalidation=AfterCommit,
    fan_out=slots.push_to_all,
    on_error=FAIL,
    metering=slots.hits_and_misses,  # fix 4
    views=WrittenBehind,
)

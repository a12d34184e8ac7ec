"""Every piece by its field and name, as `--set` takes them and `corral strategies` prints them."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from service.strategies import slots
from service.strategies.codecs import json_text, msgpack_typed
from service.strategies.counters import DroppedCounts, SteppedCounts
from service.strategies.ids_first import IdsFirstPages
from service.strategies.invalidation import (
    AfterCommit,
    AfterCommitAndOutbox,
    InsideTransaction,
    InsideTransactionAndOutbox,
)
from service.strategies.native_counts import NativeCounts
from service.strategies.outage import FAIL, FAIL_OPEN
from service.strategies.plan import Plan
from service.strategies.query_results import KeptAsWell, WithTheList
from service.strategies.rankings import ComputedTrending, MaintainedTrending
from service.strategies.reputation import ComponentCounts, ComputedResult
from service.strategies.small_entries import SmallEntryPages
from service.strategies.uncached import UncachedPages
from service.strategies.view_counts import AtOnce, WrittenBehind
from service.strategies.whole_graphs import WholeGraphPages

# Of each field the least first; `layered` has the last of nearly all.
PIECES: Mapping[str, Mapping[str, Any]] = {
    "entries": {
        "uncached": UncachedPages,
        "whole_graphs": WholeGraphPages,
        "small_entries": SmallEntryPages,
        "ids_first": IdsFirstPages,
    },
    "cached": {"kept_as_well": KeptAsWell, "with_the_list": WithTheList},
    "codec": {"json_text": json_text, "msgpack_typed": msgpack_typed},
    "ttl": {
        "never": slots.never,
        "by_kind": slots.by_kind,
        "by_kind_jittered": slots.by_kind_jittered,
    },
    "near": {"nothing_near": slots.nothing_near, "near_cache": slots.near_cache},
    "flight": {"empty": slots.empty, "single_flight": slots.single_flight},
    "shared": {
        "empty": slots.empty,
        "cache_aside": slots.cache_aside,
        "polling_lock": slots.polling_lock,
        "fenced_lease": slots.fenced_lease,
    },
    "limit": {"empty": slots.empty, "bulkhead": slots.bulkhead},
    "refresh": {
        "when_gone": slots.when_gone,
        "at_expiry": slots.at_expiry,
        "early": slots.early,
    },
    "types": {
        "dropped_counts": DroppedCounts,
        "native_counts": NativeCounts,
        "stepped_counts": SteppedCounts,
    },
    "rankings": {
        "computed_trending": ComputedTrending,
        "maintained_trending": MaintainedTrending,
    },
    "absence": {"forgotten": slots.forgotten, "remembered": slots.remembered},
    "reputation": {"component_counts": ComponentCounts, "computed_result": ComputedResult},
    "invalidation": {
        "inside_transaction": InsideTransaction,
        "after_commit": AfterCommit,
        "inside_transaction_and_outbox": InsideTransactionAndOutbox,
        "after_commit_and_outbox": AfterCommitAndOutbox,
    },
    "fan_out": {"push_to_all": slots.push_to_all, "push_below": slots.push_below},
    "on_error": {"fail": FAIL, "fail_open": FAIL_OPEN},
    "metering": {
        "unmetered": slots.unmetered,
        "hits_and_misses": slots.hits_and_misses,
        "by_layer": slots.by_layer,
    },
    "views": {"at_once": AtOnce, "written_behind": WrittenBehind},
}


def name_of(field: str, piece: object) -> str:
    """What a piece is called; one of somebody's own goes by its own name."""
    for name, known in PIECES[field].items():
        if known is piece:
            return name
    return str(getattr(piece, "__name__", "of its own"))


def changed(plan: Plan, since: Plan) -> Iterator[tuple[str, str]]:
    """The fields in which a plan differs from another, and the names of its pieces there."""
    for field in (each.name for each in fields(Plan) if each.name in PIECES):
        if (piece := getattr(plan, field)) != getattr(since, field):
            yield field, name_of(field, piece)

"""The article's story, a step at a time: each rung is the one before with that step's fields.

The removal of the caches that nobody needs is in the rung that first sees them, `metering`.
"""

from dataclasses import dataclass, replace

from service.strategies import slots
from service.strategies.article import ARTICLE
from service.strategies.invalidation import AfterCommit
from service.strategies.layered import LAYERED
from service.strategies.naive import NAIVE
from service.strategies.native_counts import NativeCounts
from service.strategies.plan import Plan
from service.strategies.query_results import WithTheList
from service.strategies.reputation import ComputedResult
from service.strategies.small_entries import SmallEntryPages


@dataclass(frozen=True, slots=True)
class Rung:
    """One step: the `plan` since then, and `why`, which also says what else came with it."""

    plan: Plan
    why: str


TTL = replace(
    NAIVE,
    name="ttl",
    summary="naive, and what is cached ends by time",
    ttl=slots.by_kind,
)
SMALL_ENTRIES = replace(
    TTL,
    name="small-entries",
    summary="ttl, and a post without its comments; counts apart, as one JSON value a post",
    entries=SmallEntryPages,
)
LOCK = replace(
    SMALL_ENTRIES,
    name="lock",
    summary="small-entries, and one loads while the others ask again; drops after the commit",
    shared=slots.polling_lock,
    invalidation=AfterCommit,
)
METERING = replace(
    LOCK,
    name="metering",
    summary="lock, and hits and misses are counted; what nobody found twice is not kept",
    metering=slots.hits_and_misses,
    cached=WithTheList,
)
NATIVE_TYPES = replace(
    METERING,
    name="native-types",
    summary="metering, and counts are hashes",
    types=NativeCounts,
)
COMPUTED_RESULTS = replace(
    NATIVE_TYPES,
    name=ARTICLE.name,
    summary=ARTICLE.summary,
    reputation=ComputedResult,
)

LADDER: tuple[Rung, ...] = (
    Rung(NAIVE, "all six mistakes"),
    Rung(TTL, "fix 1: a TTL for each kind of data"),
    Rung(SMALL_ENTRIES, "fix 2: small and specific entries, comments apart from their post"),
    Rung(
        LOCK,
        "fix 3: a lock against the stampede; the article does not say when it drops, and the step "
        "that is about who fills when is the place to drop after the commit",
    ),
    Rung(
        METERING,
        "fix 4: hits and misses by key prefix, which show that the ids beneath a list are looked "
        "up and not found: with small entries nothing drops a list but what changes its ids",
    ),
    Rung(NATIVE_TYPES, "fix 5: counters as native hashes, with the TTL that the article forgot"),
    Rung(COMPUTED_RESULTS, "fix 6: the computed result, and not its components"),
    Rung(LAYERED, "past the article: ours"),
)

"""Which patterns serve which data in `layered`: the table, and nothing else.

Not in the rows, because they are the same for all data that is loaded: `ttl` (jittered),
`bulkhead` and `fail_open`. Every plain GET goes through `auto_batch`, and a drop that failed, or
whose writer died, is made good through `outbox`.

Four of the shelf serve nothing here. Feeds are pulled for now (decision 0004) and trending lists
are computed by one query, so `bounded_timeline` and `decayed_ranking` have nothing to hold;
nothing counts views yet, which is what `write_behind_counter` is for; and `stale_while_revalidate`
is for who does not take the lease, which does the same.
"""

from dataclasses import dataclass

from service import keys
from service.keys import Kind


@dataclass(frozen=True, slots=True)
class Served:
    """`by` names files of the shelf, from the reader to the database; `why` says what for."""

    by: tuple[str, ...]
    why: str


SERVED: dict[Kind, Served] = {
    keys.POST: Served(
        ("near_cache", "single_flight", "lease", "negative"),
        "edited rarely, asked for by everybody, and must not be refilled with an old text",
    ),
    keys.HEAD: Served(
        ("near_cache", "single_flight", "lease", "negative"),
        "tells whether a client has the newest text, without the text",
    ),
    keys.CARD: Served(
        ("near_cache", "single_flight", "lease", "negative"),
        "a name stands beside everything that its owner ever wrote",
    ),
    keys.COUNTS: Served(
        ("single_flight", "native_counter", "negative"),
        "change all the time: a step is added, and nothing is loaded again",
    ),
    keys.COMMENT_GENERATION: Served(
        ("generation",), "many pages change at once: one bump outdates them all"
    ),
    keys.COMMENT_PAGE: Served(
        ("single_flight", "lease"), "loaded once per generation, then left to its TTL"
    ),
    keys.PROFILE: Served(
        ("single_flight", "lease", "negative"),
        "changed by its owner, who looks at once: nothing nearer than the shared cache",
    ),
    keys.AUTHOR: Served(("single_flight", "lease"), "one short list, shared by all its readers"),
    keys.FEED: Served(("single_flight", "lease"), "whom a reader follows; feeds are drawn from it"),
    keys.TOP: Served(
        ("near_cache", "single_flight", "lease", "early_expiration"),
        "expensive and hot: refreshed while it is served, never cold",
    ),
    keys.TRENDING: Served(
        ("near_cache", "single_flight", "lease", "early_expiration"),
        "the same, and driven by time alone",
    ),
    keys.DELETED: Served(
        ("single_flight", "lease", "negative"), "asked only of what is not there: 410, or 404"
    ),
    keys.PAGE: Served(
        ("near_cache", "single_flight", "lease", "negative"),
        "read by everybody, changed by hand once in a while: the article's week",
    ),
    keys.REPUTATION: Served(
        ("single_flight", "lease", "early_expiration"), "expensive to compute, cheap to keep"
    ),
}

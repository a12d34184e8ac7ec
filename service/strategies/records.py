"""Which patterns serve which data in `layered`: the table, and nothing else.

Not in the rows, because they are the same for all data that is loaded: `ttl` (jittered),
`bulkhead` and `fail_open`. Every plain GET goes through `auto_batch`, and a drop that failed, or
whose writer died, is made good through `outbox`.

Four of the shelf serve nothing here. `cache_aside` and `polling_lock` are what the lease replaces:
`naive` and `article` have them. Pages of comments were a `generation`'s until votes on comments
came (decision 0012). `stale_while_revalidate` is for who does not take the lease, which does the
same.
"""

from dataclasses import dataclass

from service import keys
from service.keys import Kind


@dataclass(frozen=True, slots=True)
class Served:
    """`by` names files of the shelf, from the reader to the database; `why` says what for."""

    by: tuple[str, ...]
    why: str


def patterns_of(kind: Kind) -> tuple[str, ...]:
    """What serves a kind; of what `layered` does not keep, what every kind has."""
    return SERVED[kind].by if kind in SERVED else ("single_flight", "lease")


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
    keys.THREAD: Served(
        ("single_flight", "lease", "early_expiration"),
        "ids alone, ordered by votes that come all the time: put in order once a minute",
    ),
    keys.COMMENT: Served(
        ("single_flight", "lease", "negative"),
        "a vote drops one of them; its writer looks at once, so nothing nearer",
    ),
    keys.PROFILE: Served(
        ("single_flight", "lease", "negative"),
        "changed by its owner, who looks at once: nothing nearer than the shared cache",
    ),
    keys.AUTHOR: Served(("single_flight", "lease"), "one short list, shared by all its readers"),
    keys.FEED: Served(
        ("single_flight", "lease"), "whom a reader follows: who is pulled, and who no longer shows"
    ),
    keys.TIMELINE: Served(
        ("single_flight", "bounded_timeline"),
        "pushed on write to who was here lately, so that a read costs one range, not a list each",
    ),
    keys.HEAVY: Served(
        ("near_cache", "single_flight", "lease"),
        "whom nobody pushes: a short list that every feed is read with, half a minute old at most",
    ),
    keys.OWED: Served(
        ("single_flight", "lease"),
        "whom fan-out has yet to push: dropped with each post, and never nearer than shared",
    ),
    keys.TOP: Served(
        ("near_cache", "single_flight", "lease", "early_expiration"),
        "expensive and hot: refreshed while it is served, never cold",
    ),
    keys.TRENDING: Served(
        ("near_cache", "single_flight", "lease", "early_expiration"),
        "the same; made of the ranking, and of the rows while there is none",
    ),
    keys.RANKING: Served(
        ("decayed_ranking",), "order changes by events alone: each adds its step, once"
    ),
    keys.DELETED: Served(
        ("single_flight", "lease", "negative"), "asked only of what is not there: 410, or 404"
    ),
    keys.PAGE: Served(
        ("near_cache", "single_flight", "lease", "negative"),
        "read by everybody, changed by hand once in a while: the article's week",
    ),
    keys.NEW: Served(
        ("single_flight", "lease"),
        "changed by inserts alone, and who publishes looks at once: kept until somebody does",
    ),
    keys.HOT: Served(
        ("near_cache", "single_flight", "lease", "early_expiration"),
        "moves with every vote: an index scan each ten seconds, and not one a vote",
    ),
    keys.TAG_TOP: Served(
        ("near_cache", "single_flight", "lease", "early_expiration"), "as the best of all posts"
    ),
    keys.TAG: Served(
        ("single_flight", "lease", "negative"),
        "says whether there is a tag, before a list is kept of it",
    ),
    keys.TAGS: Served(
        ("near_cache", "single_flight", "lease", "early_expiration"), "as the best of a window"
    ),
    keys.FOLLOWERS: Served(("single_flight", "lease"), "one short list, shared by all its readers"),
    keys.FOLLOWING: Served(("single_flight", "lease"), "the same"),
    keys.BOARD: Served(
        ("near_cache", "single_flight", "lease", "early_expiration"),
        "all votes there are go into it: computed once in five minutes, never while one waits",
    ),
    keys.VIEWED: Served(
        (), "who looked at a post this hour: a set of its own, and no cache of anything"
    ),
    keys.VIEWS: Served(
        ("write_behind_counter",),
        "many a second, and no reader waits for them: summed, then written",
    ),
    keys.REPUTATION: Served(
        ("single_flight", "lease", "early_expiration"), "expensive to compute, cheap to keep"
    ),
}

"""Layered with one field wrong at a time: what each decision is for, seen by its absence.

`cached` has no mistake here: where lists are ids there is no query beneath them.
"""

from dataclasses import dataclass, replace

from service.strategies.layered import LAYERED
from service.strategies.pieces import PIECES
from service.strategies.plan import Plan


@dataclass(frozen=True, slots=True)
class Mistake:
    """One field that is wrong, what one will see of it, and the load test that shows it."""

    name: str
    wrong_field: str
    plan: Plan
    symptom: str
    scenario: str


def _mistake(name: str, wrong_field: str, piece: str, symptom: str, scenario: str) -> Mistake:
    plan = replace(
        LAYERED,
        name=f"{LAYERED.name}.{name}",
        summary=f"layered with {wrong_field}={piece}",
        **{wrong_field: PIECES[wrong_field][piece]},
    )
    return Mistake(plan.name, wrong_field, plan, symptom, scenario)


MISTAKES: tuple[Mistake, ...] = (
    _mistake(
        "whole-graphs",
        "entries",
        "whole_graphs",
        "an entry is many times as large, and each vote or comment drops a whole post and the feed "
        "of every follower",
        "write-storm",
    ),
    _mistake(
        "json",
        "codec",
        "json_text",
        "the same entries take more bytes, and each request more CPU",
        "browse",
    ),
    _mistake(
        "no-ttl",
        "ttl",
        "never",
        "keys without a TTL stay when nobody reads them any more, so memory only grows",
        "time-lapse",
    ),
    _mistake(
        "no-jitter",
        "ttl",
        "by_kind",
        "what was filled within a second expires within a second, and its loads come together",
        "expiry-wave",
    ),
    _mistake(
        "no-near-cache",
        "near",
        "nothing_near",
        "every read of a hot entry is a command to Redis: more of them, and more CPU a request",
        "browse",
    ),
    _mistake(
        "no-flight",
        "flight",
        "empty",
        "a stampede is still one load, but every request asks Redis for itself and puts its own "
        "page together: commands and CPU grow with the callers",
        "stampede",
    ),
    _mistake(
        "cache-aside",
        "shared",
        "cache_aside",
        "each process loads what expired, and everybody waits for that; without a lease nothing is "
        "refreshed while it is served, nothing is near, and a late fill may undo a drop",
        "natural-expiry",
    ),
    _mistake(
        "polling-lock",
        "shared",
        "polling_lock",
        "one load, but the other process finds out up to 100 ms late; a holder that dies stops "
        "everybody for 10 s; nothing is refreshed while it is served, and nothing is near",
        "stampede",
    ),
    _mistake(
        "no-bulkhead",
        "limit",
        "empty",
        "a cold cache sends the database all loads at once: they take longer together than one "
        "after the other",
        "cold-start",
    ),
    _mistake(
        "no-refresh",
        "refresh",
        "when_gone",
        "a hot value is served until its hard life ends, and then everybody waits for one load",
        "natural-expiry",
    ),
    _mistake(
        "dropped-counts",
        "types",
        "dropped_counts",
        "each vote drops the counts of its post, so that the next reader loads them",
        "write-storm",
    ),
    _mistake(
        "computed-rankings",
        "rankings",
        "computed_trending",
        "what is trending is a query over all votes and comments of late, every five seconds",
        "community",
    ),
    _mistake(
        "absence-forgotten",
        "absence",
        "forgotten",
        "each request for something that does not exist asks the database, twice for a post",
        "missing-ids",
    ),
    _mistake(
        "component-counts",
        "reputation",
        "component_counts",
        "three entries and three queries for one number, whose parts are of different age",
        "community",
    ),
    _mistake(
        "drop-in-transaction",
        "invalidation",
        "inside_transaction_and_outbox",
        "who reads between the drop and the commit puts the old row back, until its TTL ends",
        "write-storm",
    ),
    _mistake(
        "push-to-all",
        "fan_out",
        "push_to_all",
        "one post of somebody with many followers is a write for each of them, and the posts of "
        "all others wait behind it",
        "celebrity",
    ),
    _mistake(
        "fail-closed",
        "on_error",
        "fail",
        "without its cache the service answers errors, or nothing for as long as Redis hangs",
        "cache-down",
    ),
    _mistake(
        "unmetered",
        "metering",
        "unmetered",
        "nothing is slower, and /metrics is a 404: of all the others nobody would know",
        "browse",
    ),
    _mistake(
        "views-at-once",
        "views",
        "at_once",
        "each look at a hot post is an update of its one row, and they wait for each other",
        "flash-crowd",
    ),
)

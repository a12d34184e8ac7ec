"""Whole runs of trials with drawn figures, of the real types: no figure here was measured."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from loadtests.histogram import histogram_of
from loadtests.result import ARTICLE, Goal, PhaseConditions, TimelineOutcome
from loadtests.trials.figures import FIGURES
from loadtests.trials.schema import (
    SCHEMA,
    Drawing,
    Kind,
    Rate,
    ScenarioWords,
    Subject,
    Table,
    Trial,
    Trials,
)
from loadtests.trials.spread import summarize

RUNGS = (
    "no_cache",
    "naive",
    "ttl",
    "small-entries",
    "lock",
    "metering",
    "native-types",
    "article",
    "layered",
)
LAST = len(RUNGS) - 1
PREFIXES = ("post", "feed", "comments", "user", "counts", "top", "reputation", "trending")


class Play(NamedTuple):
    """A scenario to be played: what it is, and what its trials hold to be drawn."""

    name: str
    table: Table
    figures: tuple[str, ...]
    drawn: tuple[str, ...] = ()
    rates: tuple[Rate, ...] = ()


STEADY = ("mean_ms", "p50_ms", "p99_ms", "hit_rate", "sql_per_request", "cpu_ms_per_request")
EPOCHS = ("worst_loads", "loads", "peak_loads", "first_fresh_ms", "slow_requests", "stale_age_ms")
COLD = ("loads", "peak_loads", "load_ms", "p50_ms", "p99_ms", "over_load_ms", "errors")
SERIES, TIMELINE = ("series", "histogram"), ("timeline",)

MEMORY = Play(
    "memory",
    "memory",
    ("cache_bytes", "dollars_per_month", "post_entry_bytes", "keys", "keys_without_ttl"),
)
LADDER = (
    MEMORY,
    Play("knee", "steady", ("knee_per_s",), ("series",)),
    Play("browse-low", "steady", STEADY, SERIES, ("low",)),
    Play("browse-high", "steady", STEADY, SERIES, ("high",)),
    Play("equal-budget", "memory", ("hit_rate", "evicted_keys", "mean_ms")),
    Play("stampede", "cold", COLD, TIMELINE),
    Play("natural-expiry", "natural", EPOCHS, (*SERIES, *TIMELINE)),
)
EVERYTHING = (
    *LADDER,
    *(Play(f"steady-{n}", "steady", STEADY, SERIES, ("low",)) for n in range(5)),
    *(Play(f"cold-{n}", "cold", COLD, (*SERIES, *TIMELINE)) for n in range(2)),
    Play("cache-down", "fault", ("errors", "p99_ms", "max_ms"), (*SERIES, "events")),
    Play("time-lapse", "over time", ("cache_bytes", "keys"), ("memory", "events")),
)


def ladder(subjects: Sequence[str] = RUNGS, repeats: int = 5) -> Trials:
    """The article's ladder, with goals that the last rung meets."""
    trials = run(LADDER, subjects, repeats, kind="ladder")
    trials["goals"] = [
        _goal("layered: at most 15 % of naive's bytes", 0.11, 0.15),
        _goal("layered: knee at least 4 times naive's", 4.6, 4.0, unit="times"),
        _goal("layered: one load at a cold stampede", 1.0, 1.0, unit="loads"),
        _goal("article: no key without a TTL", 0.0, 0.0, unit="keys"),
    ]
    return trials


def mistakes(repeats: int = 5) -> Trials:
    """Layered, and three plans that differ from it in a field."""
    names = ("no_cache", "layered", "layered.no-jitter", "layered.cache-aside", "layered.json")
    trials = run((LADDER[2], LADDER[5]), names, repeats, kind="mistakes")
    for subject in trials["subjects"][2:]:
        subject["base"] = "layered"
        subject["changes"] = {"shared": "cache_aside"}
    kept = {"layered.no-jitter": "stampede", "layered.cache-aside": "stampede"}
    trials["trials"] = [
        one
        for one in trials["trials"]
        if one["scenario"] == kept.get(one["subject"], one["scenario"])
        and not (one["subject"] == "layered.json" and one["scenario"] == "stampede")
    ]
    trials["summary"] = summarize(trials["trials"])
    return trials


def run(
    plays: Sequence[Play], subjects: Sequence[str], repeats: int = 5, *, kind: Kind = "run"
) -> Trials:
    """Every play against every subject."""
    made: list[Trial] = []
    for repeat in range(1, repeats + 1):
        for place, name in enumerate(subjects):
            worth = RUNGS.index(name) if name in RUNGS else place
            made += [_trial(play, name, worth, repeat, len(made) + 1) for play in plays]
    return {
        "schema": SCHEMA,
        "kind": kind,
        "created_at": "2026-11-23T06:10:00+00:00",
        "command": "python -m loadtests ladder --out reports/ladder",
        "quick": repeats < 5,
        "duration_s": 3_198.4,
        "machine": {
            "cpu": "Sample CPU @ 2.50GHz",
            "cores": 2,
            "memory_gib": 23.4,
            "kernel": "Linux 6.1.0",
            "python": "3.11.13",
        },
        "versions": {"postgres": "18.6", "valkey": "9.1.2", "fastapi": "0.165.0"},
        "seed": 1,
        "dataset": {
            "users": 1_000,
            "posts": 10_000,
            "comments": 60_000,
            "votes": 200_000,
            "follows": 18_000,
            "source": "generated, size medium, seed 1",
        },
        "price_dollars_per_gb_month": 12.5,
        "article": ARTICLE,
        "server_processes": 2,
        "unlimited": "127.0.0.1/32",
        "repeats": repeats,
        "rates": {"low": 84.0, "high": 610.0, "rule": "low: half of naive's knee"},
        "subjects": [_subject(name, subjects) for name in subjects],
        "scenarios": [_words(play) for play in plays],
        "figures": FIGURES,
        "trials": made,
        "summary": summarize(made),
        "goals": [],
        "valid": True,
        "why": [],
    }


def _subject(name: str, subjects: Sequence[str]) -> Subject:
    place = list(subjects).index(name)
    return {
        "name": name,
        "summary": f"{name}: what this plan is about, in a few words",
        "base": subjects[place - 1] if place > 1 else None,
        "changes": {"ttl": "by_kind"} if place > 1 else {},
    }


def _words(play: Play) -> ScenarioWords:
    return {
        "name": play.name,
        "summary": f"{play.name}: so much traffic of this kind, for so long",
        "symptom": "work a request",
        "table": play.table,
        "figures": list(play.figures),
        "rates": list(play.rates),
        "settings": {"CORRAL_TTL_SCALE": "20"} if play.table == "natural" else {},
        "distorts": "TTLs are a twentieth" if play.table == "natural" else "",
    }


def _trial(play: Play, subject: str, worth: int, repeat: int, order: int) -> Trial:
    rng = random.Random(f"{play.name}{subject}{repeat}")
    figures = {name: _value(name, worth, rng) for name in play.figures}
    drawing: Drawing = {}
    if "series" in play.drawn:
        drawing["series"] = _series(rng, worth)
        drawing["histogram"] = histogram_of(_latency(rng, worth) for _ in range(400)).rows()
    if "timeline" in play.drawn:
        drawing["timeline"], drawing["loads_timeline"] = _stampede(rng, worth)
    if "memory" in play.drawn:
        drawing["memory"] = {
            prefix: [(float(t), (t + 1) * 9_000.0 * (place + 1)) for t in range(0, 180, 2)]
            for place, prefix in enumerate(PREFIXES)
        }
    if "events" in play.drawn:
        drawing["events"] = [(2.0, "cache stopped"), (5.0, "cache back")]
    return {
        "subject": subject,
        "scenario": play.name,
        "repeat": repeat,
        "order": order,
        "figures": figures,
        "unknown": {},
        "by_outcome": {"hit": (900, 2.1, 6.3), "miss": (100, 31.0, 88.0)}
        if "series" in drawing
        else {},
        "drawing": drawing,
        "phases": [_phase(play, subject, order)],
        "valid": True,
        "why": [],
    }


def _value(name: str, worth: int, rng: random.Random) -> float:
    """Better figures the further the rung, with some noise."""
    if name in {"loads", "worst_loads", "peak_loads"}:
        return 1.0 if worth >= LAST - 4 else float(480 + rng.randrange(12))
    if name in {"errors", "keys_without_ttl", "slow_requests"} and worth > 1:
        return 0.0
    if FIGURES[name]["unit"] == "share":
        return 1 - 0.6 / (worth + 1) - rng.uniform(0, 0.01)
    scale = {"bytes": 9e7, "per second": 40.0 * (worth + 1) ** 2}.get(FIGURES[name]["unit"], 300.0)
    return scale / (worth + 1) * rng.uniform(0.96, 1.04)


def _latency(rng: random.Random, worth: int) -> float:
    return rng.lognormvariate(3.6 - 0.3 * worth, 0.7)


def _series(rng: random.Random, worth: int) -> list[tuple[float, float, float, float]]:
    rows = []
    for window in range(80):
        p50 = _latency(rng, worth)
        rows.append((window / 10, p50, p50 * rng.uniform(2, 9), 84.0))
    return rows


def _stampede(
    rng: random.Random, worth: int
) -> tuple[list[tuple[float, float, TimelineOutcome]], list[tuple[float, float]]]:
    bars: list[tuple[float, float, TimelineOutcome]] = []
    loads: list[tuple[float, float]] = []
    for number in range(500):
        start = number * 0.2
        if worth >= LAST - 4:
            kind: TimelineOutcome = "collapsed" if number else "miss"
            bars.append((start, 95.0 + rng.uniform(2, 90), kind))
            continue
        end = start + 300 + number * 24 + rng.uniform(0, 80)
        bars.append((start, end, "error" if number % 71 == 70 else "miss"))
        loads.append((max(start, end - 720), end))
    return bars, loads or [(1.2, 95.0)]


def _phase(play: Play, subject: str, order: int) -> PhaseConditions:
    behind = bool(play.rates == ("high",) and subject == "naive")
    return {
        "strategy": subject,
        "phase": play.name,
        "order": order,
        "duration_s": 8.0,
        "planned": 4_880,
        "planned_per_s": 610.0 if play.rates else None,
        "answered": 4_880,
        "achieved_per_s": 168.0 if behind else 609.0,
        "dropped": 320 if behind else 0,
        "errors": 0,
        "start_lateness_p99_ms": 1.7,
        "generator_cpu": 0.31,
        "other_cpu": 0.02,
        "other_process": "systemd (1)",
        "saturated": behind,
        "valid": True,
        "why": [],
    }


def _goal(text: str, value: float, limit: float, unit: str = "ratio") -> Goal:
    return {
        "id": text[:12],
        "text": text,
        "value": value,
        "limit": limit,
        "unit": unit,
        "met": True,
        "why": "",
    }

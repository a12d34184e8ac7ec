"""Eighteen months of people who come and go, in minutes: where the article's 32 GB came from."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from statistics import mean

from loadtests.mixes.turnover import MONTHS, STAYS_MONTHS
from loadtests.trials.keyspace import SAMPLE_KEYS, Counted, bands, looking_at
from loadtests.trials.meanwhile import Act, Meanwhile
from loadtests.trials.reading import steady_figures
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Stage

MONTH_S, LEAST_MONTH_S = 9.0, 3.0
SAMPLE_EVERY_S = 1.0
UNREAD_MONTHS = 3
LAST_MONTHS = 6
TTL_SCALE = 1_000
SPED_UP = 30 * 24 * 3_600 / MONTH_S
SHARED = "others use the store, too"
MEMORY_FIGURES = ("cache_bytes", "peak_bytes", "growth_bytes", "unread_bytes", "keys_without_ttl")

Sample = tuple[float, float, Mapping[str, float]]  # seconds, bytes, share of each prefix


async def _play(stage: Stage) -> Seen:
    store, shared = stage.contestant.store, stage.contest.shared_stores
    month_s = max(stage.long(MONTH_S), LEAST_MONTH_S)
    if not shared:
        await store.flush()
    empty_bytes, samples = await store.used_bytes(), list[Sample]()
    looking = looking_at(store.url, seed=stage.contest.seed, tally=store.tally)
    async with looking as keyspace:

        async def sample() -> None:
            used_bytes = await store.used_bytes() - empty_bytes
            samples.append((time.time(), used_bytes, await keyspace.shares()))

        acts = Meanwhile()
        acts.acts = _acts(sample, acts.note, month_s)
        lasts_s = MONTHS * month_s
        phase = await stage.steady(stage.low_per_s, lasts_s, mix="turnover", meanwhile=acts)
        final = await keyspace.count(UNREAD_MONTHS * month_s)
    seen = steady_figures(phase, lasts_s)
    seen.drawing["events"] = acts.events(phase.report["started_at"])
    if shared:
        seen.unknown |= dict.fromkeys(MEMORY_FIGURES, SHARED)
        return seen
    zero = phase.report["started_at"]
    timed = [(at - zero, used, shares) for at, used, shares in samples]
    timed.append((lasts_s, await store.used_bytes() - empty_bytes, final.shares()))
    seen.drawing["memory"] = bands(timed)
    seen.figures |= memory_figures(timed, final, month_s)
    return seen


def _acts(
    sample: Callable[[], Awaitable[None]], note: Callable[[str], None], month_s: float
) -> list[Act]:
    """A sample every second, and a word at every half year."""

    def noting(month: int) -> Callable[[], Awaitable[None]]:
        async def said() -> None:
            note(f"month {month}")

        return said

    looks = range(1, int(MONTHS * month_s / SAMPLE_EVERY_S))
    halves = range(LAST_MONTHS, MONTHS, LAST_MONTHS)
    return sorted(
        [Act(number * SAMPLE_EVERY_S, sample) for number in looks]
        + [Act(month * month_s, noting(month)) for month in halves],
        key=lambda act: act.at_s,
    )


def memory_figures(samples: Sequence[Sample], final: Counted, month_s: float) -> dict[str, float]:
    """The end, the peak, and what each of the last months added: nothing where TTLs bound it."""
    before = _mean_bytes(samples, (MONTHS - LAST_MONTHS - 0.5) * month_s, month_s)
    last = _mean_bytes(samples, (MONTHS - 0.5) * month_s, month_s)
    return {
        "cache_bytes": samples[-1][1],
        "peak_bytes": max(used for _, used, _ in samples),
        "growth_bytes": (last - before) / LAST_MONTHS,
        "unread_bytes": final.unread_bytes,
        "keys": final.keys,
        "keys_without_ttl": final.without_ttl,
    }


def _mean_bytes(samples: Sequence[Sample], middle_s: float, month_s: float) -> float:
    """Over one month; of the nearest sample when that month has none."""
    nearest = min(samples, key=lambda sample: abs(sample[0] - middle_s))
    return mean(
        [used for at, used, _ in samples if abs(at - middle_s) <= month_s / 2] or [nearest[1]]
    )


TIME_LAPSE = Scenario(
    name="time-lapse",
    summary=f"browse for {MONTHS} months of {MONTH_S:.0f} s, each with its share of newcomers; "
    f"whoever and whatever has been there for {STAYS_MONTHS} months is not asked about again",
    symptom="bytes that only grow: what nobody reads stays for ever without a TTL",
    table="over time",
    figures=(
        "growth_bytes",
        "cache_bytes",
        "peak_bytes",
        "unread_bytes",
        "keys_without_ttl",
        "hit_rate",
        "mean_ms",
        "p99_ms",
    ),
    play=_play,
    leaves_its_mark=True,
    expected_s=MONTHS * MONTH_S + 3,
    rates=("low",),
    settings={"CORRAL_TTL_SCALE": str(TTL_SCALE)},
    starts_warm=False,
    distorts=f"A month passes {SPED_UP:,.0f} times as fast as in life, TTLs only {TTL_SCALE:,} "
    "times and never below 100 ms: one of an hour lasts 0.4 months here, one of a day 10, and what "
    "is kept for two weeks, as home timelines are, outlasts the run. So strategies with TTLs hold "
    "more here than they would, and what is fresh for seconds is loaded anew ten times a second. "
    "People and posts are in the database from the first; what comes and goes is who is asked "
    f"about. Bytes by prefix are shares of some 2,000 random keys, {SAMPLE_KEYS} of them new every "
    "second, scaled to the bytes in all; at the end they are of every key. In a quick run a month "
    f"is {LEAST_MONTH_S:.0f} s. Unread is what the shared cache was not asked for: a copy in the "
    "process answers without it.",
)

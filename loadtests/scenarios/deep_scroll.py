"""Deep scroll: people page down lists by cursor, further than anybody keeps them."""

from loadtests.mixes.scrolling import DEEP, FIRST, PAGES
from loadtests.trials.noting import note_p99_of
from loadtests.trials.reading import steady_figures
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Stage

DURATION_S = 8.0


async def _play(stage: Stage) -> Seen:
    duration_s = stage.long(DURATION_S)
    store, shared = stage.contestant.store, stage.contest.shared_stores
    before_bytes, before_keys = await store.used_bytes(), await store.keys()
    phase = await stage.steady(stage.low_per_s / PAGES, duration_s, mix="scrolling")
    seen = steady_figures(phase, duration_s)
    for depth, figure in ((FIRST, "first_page_p99_ms"), (DEEP, "deep_page_p99_ms")):
        if not note_p99_of(seen, figure, phase.report, depth):
            seen.unknown[figure] = "nobody came so far: the lists are too short"
    if shared:
        why = "these stores are shared: others fill them as well"
        seen.unknown |= dict.fromkeys(("left_bytes", "left_keys"), why)
    else:
        seen.figures["left_bytes"] = await store.used_bytes() - before_bytes
        seen.figures["left_keys"] = await store.keys() - before_keys
    return seen


DEEP_SCROLL = Scenario(
    name="deep-scroll",
    summary=f"lists are read page by page, up to {PAGES} pages each, the next as soon as one came",
    symptom="p99 of a deep page against the first, and what pages that nobody rereads leave behind",
    table="steady",
    figures=(
        "deep_page_p99_ms",
        "first_page_p99_ms",
        "sql_per_request",
        "left_bytes",
        "left_keys",
        "loads_per_request",
        "errors",
        "dropped",
    ),
    play=_play,
    leaves_its_mark=True,
    expected_s=DURATION_S + 2,
    reach="http",
    rates=("low",),
    distorts="lists begin on their schedule; a further page is meant to start when the one before "
    "it has come, as nobody can ask for it earlier",
)

"""The ladder plays the service's rungs, in an order and sizes that fit its hour."""

import os
from pathlib import Path
from typing import Any, cast

import pytest

from loadtests.commands.ladder import SCENARIOS, SIZES, rungs, turns
from loadtests.contest import Findings
from loadtests.result import EntryBytes
from loadtests.scenarios.equal_budget import EQUAL_BUDGET, NO_REFERENCE, SHARED
from loadtests.scenarios.memory import weighed
from loadtests.trials.course import Course, expected_s
from loadtests.trials.goals import WHOLE_MIN
from loadtests.trials.offer import NO_CACHE, offered
from loadtests.trials.order import groups
from loadtests.trials.stage import Stage
from service.strategies.ladder import LADDER
from tests.loadtests.trials.test_playing import company


async def test_its_subjects_are_the_services_rungs() -> None:
    """Naive first, as its bytes set the budget of all; each on the one before; no_cache beside."""
    subjects = rungs(await offered(os.environ))
    names = [rung.plan.name for rung in LADDER]
    assert [one.name for one in subjects] == [*names, "no_cache"]
    assert [one.base for one in subjects[:-1]] == [None, *names[:-1]]
    assert all(one.changes for one in subjects[1:-1])


def test_what_is_weighed_comes_first_and_what_is_cut_has_a_turn_of_its_own() -> None:
    """Nor does anything else begin from what the overload of the ramp left."""
    assert [[one.name for one in group] for group in groups(SCENARIOS)] == [
        ["memory", "browse-low", "browse-high", "stampede", "knee"],
        ["equal-budget"],
        ["natural-expiry"],
    ]


@pytest.mark.parametrize(("quick", "repeats"), [(False, 5), (True, 1)])
async def test_it_fits_its_time_by_its_own_forecast(quick: bool, repeats: int) -> None:
    """A tenth is left for what stands before the first trial, and for what is played again."""
    subjects = rungs(await offered(os.environ))
    course = Course(
        kind="ladder",
        subjects=subjects,
        scenarios=SCENARIOS,
        repeats=repeats,
        seed=1,
        quick=quick,
        command="",
        own_sizes=SIZES[quick],
        own_parts=turns(subjects, repeats, quick=quick),
    )
    assert expected_s(course) <= 0.9 * 60 * WHOLE_MIN[quick]


@pytest.mark.parametrize(("quick", "repeats"), [(False, 5), (True, 1)])
async def test_no_cache_runs_beside_the_rungs(quick: bool, repeats: int) -> None:
    """As often and in their order; nothing is cut of what it does not hold, and nothing expires."""
    subjects = rungs(await offered(os.environ))
    for part in turns(subjects, repeats, quick=quick):
        warm = {"browse-low", "browse-high", "stampede", "knee"} <= {
            one.name for one in part.scenarios
        }
        assert part.repeats == repeats
        assert warm == (NO_CACHE in [one.name for one in part.subjects])


def test_what_lies_in_the_store_is_told() -> None:
    """Bytes, dollars at the article's price, keys, and a post's entry with all its keys."""
    entries = EntryBytes(mean=500.0, p99=900.0, entries=3)
    found = Findings(cache_bytes=2**30, keys=7, keys_without_ttl=2, post_entries=entries)
    assert weighed(found).unknown == {}
    assert weighed(found).figures == {
        "cache_bytes": 2**30,
        "dollars_per_month": 375.0,
        "keys": 7,
        "keys_without_ttl": 2,
        "post_entry_bytes": 500.0,
    }


def test_what_cannot_be_weighed_has_a_reason() -> None:
    """A shared server, a store that was not empty, and a cache without any post."""
    shared = weighed(Findings(keys=7, keys_without_ttl=0))
    assert shared.figures == {"keys": 7, "keys_without_ttl": 0}
    assert shared.unknown == {
        "cache_bytes": "others use the store, too",
        "dollars_per_month": "others use the store, too",
        "post_entry_bytes": "no post is cached",
    }
    assert weighed(Findings(cache_bytes=5)).unknown == dict.fromkeys(
        ("keys", "keys_without_ttl", "post_entry_bytes"),
        "the store was not empty before the warm trace",
    )


async def test_without_naives_bytes_there_is_no_budget() -> None:
    """As in `run --scenario equal-budget --strategy layered`; nor on somebody's own server."""
    whole, _ = company()
    stage = Stage(whole.contest, cast("Any", None), None, "equal-budget", 1, lambda *_figure: None)
    assert set((await EQUAL_BUDGET.play(stage)).unknown.values()) == {SHARED}
    whole.contest.shared_stores = False
    assert set((await EQUAL_BUDGET.play(stage)).unknown.values()) == {NO_REFERENCE}
    assert whole.contest.population == Path(), "nothing was sent"

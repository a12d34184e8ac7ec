"""Mistakes are played beside layered where they show, and judged by their spread."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from loadtests.commands.main import main
from loadtests.commands.mistakes import TELLING, by_scenario, wrong
from loadtests.errors import LoadTestError
from loadtests.scenarios import SCENARIOS
from loadtests.trials.figures import FIGURES
from loadtests.trials.offer import Offer, offered
from loadtests.trials.schema import Sighting, Trials
from loadtests.trials.sightings import sightings
from tests.loadtests.trials.made_up import run, trials_of

WITHOUT = ("layered", "browse")
WITH_IT = ("layered.near", "browse")
FIVE = (1.0, 1.1, 1.2, 1.3, 1.4)


@pytest.fixture
async def offer() -> Offer:
    """What the service says there is."""
    return await offered(os.environ)


async def test_all_of_them_or_one_by_its_short_name(offer: Offer) -> None:
    """Layered and no_cache always; another name is refused with those that there are."""
    names = [one.name for one in wrong([])(offer)]
    assert names == ["layered", *offer.mistakes, "no_cache"]
    for given in ("no-ttl", "layered.no-ttl"):
        assert [one.name for one in wrong([given])(offer)] == [
            "layered",
            "layered.no-ttl",
            "no_cache",
        ]
    with pytest.raises(LoadTestError, match=r"'no-tlt' \(is no-ttl meant\?\)"):
        wrong(["no-tlt"])(offer)


async def test_each_is_played_in_its_scenario_and_layered_once_beside_them(offer: Offer) -> None:
    """So that nothing is started more often than needed; no_cache comes once."""
    parts = by_scenario(wrong([])(offer), 5)
    judged, beside = parts[::2], parts[1::2]
    played = [one.name for part in judged for one in part.subjects if one.name != "layered"]
    assert sorted(played) == sorted(offer.mistakes)
    assert len({part.scenarios[0].name for part in judged}) == len(judged)
    for part in judged:
        assert (part.subjects[0].name, part.repeats) == ("layered", 5)
        assert {one.scenario for one in part.subjects[1:]} == {part.scenarios[0].name}
    assert {(part.subjects[0].name, part.repeats) for part in beside} == {("no_cache", 1)}


async def test_every_telling_figure_is_one_of_its_scenario(offer: Offer) -> None:
    """And is known by name and unit, with a better way to be."""
    assert set(TELLING) <= set(offer.mistakes)
    for one in wrong([])(offer):
        if one.scenario:
            figure = one.figure or SCENARIOS[one.scenario].figures[0]
            assert figure in SCENARIOS[one.scenario].figures, one.name
            assert FIGURES[figure]["better"] != "neither", one.name


def told(with_it: Sequence[float], without: Sequence[float] = FIVE) -> Sighting:
    """What is said of commands a request of one mistake."""
    figure = "commands_per_request"
    repeats = {
        WITHOUT: [{figure: value} for value in without],
        WITH_IT: [{figure: value} for value in with_it],
    }
    return sightings(mistaken(run(repeats)))[0]


def mistaken(trials: Trials) -> Trials:
    """With the words of layered and one mistake."""
    words = {"changes": {"near": "nothing_near"}, "symptom": "more commands", "scenario": "browse"}
    trials["subjects"] = cast(
        "Any",
        [
            {"name": "layered", "base": "article", "changes": {}},
            {"name": "layered.near", "base": "layered", "figure": "commands_per_request", **words},
        ],
    )
    trials["scenarios"] = cast("Any", [{"name": "browse", "figures": ["mean_ms"]}])
    return trials


def test_worse_in_every_repeat_is_seen() -> None:
    """With the field, the symptom, and both spreads beside it."""
    found = told([2.0, 2.1, 2.2, 2.3, 2.4])
    assert (found["mistake"], found["seen"], found["why"]) == ("layered.near", "seen", "")
    assert found["changes"] == {"near": "nothing_near"}
    assert found["without_it"] == {"median": 1.2, "least": 1.0, "most": 1.4, "valid": 5, "of": 5}
    assert found["with_it"] == {"median": 2.2, "least": 2.0, "most": 2.4, "valid": 5, "of": 5}


def test_what_overlaps_or_does_better_is_not_seen() -> None:
    """And it says which of the two."""
    overlaps, better = told([1.35, 2.1, 2.2, 2.3, 2.4]), told([0.1, 0.2, 0.3, 0.4, 0.5])
    assert {overlaps["seen"], better["seen"]} == {"not seen in this run"}
    assert overlaps["why"] == "the difference is within the spread"
    assert better["why"] == "the mistake did better"


def test_a_few_repeats_have_no_verdict() -> None:
    """Neither have repeats that were all disturbed."""
    few = told([2.0, 2.1, 2.2], FIVE[:3])
    assert (few["seen"], few["why"]) == (
        "no verdict",
        "no verdict: too few repeats to tell it from noise",
    )
    trials = run({WITHOUT: [{"commands_per_request": 1.0}] * 5, WITH_IT: [{"mean_ms": 1.0}] * 5})
    trials_of(trials, *WITH_IT)[0]["unknown"] = {"commands_per_request": "the store is not ours"}
    none = sightings(mistaken(trials))[0]
    assert (none["seen"], none["with_it"]) == ("no verdict", None)
    assert none["why"] == "no verdict: layered.near, browse: the store is not ours"


def test_a_mistake_that_there_is_not_is_refused_before_anything_starts(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With those that there are."""
    assert main(["mistakes", "--only", "no-tlt", "--out", str(tmp_path)]) == 1
    assert "choose from whole-graphs, json, no-ttl" in " ".join(capsys.readouterr().out.split())
    assert not list(tmp_path.iterdir())

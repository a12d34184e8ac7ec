"""Repeats become medians with least and most, and only valid ones count."""

from loadtests.trials.schema import Trial
from loadtests.trials.spread import shortfalls, summarize


def trial(p99_ms: float, *, repeat: int = 1, valid: bool = True, subject: str = "naive") -> Trial:
    """One trial of one figure."""
    return {
        "subject": subject,
        "scenario": "browse",
        "repeat": repeat,
        "order": repeat,
        "figures": {"p99_ms": p99_ms},
        "unknown": {},
        "by_outcome": {},
        "drawing": {},
        "phases": [],
        "valid": valid,
        "why": [] if valid else ["browse: starts were late"],
    }


def test_the_median_stands_between_least_and_most() -> None:
    """Of three repeats, one of them an outlier."""
    trials = [trial(10.0), trial(900.0, repeat=2), trial(12.0, repeat=3)]
    assert summarize(trials)["browse"]["naive"]["p99_ms"] == {
        "median": 12.0,
        "least": 10.0,
        "most": 900.0,
        "valid": 3,
        "of": 3,
    }


def test_an_invalid_repeat_is_counted_and_not_read() -> None:
    """Its figure is in no median."""
    found = summarize([trial(10.0), trial(900.0, repeat=2, valid=False)])["browse"]["naive"]
    assert (found["p99_ms"]["most"], found["p99_ms"]["valid"], found["p99_ms"]["of"]) == (
        10.0,
        1,
        2,
    )


def test_without_a_valid_repeat_there_is_no_figure() -> None:
    """Rather none than a wrong one."""
    assert summarize([trial(10.0, valid=False)]) == {"browse": {"naive": {}}}


def test_a_repeat_made_good_is_no_shortfall() -> None:
    """The invalid trial stays in the file, and the run is valid."""
    assert shortfalls([trial(9.0, valid=False), trial(10.0)]) == []
    assert shortfalls([trial(9.0, valid=False), trial(10.0, repeat=2)]) == [
        "naive, browse, repeat 1: browse: starts were late"
    ]

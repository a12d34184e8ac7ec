"""The facts of a report say where turns began, what shared one, and what was played again."""

from typing import Any

from loadtests.report.trials.read import read
from loadtests.report.trials.turns import turn_facts


def facts(**result: Any) -> dict[str, str]:
    """Of a file with these fields alone."""
    return {name: said for name, said in turn_facts(read(result)) if said}


def test_what_a_turn_was_is_told() -> None:
    """In the order in which it was played, and with what was put back before it."""
    again = {"subject": "ttl", "scenario": "knee", "repeat": 2, "why": ["knee: starts were late"]}
    found = facts(
        groups=[["calibration"], ["memory", "knee"], ["memory", "knee"]],
        pairs=True,
        sizes={"warm_requests": 40_000},
        replays=[again],
    )
    assert found["Turns"] == "calibration; memory → knee"
    assert "that stands for 40,000 requests" in found["Began"]
    assert found["Played again"] == "ttl, knee, repeat 2: knee: starts were late"


def test_an_older_file_or_shared_stores_say_nothing_of_pairs() -> None:
    """Rather nothing than what was not so."""
    assert facts() == {}
    assert "Began" not in facts(pairs=False, sizes={"warm_requests": 40_000})

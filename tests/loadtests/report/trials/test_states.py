"""What may be concluded: valid, partly, invalid, quick."""

import re

import pytest

from loadtests.report.verdict import NO_VERDICT

from .drawing import all_of, everything, html, summary, words
from .made_up import BUSY, broke, drawn


def flat(name: str, text: str) -> str:
    """The text as it is read."""
    return words(text) if name == "html" else " ".join(text.replace("│", " ").split())


def test_an_invalid_run_gets_no_verdict() -> None:
    """The alarm and each reason are there; no tick, no cross, no comparison is."""
    result = drawn("ladder")
    broke(result)
    for name, text in everything(result).items():
        said = flat(name, text)
        assert NO_VERDICT in said, name
        assert BUSY in said, name
        assert not {"✓", "✗", "÷"} & set(said), name
        assert "goals met" not in said, name
        assert ", better" not in said, name
    listed = summary(result).count(BUSY)
    assert len(result["trials"]) == listed


def test_a_mistake_is_not_seen_in_an_invalid_run() -> None:
    """Nothing is: neither seen nor not seen."""
    result = drawn("mistakes")
    broke(result)
    assert "0 of 3 mistakes are seen" in summary(result)
    assert "3 without a verdict" in summary(result)


def test_figures_of_invalid_trials_are_in_brackets() -> None:
    """They help to find the cause, and are not to be quoted."""
    result = drawn()
    broke(result, subject="naive")
    line = next(row for row in summary(result).splitlines() if row.startswith("| naive | ("))
    assert line.endswith("0 of 5 |")
    assert "so this proves nothing" in summary(result)


def test_brackets_stand_in_the_ladder_and_beside_mistakes_too() -> None:
    """Wherever a figure of broken repeats is shown."""
    ladder, mistakes = drawn("ladder"), drawn("mistakes")
    broke(ladder, subject="lock")
    broke(mistakes, subject="layered.json")
    for text in everything(ladder).values():
        assert re.search(r"\(1[67]\.\d(\sMiB)?\b", text)
    assert re.search(r"\| \([\d.]+ ms\) \| no verdict \|", summary(mistakes))


def test_what_is_left_of_a_partly_valid_run_is_judged() -> None:
    """Fewer repeats stand, and the broken ones are listed."""
    result = drawn()
    broke(result, subject="naive", repeats=1)
    text = summary(result)
    assert NO_VERDICT not in text
    assert "| 4 of 5 |" in text
    assert "5 of 75 trials broke their conditions" in text
    assert f"naive, memory, repeat 1: warm: {BUSY}" in text


def test_trials_that_were_played_again_leave_the_run_valid() -> None:
    """They are told, and nothing lacks."""
    result = drawn()
    broke(result, subject="naive", repeats=1)
    result["valid"] = True
    assert "Others were played in their place." in summary(result)
    assert "partly" not in summary(result)


def test_a_valid_run_raises_no_alarm() -> None:
    """The alarm is for invalid runs alone."""
    for name, text in all_of().items():
        assert NO_VERDICT not in text, name
        assert "broke their conditions" not in flat(name, text), name


@pytest.mark.parametrize("name", ["terminal", "markdown", "html"])
def test_a_quick_run_says_so_and_shows_no_spread_of_one(name: str) -> None:
    """One repeat has none, and proves no difference."""
    said = flat(name, all_of("quick")[name])
    assert "Quick run" in said
    assert "One repeat: no spread is shown" in said
    assert "more than the repeats differ" not in said
    assert "too few repeats to tell" in said


def test_three_repeats_are_too_few_and_said() -> None:
    """They are shown with their spread, and draw no verdict."""
    result = drawn()
    result["repeats"] = 3
    assert "3 repeats instead of at least 5." in words(html(result))


def test_a_run_that_does_not_say_that_it_was_valid_is_not() -> None:
    """A null is no yes."""
    result = drawn()
    result["valid"] = None
    assert "does not say that it was valid" in summary(result)


def test_what_never_happens_and_who_is_overwhelmed_are_told() -> None:
    """Neither is a gap: a list without a TTL never expires, and no cache may be too little."""
    result = drawn("ladder")
    del result["summary"]["natural-expiry"]["naive"]["worst_loads"]
    for trial in result["trials"]:
        if (trial["subject"], trial["scenario"]) == ("naive", "natural-expiry"):
            trial["unknown"] = {"worst_loads": "never expires: its entry has no TTL"}
            trial["figures"].pop("worst_loads")
        if (trial["subject"], trial["scenario"]) == ("no_cache", "browse-low"):
            trial["phases"][-1] |= {"saturated": True, "planned_per_s": 172, "achieved_per_s": 127}
    said = flat("terminal", everything(result)["terminal"])
    assert "never" in said
    assert "no_cache cannot keep up at the low rate: 127 of 172 requests a second" in said

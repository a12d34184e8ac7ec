"""Layered with one field wrong: one field each, and none that could be wrong is left out."""

import re
from dataclasses import fields

import pytest

from service.strategies import WRONG, plan_named
from service.strategies.layered import LAYERED
from service.strategies.mistakes import MISTAKES, Mistake
from service.strategies.pieces import changed
from service.strategies.plan import Plan

# How a plan is called, and what lists of ids have nothing beneath.
NEVER_WRONG = {"name", "summary", "cached"}
SCENARIOS = {
    "browse", "community", "write-storm", "stampede", "natural-expiry", "expiry-wave",
    "cold-start", "flash-crowd", "celebrity", "missing-ids", "deep-scroll", "deploy",
    "cache-down", "cache-hung", "cache-slow", "time-lapse",
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda each: each.name)
def test_one_field_is_wrong(mistake: Mistake) -> None:
    """The one that it names, and a load test that is to show it."""
    assert [name for name, _ in changed(mistake.plan, LAYERED)] == [mistake.wrong_field]
    assert mistake.name == mistake.plan.name
    assert plan_named(mistake.name) is mistake.plan
    assert mistake.scenario in SCENARIOS
    assert re.fullmatch(r"layered\.[a-z-]+", mistake.name)


def test_every_decision_has_a_mistake() -> None:
    """What cannot be wrong in layered is listed above with its reason."""
    wrong = {mistake.wrong_field for mistake in MISTAKES}
    assert wrong == {field.name for field in fields(Plan)} - NEVER_WRONG


def test_names_are_names_of_databases() -> None:
    """However a load test writes them: no two become the same."""
    written = {re.sub(r"[^a-z0-9_]", "_", name) for name in WRONG}
    assert len(written) == len(WRONG) == len(MISTAKES)

"""The article's story: what each step changes, and that it ends where the article does."""

from dataclasses import fields
from itertools import pairwise

import pytest

from service.strategies import STRATEGIES, plan_named
from service.strategies.article import ARTICLE
from service.strategies.catalogue import LADDER_NAMES
from service.strategies.ladder import COMPUTED_RESULTS, LADDER
from service.strategies.pieces import PIECES, changed, name_of
from service.strategies.plan import Plan

STEPS = {
    "ttl": {"ttl"},
    "small-entries": {"entries"},
    "lock": {"shared", "invalidation"},
    "metering": {"metering", "cached"},
    "native-types": {"types"},
    "article": {"reputation"},
}


def test_each_step_changes_its_own_fields() -> None:
    """In the article's order, and nothing else but what a plan is called."""
    assert LADDER_NAMES == ["naive", *STEPS, "layered"]
    for before, rung in pairwise(LADDER[:-1]):
        assert {name for name, _ in changed(rung.plan, before.plan)} == STEPS[rung.plan.name]


def test_the_last_step_is_the_article() -> None:
    """Field by field, so that nothing of it has come from anywhere else."""
    for field in fields(Plan):
        assert getattr(COMPUTED_RESULTS, field.name) == getattr(ARTICLE, field.name), field.name


def test_the_ladder_stands_on_the_strategies() -> None:
    """What two names mean is one object."""
    for name in ("naive", "layered"):
        assert plan_named(name) is STRATEGIES[name]
        assert STRATEGIES[name] in [rung.plan for rung in LADDER]


def test_every_field_has_its_pieces() -> None:
    """Each a name, so that any of them can be set and told."""
    assert {field.name for field in fields(Plan)} - PIECES.keys() == {"name", "summary"}
    for plan in (*STRATEGIES.values(), *(rung.plan for rung in LADDER)):
        for field, pieces in PIECES.items():
            assert name_of(field, getattr(plan, field)) in pieces, (plan.name, field)


def test_a_piece_of_somebodys_own_goes_by_its_name() -> None:
    """A function's or a class's; what has none is not made up."""

    def mine() -> None:
        """Do nothing."""

    assert name_of("near", mine) == "mine"
    assert name_of("near", 5) == "of its own"


@pytest.mark.parametrize(
    ("name", "told"), [("lok", "is lock meant?"), ("clever", "native-types, or a mistake from")]
)
def test_a_name_that_nobody_has_is_refused(name: str, told: str) -> None:
    """With what is meant, and what there is."""
    with pytest.raises(ValueError, match="there is no strategy") as refused:
        plan_named(name)
    assert told in str(refused.value)

"""What can be compared, and what is said to who names something else."""

from pathlib import Path

import pytest

from loadtests.errors import LoadTestError
from loadtests.trials.calibration import first_and_last
from loadtests.trials.offer import Offer, own_plan, with_no_cache
from loadtests.trials.subject import LONGEST_SLUG, Subject

NAMES = ("no_cache", "naive", "article", "layered")
OFFER = Offer(
    {name: Subject(name, name, {"CORRAL_STRATEGY": name}) for name in NAMES},
    ladder=NAMES[1:],
    mistakes=[],
    pieces={"near": ["nothing_near", "near_cache"], "shared": ["fenced_lease"]},
)


def named(*names: str) -> list[Subject]:
    """Subjects of these names."""
    return [Subject(name, name, {}) for name in names]


def test_an_unknown_strategy_is_refused_with_the_known_ones() -> None:
    """And with the one that it resembles."""
    with pytest.raises(LoadTestError) as error:
        OFFER.subject("layerd")
    assert str(error.value) == (
        "There is no strategy 'layerd' (is layered meant?); "
        "choose from no_cache, naive, article, layered."
    )


def test_a_change_makes_another_subject_of_the_same_base() -> None:
    """By CORRAL_SET, on top of what chose the base; its name says what it is."""
    changed = OFFER.changed(OFFER.subject("layered"), "near=nothing_near,ttl.feed_s=60")
    assert changed.name == "layered,near=nothing_near,ttl.feed_s=60"
    assert changed.base == "layered"
    assert changed.changes == {"near": "nothing_near", "ttl.feed_s": "60"}
    assert changed.settings == {
        "CORRAL_STRATEGY": "layered",
        "CORRAL_SET": "near=nothing_near,ttl.feed_s=60",
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("near", "'near' says no change: write FIELD=PIECE"),
        ("", "--set needs FIELD=PIECE"),
        ("neer=nothing_near", "no field 'neer' (is near meant?); choose from near, shared"),
        ("near=nothing", "no piece 'nothing' for near (is nothing_near meant?)"),
        ("ttl.feed_s=soon", "ttl.feed_s is a number of seconds, not 'soon'"),
    ],
)
def test_a_change_that_fits_nothing_is_refused(change: str, said: str) -> None:
    """With what there is to choose from."""
    with pytest.raises(LoadTestError) as error:
        OFFER.changed(OFFER.subject("layered"), change)
    assert said in str(error.value)


def test_a_plan_of_ones_own_is_a_subject(tmp_path: Path) -> None:
    """Its file is found wherever the service runs."""
    file = tmp_path / "mine.py"
    file.write_text("PLAN = None\n")
    mine = own_plan(f"{file}:PLAN")
    assert (mine.name, mine.settings) == ("mine:PLAN", {"CORRAL_PLAN": f"{file}:PLAN"})


@pytest.mark.parametrize("text", ["mine.py", ":PLAN", "mine.py:"])
def test_a_plan_without_a_file_or_a_name_is_refused(text: str) -> None:
    """With how it is written."""
    with pytest.raises(LoadTestError, match="write FILE:NAME"):
        own_plan(text)


def test_a_plan_in_no_file_is_refused() -> None:
    """Before a service looks for it."""
    with pytest.raises(LoadTestError, match=r"There is no file nowhere\.py"):
        own_plan("nowhere.py:PLAN")


def test_no_cache_runs_beside_the_rest_once() -> None:
    """A cache that does not pay is seen."""
    assert [one.name for one in with_no_cache(named("naive"), OFFER)] == ["no_cache", "naive"]
    there = named("naive", "no_cache", "naive")
    assert [one.name for one in with_no_cache(there, OFFER)] == ["naive", "no_cache"]


def test_two_subjects_never_share_a_database() -> None:
    """Names that differ in nothing that a database's name may have."""
    with pytest.raises(LoadTestError, match="too alike in name"):
        with_no_cache(named("a.b", "a-b"), OFFER)


def test_a_long_name_is_cut_and_stays_its_own() -> None:
    """PostgreSQL would cut it, and two into one."""
    one, other = (Subject(f"layered,{'x' * 60}={end}", "", {}).slug for end in "ab")
    assert one != other
    assert len(one) == len(other) == LONGEST_SLUG


@pytest.mark.parametrize(
    ("names", "least", "most"),
    [
        (("no_cache", "naive", "article", "layered"), "naive", "layered"),
        (("no_cache", "layered", "naive", "article"), "naive", "layered"),
        (("no_cache", "ttl", "lock"), "ttl", "lock"),
        (("no_cache", "layered"), "layered", "layered"),
        (("no_cache",), "no_cache", "no_cache"),
    ],
)
def test_rates_follow_naive_and_layered_or_first_and_last(
    names: tuple[str, ...], least: str, most: str
) -> None:
    """Never no_cache, which is there to be compared with, unless it is alone."""
    assert [one.name for one in first_and_last(named(*names))] == [least, most]

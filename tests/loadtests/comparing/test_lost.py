"""What is not known any more is worse, and what is bounded is ordered as far as it is known."""

from loadtests.comparing.differences import Difference, compare
from loadtests.comparing.verdicts import is_open
from loadtests.trials.bounds import Known, spread_of_known
from loadtests.trials.schema import Spread, Trials
from tests.loadtests.comparing.made_up import run

FIVE = (1.0, 1.1, 1.2, 1.3, 1.4)
NEVER = (12.0,) * 5  # s that were watched, and no more
BACK = "p99_back_s"


def the_only(before: Trials, after: Trials) -> Difference:
    """The one difference."""
    (found,) = compare(before, after).differences
    return found


def test_never_is_worse_than_late() -> None:
    """It was back within 1.4 s; now it is not back after 12, nor is that how long it takes."""
    never = run({BACK: NEVER}, bounds={BACK: NEVER})
    assert the_only(run({BACK: FIVE}), never).verdict == "worse"
    assert the_only(never, run({BACK: FIVE})).verdict == "better"


def test_two_bounds_are_not_told_apart() -> None:
    """Never within 12 s and never within 20 may both be 30; the control: they are known."""
    longer = (20.0,) * 5
    before, after = (
        run({BACK: NEVER}, bounds={BACK: NEVER}),
        run({BACK: longer}, bounds={BACK: longer}),
    )
    assert the_only(before, after).verdict == "within the spread"
    assert the_only(run({BACK: NEVER}), run({BACK: longer})).verdict == "worse"


def test_one_repeat_that_never_was_may_be_as_late_as_any() -> None:
    """Four were back early and one never: what is later than these four is not worse than it."""
    before = run({BACK: (*FIVE[:4], 2.0)}, bounds={BACK: (2.0,)})
    assert the_only(before, run({BACK: (3.0, 3.1, 3.2, 3.3, 3.4)})).verdict == "within the spread"


def test_without_a_valid_repeat_a_figure_is_lost() -> None:
    """And what spoilt the first is said."""
    after = run({"loads": FIVE})
    for trial in after["trials"]:
        trial["valid"], trial["why"] = False, ["browse: unexpected errors: 3 x 500"]
    after["summary"]["browse"]["layered"] = {}
    found = the_only(run({"loads": FIVE}), after)
    assert (found.verdict, found.after, found.change) == ("lost", None, None)
    assert found.why == "no valid repeat: browse: unexpected errors: 3 x 500"


def test_a_subject_that_was_given_up_is_lost() -> None:
    """Its turns failed one after another, so there are no trials of it at all."""
    after = run({"loads": FIVE}, given_up={"layered": "it does not start"})
    after["trials"], after["summary"] = [], {"browse": {}}
    assert the_only(run({"loads": FIVE}), after).why == "no valid repeat: it does not start"


def test_what_only_failures_have_is_no_loss() -> None:
    """How long the failed ones took, where none fails any more; the control: another figure."""
    before = run({"fail_p99_ms": FIVE, "loads": FIVE})
    assert [one.name for one in compare(before, run({"loads": FIVE})).differences] == ["loads"]
    assert the_only(run({"p99_ms": FIVE}), run({}, scenario="browse")).verdict == "lost"


def test_what_was_too_little_to_judge_is_not_lost() -> None:
    """Two repeats of it, which nothing can differ from; nor are trials that found the rates."""
    after = run({}, scenario="browse")
    assert not compare(run({"p99_ms": FIVE[:2]}), after).differences
    calibrated = run({"knee_per_s": FIVE}, scenario="calibration")
    assert compare(calibrated, after).not_played == []


def test_a_scenario_that_began_elsewhere_is_not_judged() -> None:
    """Another had filled the cache for it; the control: the same before it in both."""
    before = run({"loads": FIVE}, groups=[["memory", "browse"]])
    (reason,) = compare(before, run({"loads": FIVE})).unjudged
    assert "memory was played before it then, nothing now" in reason
    assert not compare(before, run({"loads": FIVE}, groups=[["memory", "browse"]])).unjudged


def test_another_plan_of_the_same_name_is_not_judged() -> None:
    """Its file has another text; where it lies does not matter, other settings do."""

    def own(path: str, digest: str, **more: str) -> Trials:
        settings = {"CORRAL_PLAN": path, **more}
        named = {"name": "layered", "settings": settings, "plan_sha256": digest}
        return run({"loads": FIVE}, subjects=[named])

    before = own("/a/mine.py:PLAN", "1")
    assert not compare(before, own("/b/mine.py:PLAN", "1")).unjudged
    assert "has another text" in compare(before, own("/a/mine.py:PLAN", "2")).unjudged[0]
    changed = compare(before, own("/a/mine.py:PLAN", "1", CORRAL_SET="near=nothing_near"))
    assert "is with CORRAL_SET=near=nothing_near" in changed.unjudged[0]


def test_what_only_bounds_keep_from_being_told_is_open() -> None:
    """Two that never came back may differ; an early repeat among late ones overlaps for certain."""

    def spread(*values: Known) -> Spread:
        return spread_of_known(values, of=len(values))

    known, never = spread((1.0, False), (2.0, False)), spread((12.0, True), (20.0, True))
    assert is_open(never, never)
    assert is_open(never, known), "it may be later yet, whatever is judged of what is known"
    assert not is_open(known, known)
    assert not is_open(known, spread((1.5, False), (20.0, True)))

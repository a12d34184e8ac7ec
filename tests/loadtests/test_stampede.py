"""Both sides of a stampede on one clock."""

from loadtests.recorder import Answer, Recorder, Report, Run, summary
from loadtests.services import Load
from loadtests.stampede import summarize

BEGAN = 1_000.0


def report_of(*answers: Answer) -> Report:
    """A burst that began at BEGAN."""
    recorder = Recorder()
    for answer in answers:
        recorder.answered(answer)
    run = Run(
        label="stampede",
        started_at=BEGAN,
        duration_s=1.0,
        planned=2,
        cpu_s=0.1,
        cpu_at_worst=0.1,
        patience_s=4.0,
    )
    return summary(recorder, run)


def load(start_s: float, end_s: float, kind: str = "top") -> Load:
    """A load that began so long after the burst."""
    return Load(
        id=1, kind=kind, key="top:{day}", start_s=BEGAN + start_s, end_s=BEGAN + end_s, ok=True
    )


def test_loads_and_requests_stand_on_one_clock() -> None:
    """Milliseconds since the burst began."""
    report = report_of(
        Answer("burst", "miss", 0.0, 0.09, ""), Answer("burst", "collapsed", 0.05, 0.1, "")
    )
    found = summarize(report, [load(0.01, 0.08), load(0.0, 5.0, kind="post")])
    assert found["timeline"] == [(0.0, 90.0, "miss"), (50.0, 100.0, "collapsed")]
    assert found["loads_timeline"] == [(10.0, 80.0)]
    assert (found["loads"], found["peak_concurrent_loads"]) == (1, 1)
    assert round(found["load_ms"], 3) == 70.0
    assert found["within_ms"] == 50.0


def test_errors_are_drawn_and_late() -> None:
    """They are bars of their own, and no quick answers."""
    report = report_of(
        Answer("burst", "miss", 0.0, 0.1, ""), Answer("burst", "none", 0.0, 0.001, "503")
    )
    found = summarize(report, [])
    assert (found["requests"], found["errors"]) == (2, 1)
    assert (4_000, ["p99_ms", "max_ms"]) == (found["max_ms"], found["at_least"])
    assert [how for _, _, how in found["timeline"]] == ["miss", "error"]


def test_a_stampede_in_which_nobody_is_answered_shows_how_long_they_waited() -> None:
    """The worst case must not look like the best."""
    report = report_of(Answer("burst", "none", 0.0, 60.0, "timeout"))
    assert summarize(report, [])["p99_ms"] > 59_000

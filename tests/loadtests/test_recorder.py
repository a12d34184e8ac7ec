"""What a run recorded adds up, in every way it is told apart."""

import pytest

from loadtests.recorder import Answer, Recorder, Report, Run, summary


def report_of(*answers: Answer, dropped: int = 0, lateness_s: tuple[float, ...] = ()) -> Report:
    """The summary of these answers."""
    recorder = Recorder()
    for _ in range(dropped):
        recorder.dropped("post", intended_s=0.0, end_s=4.1)
    for answer in answers:
        recorder.answered(answer)
    for late_s in lateness_s:
        recorder.started(late_s)
    planned = len(answers) + dropped
    run = Run(
        label="low",
        started_at=0.0,
        duration_s=1.0,
        planned=planned,
        cpu_s=0.1,
        cpu_at_worst=0.1,
        patience_s=4.0,
    )
    return summary(recorder, run)


def test_latency_counts_from_the_intended_start() -> None:
    """However long the request waited before it was sent."""
    report = report_of(Answer("post", "hit", intended_s=1.0, end_s=3.5, error=""))
    assert report["latency_ms"] is not None
    assert report["latency_ms"]["mean"] == 2_500.0


def test_hit_rate_counts_reads_that_were_answered() -> None:
    """Writes and errors are neither hits nor reads; stale answers are hits."""
    report = report_of(
        Answer("post", "hit", 0.0, 0.1, ""),
        Answer("post", "stale", 0.0, 0.1, ""),
        Answer("post", "collapsed", 0.0, 0.1, ""),
        Answer("post", "none", 0.0, 0.1, "503"),
        Answer("vote", "bypass", 0.0, 0.1, ""),
    )
    assert (report["hits"], report["reads"]) == (2, 3)


def test_a_quick_error_is_as_late_as_the_generator_waits() -> None:
    """It is no quick answer, it is none; so mean, p99 and maximum are bounds, and p50 is not."""
    quick = [Answer("post", "hit", 0.0, 0.001, "") for _ in range(3)]
    report = report_of(*quick, Answer("post", "none", 0.5, 0.501, "503"))
    assert (4, 1) == (report["requests"], report["errors"])
    assert {"503": 1} == report["error_kinds"]
    assert report["latency_ms"] is not None
    assert 4_000 == pytest.approx(report["latency_ms"]["p99"], rel=0.01)
    assert 1 == pytest.approx(report["latency_ms"]["p50"], rel=0.01)
    assert ["mean", "p95", "p99", "max"] == report["latency_ms"]["at_least"]
    assert (1, ["mean_ms", "p99_ms"]) == (
        report["by_request"]["post"]["errors"],
        report["by_request"]["post"]["at_least"],
    )
    assert ["hit", "hit", "hit", "error"] == [how for _, _, how in report["rows"]]


def test_an_error_that_took_longer_is_that_late() -> None:
    """A timeout of 10 s."""
    report = report_of(Answer("post", "hit", 0.0, 0.1, ""), Answer("post", "none", 0, 10.0, "x"))
    assert report["latency_ms"] is not None
    assert 10_000 == report["latency_ms"]["max"]


def test_dropped_starts_are_in_the_latency_and_not_among_what_was_sent() -> None:
    """Whoever drops most would look quickest."""
    report = report_of(Answer("post", "hit", 0.0, 0.001, ""), dropped=3)
    assert (1, 0, 3) == (report["requests"], report["errors"], report["dropped"])
    assert report["latency_ms"] is not None
    assert report["latency_ms"]["p50"] > 4_000
    assert "p50" in report["latency_ms"]["at_least"]
    assert 4 == sum(count for _, count in report["histogram"])
    assert {"hit": 1} == {how: part["requests"] for how, part in report["by_outcome"].items()}


def test_a_run_without_losses_has_no_bounds() -> None:
    """All its figures are what was measured."""
    report = report_of(Answer("post", "hit", 0.0, 0.1, ""))
    assert report["latency_ms"] is not None
    assert "at_least" not in report["latency_ms"]


def test_writes_are_rows_of_their_own_kind() -> None:
    """So that a hit rate by rows has the reads that the one of the whole phase has."""
    report = report_of(
        Answer("vote", "bypass", 0.0, 0.1, ""), Answer("post", "bypass", 0.0, 0.1, "")
    )
    assert ["write", "bypass"] == [how for _, _, how in report["rows"]]
    assert 1 == report["reads"]


def test_a_run_without_answers_has_no_latency() -> None:
    """Unknown, not zero."""
    assert report_of(dropped=5)["latency_ms"] is None


def test_the_series_shows_a_stall_of_one_window() -> None:
    """100 ms windows by intended start; rates by when answers came."""
    calm = [Answer("post", "hit", at / 100, at / 100 + 0.002, "") for at in range(100)]
    stalled = [Answer("post", "hit", 0.5 + at / 1_000, 0.8, "") for at in range(1, 10)]
    windows = report_of(*calm, *stalled)["series"]
    assert [round(t, 1) for t, _, p99, _ in windows if p99 > 100] == [0.5]
    assert windows[8][3] == 190.0
    assert windows[3][3] == 100.0


def test_slices_add_up_to_the_whole() -> None:
    """By kind and by what the cache did."""
    report = report_of(
        Answer("post", "hit", 0.0, 0.1, ""),
        Answer("feed", "hit", 0.0, 0.1, ""),
        Answer("feed", "miss", 0.0, 0.1, ""),
    )
    assert {kind: part["requests"] for kind, part in report["by_request"].items()} == {
        "post": 1,
        "feed": 2,
    }
    assert {how: part["requests"] for how, part in report["by_outcome"].items()} == {
        "hit": 2,
        "miss": 1,
    }

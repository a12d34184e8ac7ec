"""What a run recorded adds up, in every way it is told apart."""

from loadtests.recorder import Answer, Recorder, Report, Run, summary


def report_of(*answers: Answer, dropped: int = 0, lateness_s: tuple[float, ...] = ()) -> Report:
    """The summary of these answers."""
    recorder = Recorder()
    recorder.dropped = dropped
    for answer in answers:
        recorder.answered(answer)
    for late_s in lateness_s:
        recorder.started(late_s)
    planned = len(answers) + dropped
    run = Run(label="low", started_at=0.0, duration_s=1.0, planned=planned, cpu_s=0.1)
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


def test_errors_are_counted_and_left_out_of_latencies() -> None:
    """A timeout of 10 s is no slow answer, it is none."""
    report = report_of(
        Answer("post", "hit", 0.0, 0.001, ""), Answer("post", "none", 0.0, 10.0, "timeout")
    )
    assert (report["requests"], report["errors"]) == (2, 1)
    assert report["error_kinds"] == {"timeout": 1}
    assert report["by_request"]["post"]["errors"] == 1
    assert report["latency_ms"] is not None
    assert report["latency_ms"]["max"] < 2
    assert [how for _, _, how in report["rows"]] == ["hit", "error"]


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

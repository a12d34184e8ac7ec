"""A phase that broke its conditions is invalid; a strategy that fell behind is a finding."""

from dataclasses import replace

from loadtests.busy import Others
from loadtests.conditions import Phase, judge, overall
from loadtests.plan import Kind
from loadtests.recorder import Answer, Recorder, Report, Run, summary

STEADY = Phase("naive", "low", "steady", order=1, planned_per_s=100.0, duration_s=2.0)
HIGH = replace(STEADY, name="high", may_saturate=True)


def report_of(
    latency_s: float = 0.01,
    *,
    answered: int = 200,
    growing_s: float = 0.0,
    lateness_ms: float = 1.0,
    cpu_s: float = 0.2,
    errors: int = 0,
) -> Report:
    """200 requests over 2 s; the last of them took `growing_s` longer than the first."""
    recorder = Recorder()
    for number in range(answered):
        at_s = number / 100
        end_s = at_s + latency_s + growing_s * number / 200
        error = "503" if number < errors else ""
        recorder.answered(Answer("post", "hit", at_s, end_s, error))
        recorder.started(lateness_ms / 1_000)
    for _ in range(200 - answered):
        recorder.dropped("post", 1.9, 5.9)
    run = Run(
        label="low",
        started_at=0.0,
        duration_s=2.01,
        planned=200,
        cpu_s=cpu_s,
        cpu_at_worst=cpu_s / 2,
        patience_s=4.0,
    )
    return summary(recorder, run)


def test_a_run_that_kept_its_plan_is_valid() -> None:
    """And not saturated."""
    verdict = judge(STEADY, report_of(), Others(0.02, "cron (7)"))
    assert (verdict["valid"], verdict["saturated"], verdict["why"]) == (True, False, [])
    assert verdict["achieved_per_s"] == 100.0


def test_a_slow_but_steady_strategy_is_not_saturated() -> None:
    """200 ms for each request is no queue: the last answers come that much after the end."""
    assert not judge(STEADY, report_of(0.2), None)["saturated"]


def test_a_strategy_whose_queue_grows_is_saturated_and_the_run_valid() -> None:
    """That it could not keep up is what was measured."""
    verdict = judge(HIGH, report_of(growing_s=1.0), None)
    assert (verdict["valid"], verdict["saturated"]) == (True, True)
    assert verdict["achieved_per_s"] < 98


def test_falling_behind_where_all_should_keep_up_is_invalid() -> None:
    """Its latency is that of a queue, and as long as the phase."""
    verdict = judge(STEADY, report_of(growing_s=1.0), None)
    assert (False, True) == (verdict["valid"], verdict["saturated"])
    assert verdict["why"][0].startswith("it fell behind")


def test_a_generator_that_was_busy_for_one_second_makes_a_run_invalid() -> None:
    """The height of a shape is where it matters, and a mean hides it."""
    busy: Report = {**report_of(cpu_s=0.2), "cpu_at_worst": 0.9}
    verdict = judge(STEADY, busy, None)
    assert not verdict["valid"]
    assert "in its worst second" in verdict["why"][0]


def test_lateness_may_be_more_where_it_is_little_beside_the_latency() -> None:
    """30 ms are half of a p99 of 60, and a tenth of one of 300."""
    assert not judge(STEADY, report_of(0.06, lateness_ms=30), None)["valid"]
    assert judge(STEADY, report_of(0.3, lateness_ms=30), None)["valid"]
    assert not judge(STEADY, report_of(0.9, lateness_ms=60), None)["valid"]


def test_errors_of_a_saturated_strategy_are_its_own() -> None:
    """Timeouts are how overload looks."""
    assert judge(HIGH, report_of(growing_s=1.0, errors=3), None)["valid"]
    assert not judge(STEADY, report_of(growing_s=1.0, errors=3), None)["valid"]


def test_errors_that_come_at_once_are_no_overload() -> None:
    """Quick failures lose answers as a queue does, and are none."""
    verdict = judge(STEADY, report_of(errors=20), None)
    assert verdict["achieved_per_s"] == 90.0
    assert (verdict["valid"], verdict["saturated"]) == (False, False)
    assert "unexpected errors: 20 x 503" in verdict["why"][0]


def test_a_rate_with_a_shape_is_held_against_its_mean() -> None:
    """And judged as a steady one is."""
    shaped = replace(HIGH, kind="shaped", planned_per_s=None)
    verdict = judge(shaped, report_of(), None)
    assert (verdict["planned_per_s"], verdict["achieved_per_s"]) == (100.0, 100.0)
    assert not verdict["saturated"]
    assert judge(shaped, report_of(growing_s=1.0), None)["saturated"]
    assert not judge(shaped, report_of(growing_s=1.0, cpu_s=1.9), None)["valid"]
    assert not judge(shaped, report_of(lateness_ms=80), None)["valid"]
    assert not judge(shaped, report_of(errors=20), None)["valid"]


def test_unexpected_errors_make_a_run_invalid() -> None:
    """They are quick, and would flatter the latency."""
    verdict = judge(STEADY, report_of(errors=1), None)
    assert not verdict["valid"]
    assert "unexpected errors: 1 x 503" in verdict["why"][0]


def test_a_late_generator_makes_a_run_invalid() -> None:
    """It adds its own lateness to every latency."""
    verdict = judge(STEADY, report_of(lateness_ms=80), None)
    assert not verdict["valid"]
    assert "starts were late" in verdict["why"][0]


def test_a_missed_plan_is_the_generators_fault_when_it_was_at_its_limit() -> None:
    """Then nothing is known of the strategy."""
    verdict = judge(STEADY, report_of(growing_s=1.0, cpu_s=1.9), None)
    assert (verdict["valid"], verdict["saturated"]) == (False, False)
    assert any("of its core" in why for why in verdict["why"])
    assert any("planned a second" in why for why in verdict["why"])


def test_dropped_starts_count_as_not_achieved() -> None:
    """They were planned and not answered."""
    verdict = judge(STEADY, report_of(answered=150), None)
    assert (verdict["dropped"], verdict["saturated"]) == (50, True)


def test_a_burst_allows_less_lateness() -> None:
    """Of its 100 ms, 20."""

    def valid(lateness_ms: float) -> bool:
        phase = Phase("layered", "stampede", "burst", order=1)
        return judge(phase, report_of(lateness_ms=lateness_ms), None)["valid"]

    assert valid(15.0)
    assert not valid(25.0)


def test_errors_are_a_finding_where_nobody_guards() -> None:
    """Naive's stampede may melt the database: that is the story."""
    phase = Phase("naive", "stampede", "burst", order=1, may_fail=True)
    assert judge(phase, report_of(errors=50), None)["valid"]


def test_others_at_work_make_a_run_invalid() -> None:
    """And they are named."""
    verdict = judge(STEADY, report_of(), Others(64.0, "gcc (4711)"))
    assert not verdict["valid"]
    assert "gcc (4711)" in verdict["why"][0]


def test_a_closed_loop_has_no_plan_to_miss() -> None:
    """Its workers start when they are free; it may use the generator's whole core."""
    kinds: list[Kind] = ["warm", "closed"]
    for kind in kinds:
        verdict = judge(Phase("naive", "warm", kind, order=1), report_of(cpu_s=2.0), None)
        assert (verdict["valid"], verdict["start_lateness_p99_ms"]) == (True, None)


def test_one_invalid_phase_makes_the_run_invalid() -> None:
    """With the phase named."""
    good = judge(STEADY, report_of(), None)
    bad = judge(STEADY, report_of(errors=1), None)
    assert overall([good], shared_stores=False)["valid"]
    conditions = overall([good, bad], shared_stores=False)
    assert not conditions["valid"]
    assert conditions["why"][0].startswith("naive low: unexpected errors")

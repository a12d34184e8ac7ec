"""What is said of a phase with a fault in it, on phases whose every request is known."""

import pytest

from loadtests.trials.around_fault import Span, Watched, around_fault, first_seconds
from loadtests.unanswered import Row

FROM_S, UNTIL_S, END_S = 2.0, 4.0, 10.0


def rows(from_s: float, until_s: float, took_ms: float, how: str) -> list[Row]:
    """A request every 10 ms."""
    count = round((until_s - from_s) * 100)
    starts = [(from_s + number / 100) * 1_000 for number in range(count)]
    return [(start, start + took_ms, how) for start in starts]


def phase(*parts: list[Row], loads: list[Span] | None = None) -> Watched:
    """Ten seconds with a fault between the second and the fourth."""
    every = [row for part in parts for row in part]
    return Watched(every, loads or [], FROM_S, UNTIL_S, END_S, patience_s=4.0)


CALM = rows(0, 2, 2.0, "hit")


def test_errors_and_latencies_are_told_apart_by_when_they_were_asked_for() -> None:
    """An answer that was asked for during the fault belongs to it, whenever it came."""
    seen = around_fault(
        phase(
            CALM, rows(2, 3, 500.0, "error"), rows(3, 4, 3_000.0, "miss"), rows(4, 10, 3.0, "hit")
        )
    )
    figures = seen.figures
    assert (100, 100) == (figures["errors_during"], figures["errors"])
    assert (2.0, 4_000.0, 3.0) == pytest.approx(
        (figures["p99_before_ms"], figures["p99_during_ms"], figures["p99_after_ms"]), rel=0.01
    )
    assert ["p99_during_ms"] == seen.at_least
    assert 500.0 == pytest.approx(figures["fail_p99_ms"], rel=0.01)


def test_where_everybody_fails_at_once_the_p99_is_as_long_as_anybody_waits() -> None:
    """Failing quickly is not being quick."""
    seen = around_fault(phase(CALM, rows(2, 4, 10.0, "error"), rows(4, 10, 2.0, "hit")))
    assert 4_000 == pytest.approx(seen.figures["p99_during_ms"], rel=0.01)
    assert ["p99_during_ms"] == seen.at_least
    assert "stale_rate_during" not in seen.figures


def test_a_dropped_start_was_not_answered_and_did_not_fail() -> None:
    """It is late, and no error of the service."""
    seen = around_fault(phase(CALM, rows(2, 4, 10.0, "dropped"), rows(4, 10, 2.0, "hit")))
    assert (0, ["p99_during_ms"]) == (seen.figures["errors_during"], seen.at_least)


def test_where_nobody_fails_nothing_is_said_of_failing() -> None:
    """Neither a time nor a reason."""
    seen = around_fault(phase(CALM, rows(2, 10, 2.0, "hit")))
    assert 0 == seen.figures["errors_during"]
    assert "fail_p99_ms" not in seen.figures


def test_stale_answers_are_a_share_of_reads_during_the_fault() -> None:
    """Writes are no reads."""
    seen = around_fault(
        phase(
            CALM, rows(2, 3, 2.0, "stale"), rows(3, 4, 2.0, "hit"), rows(2, 4, 2.0, "write"),
            rows(4, 10, 2.0, "stale"),
        )
    )  # fmt: skip
    assert 0.5 == seen.figures["stale_rate_during"]


def test_loads_during_it_at_once_and_beyond_the_usual() -> None:
    """One a second is usual; during the fault there are ten, four at once, one from before."""
    usual = [(second + 0.5, second + 0.6) for second in range(10) if second not in {2, 3}]
    long_one = [(1.9, 2.5)]
    burst = [(2.1, 2.4), (2.1, 2.4), (2.2, 2.4)] + [
        (3.0 + at / 10, 3.05 + at / 10) for at in range(7)
    ]
    watched = phase(CALM, rows(2, 10, 2.0, "hit"), loads=sorted(usual + long_one + burst))
    seen = around_fault(watched).figures
    assert (10, 4) == (seen["loads_during"], seen["peak_loads_during"])
    # 16 since it began, of which 1.5 a second, as before, would have been 12.
    assert 4.0 == pytest.approx(seen["extra_loads"])


def test_reads_around_the_cache_are_reads() -> None:
    """As in the hit rate of every other phase: the cache was of no use to them."""
    seen = around_fault(phase(rows(0, 10, 2.0, "hit")[::2], rows(0, 10, 2.0, "bypass")[1::2]))
    assert 0.0 == seen.figures["hits_back_s"]
    gone = around_fault(phase(rows(0, 2, 2.0, "hit"), rows(2, 10, 2.0, "bypass")))
    assert "hits_back_s" in gone.at_least


def test_one_lucky_second_is_not_back() -> None:
    """Two in a row are."""
    seen = around_fault(
        phase(
            CALM,
            rows(2, 4, 500.0, "miss"),
            rows(4, 5.05, 2.0, "hit"),
            rows(5.05, 7, 400.0, "hit"),
            rows(7, 10, 2.0, "hit"),
        )
    ).figures
    assert 3.0 == pytest.approx(seen["p99_back_s"], abs=0.11)


def test_it_is_back_with_the_first_second_that_is_as_before() -> None:
    """Latency after one second, the hit rate after three: until then half are misses."""
    seen = around_fault(
        phase(
            CALM,
            rows(2, 4, 500.0, "miss"),
            rows(4, 5, 400.0, "miss"),
            rows(5, 7, 2.0, "hit")[::2] + rows(5, 7, 2.0, "miss")[::2],
            rows(7, 10, 2.0, "hit"),
        )
    ).figures
    assert 1.0 == pytest.approx(seen["p99_back_s"], abs=0.11)
    assert 3.0 == pytest.approx(seen["hits_back_s"], abs=0.11)


def test_a_second_with_an_error_is_not_as_before() -> None:
    """However quick the others were."""
    failing = [
        row if at % 50 else (row[0], row[1], "error")
        for at, row in enumerate(rows(4, 6, 2.0, "hit"))
    ]
    seen = around_fault(
        phase(CALM, rows(2, 4, 2.0, "error"), failing, rows(6, 10, 2.0, "hit"))
    ).figures
    assert 1.5 < seen["p99_back_s"] <= 2.1


def test_what_does_not_come_back_takes_at_least_as_long_as_was_watched() -> None:
    """Not zero, and later than what came back."""
    seen = around_fault(phase(CALM, rows(2, 10, 300.0, "miss")))
    assert (6.0, 6.0) == (seen.figures["p99_back_s"], seen.figures["hits_back_s"])
    assert ["p99_back_s", "hits_back_s"] == seen.at_least


def test_a_strategy_without_a_cache_has_no_hit_rate_to_come_back() -> None:
    """Reads that are all loads: the hit rate was 0, and is 0 at once."""
    seen = around_fault(phase(rows(0, 10, 2.0, "miss")))
    assert 0.0 == seen.figures["hits_back_s"]


def test_the_last_seconds_that_are_whole_are_looked_at_and_no_half_one() -> None:
    """Two must fit before the end."""
    starts: list[float] = []
    watched = phase(rows(0, 10, 2.0, "hit"))

    def never(part: object) -> bool:
        assert isinstance(part, list)
        starts.append(part[0][0] / 1_000)
        return False

    assert first_seconds(watched, never) is None
    assert (4.0, 8.0) == pytest.approx((starts[0], starts[-1]), abs=0.011)

"""Guarded and unguarded expiries, told apart by the servers' own loads."""

import pytest

from loadtests.scenarios.natural_expiry import AFTERWARDS_S, EPOCHS, more_stretch_s, was_behind
from loadtests.trials.expiries import HARD_S, SOFT_S, expiry_figures
from tests.loadtests.scenarios.seen import BEGAN_S, answer, hits, load, report

LOAD_S = 0.08


def test_one_load_an_expiry_and_nobody_waits() -> None:
    """As with a lease and a refresh while the old value is served."""
    fills = [load(at, at + LOAD_S) for at in (0.5, 1.0, 1.5, 2.0)]
    figures = expiry_figures(fills, [report(hits(0.0, 3.0))], [load(-0.1, 0.0)]).figures
    assert (1, 1, 1, 4) == tuple(
        figures[name] for name in ("loads", "worst_loads", "peak_loads", "epochs")
    )
    assert 0 == figures["slow_requests"]
    assert figures["expiry_p99_ms"] < 3
    assert figures["first_fresh_ms"] == pytest.approx(LOAD_S * 1_000, abs=10)


def test_a_herd_shows_in_every_figure() -> None:
    """Whoever finds nothing loads, and all are slower for it."""
    herd = [load(2.0 + number / 100, 2.5 + number / 20) for number in range(40)]
    waited = [answer(2.0 + number / 100, 0.5 + number / 25, "miss") for number in range(40)]
    phase = report([*hits(0.0, 2.0), *waited, *hits(2.5, 5.0)])
    figures = expiry_figures(herd, [phase], [load(-0.1, 0.0)]).figures
    assert (40, 40, 1) == tuple(figures[name] for name in ("loads", "worst_loads", "epochs"))
    assert 40 == figures["peak_loads"]
    assert 40 == figures["slow_requests"]
    assert figures["expiry_p99_ms"] > 1_500


def test_the_first_life_counts_for_what_was_served() -> None:
    """Its fill was before the phase; without it, half of what a hard TTL does would be unseen."""
    fills = [load(HARD_S, HARD_S + LOAD_S)]
    before = [load(-LOAD_S, 0.0)]
    figures = expiry_figures(fills, [report(hits(0.0, HARD_S))], before).figures
    assert (HARD_S + LOAD_S - SOFT_S) * 1_000 == pytest.approx(figures["stale_age_ms"], abs=20)
    assert 0 == expiry_figures(fills, [report(hits(0.0, HARD_S))], []).figures["stale_age_ms"]


def test_two_loads_a_life_show_though_each_is_an_epoch_of_its_own() -> None:
    """A worst epoch of one load is no proof of one load a life."""
    fills = [load(at / 10, at / 10 + 0.06) for at in range(0, 60, 3)]
    figures = expiry_figures(fills, [report(hits(0.0, 6.0), 6.0)], [load(-0.1, 0.0)]).figures
    assert (1, 20) == (figures["worst_loads"], figures["epochs"])
    assert 2.0 == pytest.approx(figures["loads_per_life"])


def test_a_load_that_takes_no_time_makes_nobody_wait() -> None:
    """So nothing is said of who was slow."""
    seen = expiry_figures([load(1.0, 1.01)], [report(hits(0.0, 3.0))], [])
    assert "slow_requests" not in seen.figures
    assert "use more data" in seen.unknown["slow_requests"]


def test_requests_that_waited_before_anything_expired_are_an_overload() -> None:
    """A herd after it is a finding."""
    waiting = [answer(1.0 + number / 100, 2.0, "hit") for number in range(90)]
    assert was_behind(report([*hits(0.0, 1.0), *waiting]), BEGAN_S + 2.0)
    assert not was_behind(report([*hits(0.0, 1.0), *waiting]), BEGAN_S + 1.0)


def test_the_pause_between_two_stretches_is_nobodys_wait() -> None:
    """Nobody asked for two seconds: neither staleness nor a late first answer comes of that."""
    first, second = report(hits(0.0, 1.0), 1.0), report(hits(0.0, 1.0), 1.0)
    second["started_at"] += 3.0
    loads = [load(0.5, 0.58), load(0.97, 1.05), load(3.0, 3.08), load(3.6, 3.68)]
    seen = expiry_figures(loads, [first, second], [load(-0.1, 0.0)])
    assert seen.figures["first_fresh_ms"] < 100
    assert seen.figures["stale_age_ms"] < 100


def test_a_time_to_the_first_fresh_answer_is_not_made_up() -> None:
    """Where every load failed there was none."""
    seen = expiry_figures([load(1.0, 1.1, ok=False)], [report(hits(0.0, 3.0))], [])
    assert "first_fresh_ms" not in seen.figures
    assert "no load succeeded" in seen.unknown["first_fresh_ms"]


@pytest.mark.parametrize(
    ("found", "more_s"),
    [(1, 3 * HARD_S + AFTERWARDS_S), (4, 0.0), (7, 3 * SOFT_S + AFTERWARDS_S), (10, 0.0)],
)
def test_soft_lives_are_watched_until_there_were_ten(found: int, more_s: float) -> None:
    """Four are enough of hard ones, which come a tenth as often: twenty in five repeats."""
    assert more_s == pytest.approx(more_stretch_s(found, EPOCHS))

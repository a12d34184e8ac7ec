"""Keys that end together, and keys that do not."""

import pytest

from loadtests.scenarios.expiry_wave import wave_figures
from tests.loadtests.scenarios.seen import answer, hits, load, report

KEYS = 60


def spread(over_s: float) -> list[float]:
    """When each key is loaded again, from the second second on."""
    return [2.0 + number / KEYS * over_s for number in range(KEYS)]


def figures(over_s: float) -> dict[str, float]:
    """Of a wave over so many seconds."""
    loads = [load(at, at + 0.01, "post") for at in spread(over_s)]
    waited = [answer(at, 0.05, "miss", kind="post") for at in spread(over_s)]
    return wave_figures(loads, report([*hits(0.0, 8.0), *waited])).figures


def test_without_jitter_all_are_loaded_within_a_second() -> None:
    """The height of the wave is nearly all there is."""
    assert figures(0.9)["wave_loads"] == KEYS


def test_jitter_flattens_the_wave() -> None:
    """The same loads, over as long as jitter spreads lives."""
    together, apart = figures(0.9), figures(4.0)
    assert together["loads"] == apart["loads"] == KEYS
    assert apart["wave_loads"] == KEYS / 4
    assert apart["wave_peak_loads"] <= 2
    assert together["wave_peak_loads"] >= 6


def test_p99_is_of_the_wave_and_not_of_the_whole_phase() -> None:
    """A wave of a second is one request in ten of ten seconds."""
    loads = [load(2.0, 2.1, "post")]
    waited = [answer(2.0 + number / 100, 0.4, "miss") for number in range(5)]
    phase = report([*hits(0.0, 10.0), *waited, answer(9.0, 2.0, "miss")])
    assert 400 == pytest.approx(wave_figures(loads, phase).figures["wave_p99_ms"], rel=0.02)


def test_loads_of_other_things_are_no_wave() -> None:
    """Nor is there one where nothing expires."""
    seen = wave_figures([load(2.0, 2.1, "counts")], report(hits(0.0, 3.0)))
    assert {} == seen.figures
    assert "nothing expires" in seen.unknown["wave_loads"]

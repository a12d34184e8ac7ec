"""Turns go there and back, so that whatever drifts meets everybody alike."""

from loadtests.trials.order import interleaved


def test_every_second_repeat_runs_backwards() -> None:
    """A B C, C B A, A B C."""
    turns = [f"{repeat}{one}" for repeat, one in interleaved("ABC", 3)]
    assert turns == ["1A", "1B", "1C", "2C", "2B", "2A", "3A", "3B", "3C"]


def test_a_steady_drift_cancels_out() -> None:
    """With an even number of repeats everybody's turns have the same mean place."""
    places: dict[str, list[int]] = {}
    for place, (_, one) in enumerate(interleaved("ABC", 4)):
        places.setdefault(one, []).append(place)
    assert len({sum(found) for found in places.values()}) == 1

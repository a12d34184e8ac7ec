"""TTLs are functions of the value."""

import random

import pytest

from service.patterns.ttl import fixed, forever, jittered, scaled


def test_forever_is_no_ttl() -> None:
    """The mistake can be expressed."""
    assert forever("anything") is None  # type: ignore[func-returns-value]


def test_jitter_only_shortens_and_spreads() -> None:
    """No TTL exceeds the promise, none loses more than the spread, and they differ."""
    ttl = jittered(fixed(1000), 0.2, rand=random.Random(7).random)
    lives = [ttl("value") for _ in range(1000)]
    assert 800 <= min(lives) < 810
    assert 990 < max(lives) <= 1000
    assert len(set(lives)) > 990


def test_control_without_jitter_all_expire_together() -> None:
    """The switch: a fixed TTL gives keys filled together one moment to expire."""
    ttl = fixed(1000)
    assert {ttl("value") for _ in range(1000)} == {1000}


def test_scaling_divides_with_a_floor() -> None:
    """A day in minutes, but no entry shorter than the floor."""
    assert scaled(fixed(3600), 60)("value") == 60
    assert scaled(fixed(60), 1000)("value") == 0.1


def test_a_ttl_may_depend_on_the_value() -> None:
    """Scaling and jitter pass the value on."""

    def by_length(value: str) -> float:
        return 10.0 * len(value)

    assert scaled(jittered(by_length, 0.5, rand=lambda: 0.0), 2)("four") == 20


@pytest.mark.parametrize("ttl_s", [0, -1])
def test_a_fixed_ttl_must_be_positive(ttl_s: float) -> None:
    """A TTL that Redis would refuse is refused at start-up."""
    with pytest.raises(ValueError, match="above 0"):
        fixed(ttl_s)


def test_shares_out_of_range_are_refused() -> None:
    """A spread of all, or a scale that prolongs, is a mistake."""
    with pytest.raises(ValueError, match="spread"):
        jittered(fixed(1), 1.0)
    with pytest.raises(ValueError, match="at least 1"):
        scaled(fixed(1), 0.5)

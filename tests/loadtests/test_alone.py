"""What a load takes alone is said only where loads alone took about as long."""

import pytest

from loadtests.alone import AT_MOST, LoadOnce, UnclearError, alike, load_alone_ms


def taking(*took_ms: float | None) -> tuple[list[float | None], LoadOnce]:
    """Loads that take so long, one after another, and what is left of them."""
    left = list(took_ms)

    async def load_once() -> float | None:
        return left.pop(0)

    return left, load_once


async def test_three_loads_alike_are_enough() -> None:
    """Their median."""
    left, load_once = taking(100.0, 90.0, 110.0, 5.0)
    assert 100.0 == await load_alone_ms(load_once)
    assert [5.0] == left


async def test_a_load_that_was_disturbed_is_made_up_for() -> None:
    """757 ms beside three of about 200 ms is not what it takes."""
    _, load_once = taking(757.0, 203.0, None, 210.0, 220.0)
    assert 210.0 == await load_alone_ms(load_once)


async def test_loads_that_are_all_unlike_say_nothing() -> None:
    """With how unlike they were."""
    _, load_once = taking(*(100.0 * 1.3**number for number in range(AT_MOST)))
    with pytest.raises(UnclearError, match="from 100 to 816 ms"):
        await load_alone_ms(load_once)


async def test_a_cache_that_is_never_cold_says_nothing() -> None:
    """No load was seen at all."""
    _, load_once = taking(*[None] * AT_MOST)
    with pytest.raises(UnclearError, match="no load was seen"):
        await load_alone_ms(load_once)


def test_the_quickest_three_neighbours_count() -> None:
    """A machine that has other things to do makes loads slower, never quicker."""
    assert 110.0 == alike([300.0, 310.0, 320.0, 100.0, 110.0, 120.0])
    assert alike([100.0, 110.0]) is None

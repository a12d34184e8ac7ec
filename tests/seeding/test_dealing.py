"""How shares are dealt out: exact sums, caps kept, different people, unique ids."""

import random
from array import array

import pytest

from service.seeding.crowd import Crowd
from service.seeding.plan import plan_posts
from service.seeding.popularity import repeat_of, rounded, saturated
from service.seeding.rows import Ids
from service.seeding.sources import Size
from service.seeding.timing import DAY_MS, HOUR_MS, Later, post_times

NOON_MS = 1_788_264_000_000


@pytest.mark.parametrize("total", [0, 1, 777, 5_000])
def test_rounding_keeps_the_sum(total: int) -> None:
    """Whole numbers add up to the total, each next to its part."""
    rng = random.Random(3)
    parts = saturated(array("d", [rng.random() for _ in range(100)]), repeat_of(60, 100), total)
    whole = rounded(parts, rng)
    assert abs(sum(whole) - total) <= 1
    assert all(abs(number - part) < 1 for number, part in zip(whole, parts, strict=True))


def test_no_share_exceeds_its_cap() -> None:
    """What the hottest cannot take goes to the others, and what nobody can take is left out."""
    weights = array("d", [1000, 1, 1, 0])
    assert max(rounded(saturated(weights, repeat_of(10, 4), 25), random.Random(1))) <= 10
    parts = saturated(weights, repeat_of(10, 4), 1_000)
    assert 29 < sum(parts) <= 30
    assert parts[3] == 0


def test_several_people_are_different_people() -> None:
    """Everybody but one, when that many are asked for."""
    crowd = Crowd([1, 500, 1, 1], random.Random(1))
    assert sorted(crowd.several(3, besides=2)) == [0, 1, 3]
    assert crowd.several(0, besides=2) == []


def test_active_people_are_drawn_more_often() -> None:
    """Activity decides who is drawn, and nobody is left out for good."""
    crowd = Crowd([1, 9, 0], random.Random(1))
    drawn = [crowd.one() for _ in range(2_000)]
    assert drawn.count(1) > 5 * drawn.count(0) > 0
    assert 2 in drawn


def test_ids_of_one_millisecond_differ() -> None:
    """More ids than a lane has room for in a millisecond go on in the next."""
    ids = Ids(lane=3, lanes=512)
    made = [ids.at(NOON_MS) for _ in range(20)]
    assert len(set(made)) == 20
    assert made == sorted(made)
    assert [sum(each >> 12 == (made[0] >> 12) + later for each in made) for later in range(3)] == [
        8,
        8,
        4,
    ]


def test_lanes_never_meet() -> None:
    """Two lanes make different ids for the same milliseconds."""
    one, other = Ids(0, 2), Ids(1, 2)
    assert {one.at(NOON_MS) for _ in range(5_000)}.isdisjoint(
        {other.at(NOON_MS) for _ in range(5_000)}
    )


def test_posts_follow_the_day() -> None:
    """Evenings are busier than nights; times ascend and end at the end."""
    times = post_times(20_000, NOON_MS - 240 * HOUR_MS, NOON_MS, random.Random(1))
    hours = [ms // HOUR_MS % 24 for ms in times]
    assert list(times) == sorted(times)
    assert times[-1] == NOON_MS
    assert 1.5 < hours.count(19) / hours.count(7) < 3.5


def test_later_is_after_and_not_in_the_future() -> None:
    """Times drawn for something young are squeezed before now."""
    later = Later(NOON_MS, random.Random(1))
    drawn = [later.after(NOON_MS - 1_000) for _ in range(1_000)]
    assert NOON_MS - 1_000 <= min(drawn) <= max(drawn) <= NOON_MS
    assert later.after(NOON_MS) == NOON_MS


@pytest.mark.parametrize("posts", [5_700, 11_400, 57_000])
def test_a_day_is_as_busy_at_every_size(posts: int) -> None:
    """Ten times the posts go ten times as far back, and the last day has as many votes."""
    rng = random.Random(5)
    size = Size("some", users=200, posts=posts, comments=0, votes=4 * posts)
    crowd = Crowd([1] * size.users, rng)
    plan = plan_posts(size, crowd, NOON_MS, rng)
    later = Later(NOON_MS, rng)
    last_day = sum(
        later.after(at_ms) > NOON_MS - DAY_MS
        for at_ms, votes in zip(plan.times, plan.votes, strict=True)
        for _ in range(votes)
    )
    assert 10_000 < last_day < 20_000

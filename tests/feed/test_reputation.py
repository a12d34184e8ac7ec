"""The formula of a user's standing, case by case."""

import pytest

from service.feed.reputation import Points, VoteDay, standing


def day(
    post_ups: int = 0, post_downs: int = 0, comment_ups: int = 0, comment_downs: int = 0
) -> VoteDay:
    """One day's votes; the formula does not read its date."""
    return VoteDay("2026-01-01", post_ups, post_downs, comment_ups, comment_downs)


@pytest.mark.parametrize(
    ("expected", "days"),
    [
        pytest.param(1, [], id="nothing yet"),
        pytest.param(1, [day()], id="a day without votes"),
        pytest.param(11, [day(post_ups=1)], id="a post is worth ten"),
        pytest.param(3, [day(comment_ups=1)], id="a comment two"),
        pytest.param(9, [day(post_ups=1, post_downs=1)], id="a downvote costs two"),
        pytest.param(10, [day(post_ups=1, comment_downs=1)], id="on a comment one"),
        pytest.param(191, [day(post_ups=19)], id="below the cap"),
        pytest.param(201, [day(post_ups=20)], id="at the cap"),
        pytest.param(201, [day(post_ups=21)], id="above the cap"),
        pytest.param(201, [day(comment_ups=101)], id="comments count towards it"),
        pytest.param(201, [day(post_ups=19, comment_ups=6)], id="both together"),
        pytest.param(401, [day(post_ups=25), day(post_ups=25)], id="each day has its own"),
        pytest.param(191, [day(post_ups=30, post_downs=5)], id="losses come off after it"),
        pytest.param(1, [day(post_downs=50)], id="never below one"),
        pytest.param(1, [day(post_ups=1), day(post_downs=6)], id="nor in sum"),
        pytest.param(5, [day(post_downs=3), day(post_ups=1)], id="the floor is for the sum alone"),
    ],
)
def test_the_formula(expected: int, days: list[VoteDay]) -> None:
    """Gains capped by the day, losses not, at least one."""
    assert expected == standing(days, Points())
    assert expected == standing(reversed(days), Points())


def test_points_are_settings() -> None:
    """Another site's rules."""
    points = Points(post_up=5, post_down=-1, comment_up=1, comment_down=0, cap_a_day=12, least=100)
    assert standing([day(3, 4, 1, 9)], points) == 100 + 12 - 4
    assert standing([day(1, 4, 1, 9)], points) == 100 + 6 - 4

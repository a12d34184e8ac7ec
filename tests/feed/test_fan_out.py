"""Who is pushed and who is pulled, and the step at which that changes."""

import pytest

from service.feed.fan_out import Threshold


@pytest.mark.parametrize("push_most", [0, 1, 2, 5, 10, 500])
def test_whoever_is_not_pushed_is_pulled(push_most: int) -> None:
    """With any number of followers; those about the threshold are both."""
    threshold = Threshold(push_most)
    numbers = range(2 * push_most + 3)
    assert all(threshold.pushes(n) or n > threshold.pulled_above for n in numbers)
    both = [n for n in numbers if threshold.pushes(n) and n > threshold.pulled_above]
    assert len(both) == push_most - threshold.pulled_above
    assert bool(both) == (push_most > 0)


@pytest.mark.parametrize("push_most", [0, 1, 2, 5, 500])
def test_each_step_over_the_lower_mark_is_one_follow(push_most: int) -> None:
    """Up: pulled from then on. Down: no longer, once what was not pushed is made good."""
    threshold = Threshold(push_most)
    numbers = range(2 * push_most + 3)
    mark = threshold.pulled_above
    assert [mark + 1] == [n for n in numbers if threshold.starts_pull(n, former_followers=n - 1)]
    assert [mark] == [n for n in numbers if threshold.ends_pull(n, former_followers=n + 1)]
    assert not any(threshold.starts_pull(n, former_followers=n + 1) for n in numbers)
    assert not any(threshold.ends_pull(n, former_followers=n - 1) for n in numbers)


@pytest.mark.parametrize(
    ("former_followers", "followers", "starts", "ends"),
    [
        (300, 600, True, False),
        (300, 450, True, False),
        (600, 300, False, True),
        (450, 400, False, True),
        (600, 450, False, False),
        (450, 600, False, False),
        (300, 300, False, False),
    ],
)
def test_a_recount_crosses_however_far_it_goes(
    former_followers: int, followers: int, starts: bool, ends: bool
) -> None:
    """The lower mark alone decides: above it nothing changes for who pulls already."""
    threshold = Threshold(500)
    assert starts == threshold.starts_pull(followers, former_followers=former_followers)
    assert ends == threshold.ends_pull(followers, former_followers=former_followers)


def test_the_threshold_of_the_demo() -> None:
    """Five hundred; four hundred is where readers begin to pull."""
    assert Threshold(500).pulled_above == 400

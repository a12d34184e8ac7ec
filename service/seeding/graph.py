"""Who follows whom, drawn: a log-normal number each, most of them towards a few accounts."""

import math
import random
from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate

# As in a real network (962 people of Reed College): degree mean 39.1, median 29, p99 157.
MEDIAN_FOLLOWING = 29
SPREAD = 0.77
MOST_FOLLOWING = 0.5  # of all accounts
ZIPF = 0.8
USERS_AT_SMALL = 1_000

Following = list["array[int]"]  # by user number: the user numbers they follow


def draw_following(
    ranking: Sequence[int], rng: random.Random, numbers: Mapping[int, int]
) -> Following:
    """For each user, whom they follow; `ranking` holds all users, the most followed first.

    `numbers` says for some users how many they follow.
    """
    users = len(ranking)
    # The head grows more slowly than the site: 70 % of 1,000 users, a tenth of 200,000.
    offset = 0.7 * math.sqrt(users / USERS_AT_SMALL)
    weights = list(accumulate((rank + 1 + offset) ** -ZIPF for rank in range(users)))
    most = max(1, int(MOST_FOLLOWING * users))
    following: Following = []
    for user in range(users):
        number = int(MEDIAN_FOLLOWING * math.exp(rng.gauss(0, SPREAD))) or 1
        number = min(most, users - 1, numbers.get(user, number))
        drawn: dict[int, None] = {}
        while len(drawn) < number:
            picks = rng.choices(ranking, cum_weights=weights, k=number - len(drawn) + 4)
            drawn.update(dict.fromkeys(picks))
            drawn.pop(user, None)
        following.append(array("i", list(drawn)[:number]))
    return following


def befriend(following: Following, follower: int, followee: int) -> None:
    """Make one follow the other, unless they do already."""
    if followee not in following[follower]:
        following[follower].append(followee)


def follower_counts(following: Following) -> list[int]:
    """By user number."""
    counts = [0] * len(following)
    for followees in following:
        for followee in followees:
            counts[followee] += 1
    return counts

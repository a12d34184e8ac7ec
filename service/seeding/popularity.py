"""Who gets how much: a few posts nearly everything, and no post more than its readers can give."""

import math
import random
from array import array
from collections.abc import Sequence
from itertools import repeat

ZIPF = 1.1  # about what large caches see: half of Twitter's have 1.2 or more
TOP_SHARE = 0.40  # of all votes, held by the top 1 % of posts
STEEPEST = 1.32  # views of a real question site; beyond it a small site would have only flat tops
NEGLIGIBLE = 1e-4  # of one vote
MODEL_POSTS = 1_000  # enough to solve for the skew; the curve does not depend on their number


def attention(rank: int, posts: int, zipf: float = ZIPF) -> float:
    """Weight of the post at `rank` (from 0): Zipf, flattened among the first few."""
    return float((rank + 1 + posts / 850) ** -zipf)


def vote_zipf(votes_a_post: float, most: float) -> float:
    """The exponent at which the top 1 % of posts hold `TOP_SHARE` of the votes.

    Nobody votes twice, so where `most` (votes one post can get) is small against the mean, the
    hottest posts saturate and the rest must be steeper.
    """
    low, high = ZIPF, STEEPEST
    for _ in range(8):
        middle = (low + high) / 2
        weights = array("d", [attention(rank, MODEL_POSTS, middle) for rank in range(MODEL_POSTS)])
        shares = saturated(weights, repeat_of(most, MODEL_POSTS), votes_a_post * MODEL_POSTS)
        top = sum(shares[: MODEL_POSTS // 100]) / (sum(shares) or 1)
        low, high = (middle, high) if top < TOP_SHARE else (low, middle)
    return (low + high) / 2


def repeat_of(value: float, times: int) -> "array[float]":
    """The same number for everybody."""
    return array("d", repeat(value, times))


def saturated(weights: Sequence[float], most: Sequence[float], total: float) -> "array[float]":
    """Split `total` in proportion to `weights`, each part bending off towards its `most`.

    What the parts cannot hold together is left out.
    """
    total = min(total, 0.999 * sum(cap for cap, w in zip(most, weights, strict=True) if w))
    scale = total / (sum(weights) or 1)
    parts = _parts(weights, most, scale)
    # Newton's steps on a concave curve: from below, never too far, and soon there.
    while (missing := total - sum(parts)) > NEGLIGIBLE:
        room = (
            w * (1 - part / cap) for w, part, cap in zip(weights, parts, most, strict=True) if cap
        )
        scale += missing / sum(room)
        parts = _parts(weights, most, scale)
    return parts


def _parts(weights: Sequence[float], most: Sequence[float], scale: float) -> "array[float]":
    expm1 = math.expm1
    return array(
        "d",
        [
            -cap * expm1(-scale * weight / cap) if cap else 0.0
            for cap, weight in zip(most, weights, strict=True)
        ],
    )


def rounded(parts: Sequence[float], rng: random.Random) -> "array[int]":
    """Whole numbers with the same sum, each the floor or the ceiling of its part, by chance."""
    whole, running, before = array("q"), rng.random(), 0
    for part in parts:
        running += part
        whole.append(int(running) - before)
        before = int(running)
    return whole

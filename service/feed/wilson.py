"""How good a comment is, by its votes: Wilson's lower bound, as r2 and Lobsters order by `best`."""

from math import sqrt

Z = 1.28155  # four in five: the share that is really for it is above the bound in nine of ten cases


def lower_bound(upvotes: int, downvotes: int) -> float:
    """The least share of upvotes that these votes make likely: 0 without any, below 1 always.

    One vote in favour of one says little (0.38), ninety of a hundred say much (0.85).
    """
    votes = upvotes + downvotes
    if votes == 0:
        return 0.0
    share = upvotes / votes
    middle = share + Z * Z / (2 * votes)
    spread = Z * sqrt((share * (1 - share) + Z * Z / (4 * votes)) / votes)
    return (middle - spread) / (1 + Z * Z / votes)

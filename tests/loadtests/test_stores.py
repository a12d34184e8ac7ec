"""The census of a store: keys, lives, and the bytes of each logical post."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from loadtests.stores import NO_TTL, Census, Store


def census_of(*keys: tuple[str, int, int]) -> Census:
    """Count (name, TTL in seconds or -1, bytes)."""
    census = Census()
    for key in keys:
        census.add(*key)
    return census


def test_all_keys_of_a_post_are_one_entry() -> None:
    """Value, counts, comments and lease, whatever the strategy calls them."""
    census = census_of(
        ("post:{42}:v", 100, 300),
        ("post:{42}:counts:v", 100, 20),
        ("comments:{42:best}:v", 100, 30),
        ("post:{7}", 100, 1_000),
    )
    entries = census.post_entries()
    assert entries is not None
    assert (entries["entries"], entries["mean"], entries["p99"]) == (2, 675.0, 1_000.0)


def test_comments_kept_one_by_one_are_counted_with_the_posts() -> None:
    """Which post is theirs their names do not say: each post gets its share."""
    census = census_of(
        ("post:{42}:v", 100, 300),
        ("post:{7}:v", 100, 100),
        ("comment:{1}:v", 100, 30),
        ("comment:{2}", 100, 20),
        ("comment:{2}:l", 1, 10),
    )
    entries = census.post_entries()
    assert entries is not None
    assert (entries["entries"], entries["mean"], entries["p99"]) == (2, 230.0, 330.0)


def test_other_keys_are_no_posts() -> None:
    """An author's list names posts but is not one."""
    assert census_of(("user:{42}:posts", 10, 99), ("feed:{1}:v", 10, 99)).post_entries() is None


def test_keys_that_live_forever_are_counted() -> None:
    """-1 is Redis's word for it; 0 means less than a second."""
    census = census_of(("a", -1, 1), ("b", 0, 1), ("c", 3_600, 1))
    assert (census.keys, census.without_ttl) == (3, 1)


class Kept:
    """Keys of one kind, each with the life that is left."""

    def __init__(self, **lives: int) -> None:
        self._lives = lives

    async def scan_iter(self, **_match: Any) -> AsyncIterator[str]:
        """All of them."""
        for key in self._lives:
            yield key

    async def ttl(self, key: str) -> int:
        """As told."""
        return self._lives[key]


@pytest.mark.parametrize(
    ("for_ever", "lives"),
    [(True, {"a": NO_TTL}), (False, {"a": NO_TTL, "b": 5}), (False, {"a": 5}), (False, {})],
)
async def test_what_never_expires_has_no_ttl_at_all(for_ever: bool, lives: dict[str, int]) -> None:
    """One key with a life, or none that is kept, and there is an end to wait for."""
    assert for_ever == await Store("", Kept(**lives)).keeps_for_ever("top")

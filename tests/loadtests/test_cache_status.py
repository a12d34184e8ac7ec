"""Cache-Status (RFC 9211) in one word."""

import pytest

from loadtests.cache_status import outcome_of


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("corral; hit", "hit"),
        ("corral; hit; ttl=30", "hit"),
        ("corral; hit; detail=stale", "stale"),
        ("corral; fwd=miss", "miss"),
        ("corral; fwd=stale", "miss"),
        ("corral; fwd=miss; collapsed", "collapsed"),
        ("corral; fwd=bypass", "bypass"),
        ("Corral; HIT", "hit"),
        ("", "none"),
        ("hit", "none"),
    ],
)
def test_each_header_has_one_outcome(header: str, expected: str) -> None:
    """The cache's own name is not a parameter."""
    assert expected == outcome_of(header)

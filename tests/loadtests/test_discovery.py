"""What the public lists tell of people and posts, and which addresses can be sent to."""

import pytest

from loadtests.discovery import population_of
from loadtests.errors import LoadTestError
from loadtests.trials.outside import address


def item(post: int, author: str, upvotes: int) -> dict[str, object]:
    """An item of a list."""
    return {"id": str(post), "author": {"handle": author}, "counts": {"upvotes": upvotes}}


def test_posts_weigh_their_votes_and_authors_their_posts() -> None:
    """A post in both lists is one post."""
    found = population_of(
        [{"items": [item(1, "ada", 5), item(2, "ada", 3)]}, {"items": [item(1, "ada", 5)]}]
    )
    assert (found.posts, found.upvotes) == ([1, 2], [5, 3])
    assert (found.handles, found.followers, found.authors) == (["ada"], [2], [0, 0])
    assert found.tokens == {}


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://127.0.0.1:8000/", "127.0.0.1:8000"),
        ("service:8080", "service:8080"),
        ("http://service", "service:80"),
    ],
)
def test_an_address_is_host_and_port(url: str, host: str) -> None:
    """However it was written."""
    assert address(url) == host


@pytest.mark.parametrize("url", ["https://service", "http://service/v1", "http://s:x", "http://"])
def test_what_is_no_address_is_refused(url: str) -> None:
    """The generator speaks no TLS, and a path is no place to send to."""
    with pytest.raises(LoadTestError, match="write http://HOST:PORT"):
        address(url)

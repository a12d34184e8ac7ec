"""Traffic of scenarios: it is about what the scenario is about, in the shares that it promises."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import pytest

from loadtests.mixes import MIXES
from loadtests.mixes.celebrity import POLLS_A_POST, celebrity, pollers, polling
from loadtests.mixes.flash_crowd import FIRST_SHARE, TEN_SHARE, flash_crowd
from loadtests.mixes.hot_list import hot_list
from loadtests.mixes.hot_post import hot_post
from loadtests.mixes.missing import POOL, POOL_SHARE, missing
from loadtests.mixes.request import TOP_OF_DAY, WRITES, Request
from loadtests.mixes.round_robin import POSTS, round_robin
from loadtests.mixes.scrolling import DEEP, FAR, FIRST, NEAR, PAGES, depth, scrolling
from loadtests.population import Population

HANDLES = [f"user{number}" for number in range(300)]
PEOPLE = Population(
    handles=HANDLES,
    followers=[(number * 7) % 293 for number in range(300)],
    posts=list(range(1_000, 16_000, 5)),
    upvotes=[number % 50 for number in range(3_000)],
    tokens={handle: f"token of {handle}" for handle in HANDLES},
    authors=[number % 300 for number in range(3_000)],
    fans=HANDLES[100:250],
)
STRANGERS = Population(HANDLES, PEOPLE.followers, PEOPLE.posts, PEOPLE.upvotes, {})
TRACE = 20_000


def share(trace: Sequence[Request], kinds: set[str]) -> float:
    """Of requests of these kinds."""
    return sum(request.kind in kinds for request in trace) / len(trace)


@pytest.mark.parametrize("name", MIXES)
def test_one_seed_and_label_give_one_trace(name: str) -> None:
    """Whoever draws it, whenever: every strategy gets the same."""
    first, second = (MIXES[name](PEOPLE, 5).trace("low", 300) for _ in range(2))
    assert first == second


def test_the_hot_list_is_all_there_is() -> None:
    """By nobody, so that nothing but the list is read."""
    assert {Request("top", "GET", TOP_OF_DAY)} == set(hot_list(PEOPLE, 1).trace("any", 100))


def test_each_post_comes_round_as_often_as_the_others() -> None:
    """In the same order under every label: one trace fills what the other reads."""
    mix = round_robin(PEOPLE, 1)
    fill = [request.path for request in mix.trace("fill", POSTS)]
    read = [request.path for request in mix.trace("read", 3 * POSTS)]
    assert POSTS == len(set(fill))
    assert fill * 3 == read


def test_a_storm_is_on_one_post() -> None:
    """Reads and writes stand 60 to 40; writers are signed in."""
    trace = hot_post(PEOPLE, 1).trace("storm", TRACE)
    post = f"/v1/posts/{PEOPLE.hottest_post}"
    assert {post, f"{post}/comments", f"{post}/vote"} == {request.path for request in trace}
    assert 0.40 == pytest.approx(share(trace, {"vote", "comment"}), abs=0.01)
    assert all(request.user for request in trace if request.kind in WRITES)


def test_nobody_storms_where_nobody_can_sign_in() -> None:
    """The reads of one post are left."""
    assert {"post", "comments"} == {one.kind for one in hot_post(STRANGERS, 1).trace("storm", 500)}


def test_missing_ids_are_plausible_and_missing() -> None:
    """Between the oldest and the newest, and no error when they are not found."""
    trace = missing(PEOPLE, 1).trace("missing", TRACE)
    asked = [int(request.path.rpartition("/")[2]) for request in trace]
    assert set() == set(asked) & set(PEOPLE.posts)
    assert min(PEOPLE.posts) < min(asked) <= max(asked) < max(PEOPLE.posts)
    assert {404} == {request.expects for request in trace}
    known = [one.path for one in trace if one.kind == "known"]
    assert POOL == len(set(known))
    assert POOL_SHARE == pytest.approx(len(known) / TRACE, abs=0.01)


def test_pollers_follow_the_celebrity_who_publishes_in_between() -> None:
    """Each poller as often as the others; nobody else writes."""
    mix = celebrity(PEOPLE, 1)
    trace = mix.trace("low", 10 * (POLLS_A_POST + 1))
    posts = [request for request in trace if request.kind == "publish"]
    assert [PEOPLE.celebrity] * 10 == [request.user for request in posts]
    polls = Counter(request.user for request in trace if request.kind == "feed")
    assert set(polls) <= set(PEOPLE.fans) == set(pollers(PEOPLE, 1))
    assert max(polls.values()) - min(polls.values()) <= 1


def test_polling_fills_the_feeds_that_are_polled_afterwards() -> None:
    """The same pollers, and nobody publishes."""
    fill = polling(PEOPLE, 1).trace("fill", len(pollers(PEOPLE, 1)))
    assert set(pollers(PEOPLE, 1)) == {request.user for request in fill}
    assert {"feed"} == {request.kind for request in fill}


def test_polling_needs_followers_who_can_sign_in() -> None:
    """A feed is somebody's."""
    with pytest.raises(ValueError, match="--population"):
        polling(STRANGERS, 1).trace("fill", 1)


@pytest.mark.parametrize("people", [PEOPLE, STRANGERS], ids=["known", "strangers"])
def test_a_crowd_is_on_few_accounts(people: Population) -> None:
    """14 % on one account, 33 % on ten; the others look around as ever."""
    crowd = flash_crowd(people, 1)
    paths = Counter(request.path for request in crowd.trace("crowd", TRACE))
    everyday = Counter(request.path for request in MIXES["browse"](people, 1).trace("x", TRACE))
    more = [paths[path] - (1 - TEN_SHARE) * everyday[path] for path in paths]
    crowded = [count for count in more if count > TRACE / 1_000]
    assert TEN_SHARE == pytest.approx(sum(crowded) / TRACE, abs=0.05)
    assert len(crowded) <= 10 * 5
    assert max(more) == pytest.approx(FIRST_SHARE * 0.5 * TRACE, rel=0.35)


def test_a_scroll_begins_at_the_first_page_and_is_meant_to_go_deep() -> None:
    """The pages behind it come by the answers' cursors."""
    trace = scrolling(PEOPLE, 1).trace("scroll", 1_000)
    assert {FIRST} == {request.kind for request in trace}
    assert {PAGES} == {request.pages for request in trace}
    assert not any("cursor" in request.path for request in trace)


def test_pages_are_counted_by_how_deep_they_lie() -> None:
    """In bands, so that each has enough of them for a p99."""
    bands = [depth(page) for page in range(1, PAGES + 1)]
    assert (FIRST, DEEP) == (bands[0], bands[-1])
    assert [(FIRST, NEAR), (NEAR, FAR), (FAR, DEEP)] == [
        pair for pair in pairwise(bands) if pair[0] != pair[1]
    ]

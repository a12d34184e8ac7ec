"""The walk down a thread, against trees that are built by force."""

import random
from collections.abc import Sequence

import pytest

from service.feed import threads
from service.feed.threads import (
    DEEPEST,
    SORTS,
    CommentSort,
    Knot,
    Place,
    Skeleton,
    Thread,
    skeleton_of,
    walk,
)
from service.feed.wilson import lower_bound

TREES = 60


def random_tree(rng: random.Random) -> list[Knot]:
    """Up to forty comments, as deep as they like, with few votes and hence many ties."""
    knots: list[Knot] = []
    for comment_id in rng.sample(range(1, 1000), rng.randrange(40)):
        parents = [None, *(knot.id for knot in knots)]
        knots.append(Knot(comment_id, rng.choice(parents), rng.randrange(3), rng.randrange(3)))
    rng.shuffle(knots)
    return knots


def by_force(knots: Sequence[Knot], thread: Thread) -> list[int]:
    """The same walk by recursion, without places."""

    def merit(knot: Knot) -> tuple[float, int]:
        bound = round(lower_bound(knot.upvotes, knot.downvotes), 9)
        return (bound if thread.sort == "best" else 0), knot.id

    def below(parent: int | None, levels: int) -> list[int]:
        siblings = [knot for knot in knots if knot.parent_id == parent] if levels else []
        return [
            one
            for knot in sorted(siblings, key=merit, reverse=True)
            for one in (knot.id, *below(knot.id, levels - 1))
        ]

    return below(thread.root, thread.depth)


def paged(skeleton: Skeleton, thread: Thread, limit: int) -> list[int]:
    """All of it, page by page."""
    after: Place | None = None
    ids: list[int] = []
    while found := walk(skeleton, thread, after, limit):
        ids += [comment_id for _, comment_id in found]
        after = found[-1][0]
    return ids


@pytest.mark.parametrize("seed", range(TREES))
@pytest.mark.parametrize("sort", SORTS)
def test_the_walk_is_complete_and_in_order(sort: CommentSort, seed: int) -> None:
    """Below the post and below each comment, to every depth, whatever the size of a page."""
    rng = random.Random(seed)
    knots = random_tree(rng)
    skeleton = skeleton_of(knots, sort)
    for root in (None, *(knot.id for knot in knots)):
        thread = Thread(1, sort, rng.randint(1, DEEPEST), root)
        expected = by_force(knots, thread)
        for limit in (1, rng.randint(2, 10), 100):
            assert expected == paged(skeleton, thread, limit)


@pytest.mark.parametrize("sort", SORTS)
def test_places_compare_as_the_walk_goes(sort: CommentSort) -> None:
    """Hence a page may begin behind a comment that is gone."""
    for seed in range(TREES):
        rng = random.Random(seed)
        knots, thread = random_tree(rng), Thread(1, sort)
        places = [place for place, _ in walk(skeleton_of(knots, sort), thread, None, 100) or []]
        assert sorted(places) == places
        leaves = {knot.id for knot in knots} - {knot.parent_id for knot in knots}
        for gone in leaves:
            whole = walk(skeleton_of(knots, sort), thread, None, 100) or []
            fewer = [knot for knot in knots if knot.id != gone]
            for index, (place, comment_id) in enumerate(whole):
                if comment_id == gone:
                    left = walk(skeleton_of(fewer, sort), thread, place, 100)
                    assert whole[index + 1 :] == left


def test_new_comments_move_nothing_that_is_behind_them() -> None:
    """`new`: whoever pages on meets all that stood when they began, once each, in order."""
    for seed in range(TREES):
        rng = random.Random(seed)
        knots, thread = random_tree(rng), Thread(1)
        expected, met, after = by_force(knots, thread), [], None
        while found := walk(skeleton_of(knots, "new"), thread, after, 3):
            met += [comment_id for _, comment_id in found]
            after = found[-1][0]
            newest = max((knot.id for knot in knots), default=0) + 1
            knots.append(Knot(newest, rng.choice([None, *(knot.id for knot in knots)]), 0, 0))
        assert len(set(met)) == len(met)
        assert expected == [comment_id for comment_id in met if comment_id in set(expected)]


@pytest.mark.parametrize("sort", SORTS)
def test_what_is_kept_says_where_it_ends(
    sort: CommentSort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within it, pages are right; beyond it, it says so and never that nothing comes."""
    monkeypatch.setattr(threads, "KEPT", 7)
    cut = 0
    for seed in range(TREES):
        knots = random_tree(random.Random(seed))
        whole = skeleton_of(knots, sort)
        kept = whole.kept()
        for root in (None, *(knot.id for knot in knots)):
            thread = Thread(1, sort, DEEPEST, root)
            after: Place | None = None
            while expected := walk(whole, thread, after, 3):
                found = walk(kept, thread, after, 3)
                assert found in (None, expected)
                cut += found is None
                after = expected[-1][0]
            assert walk(kept, thread, after, 3) in (None, [])
    assert cut


def test_a_skeleton_that_is_taken_for_whole_loses_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail: without its mark the part that is kept ends the thread."""
    monkeypatch.setattr(threads, "KEPT", 2)
    knots = [Knot(comment_id, None, 0, 0) for comment_id in range(1, 6)]
    kept = skeleton_of(knots, "new").kept()
    assert walk(kept, Thread(1), None, 3) is None
    unmarked = Skeleton(kept.ids, kept.levels, kept.ranks)
    assert [5, 4] == [comment_id for _, comment_id in walk(unmarked, Thread(1), None, 3) or []]

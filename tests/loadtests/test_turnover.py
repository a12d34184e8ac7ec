"""Who is there in which month: newcomers arrive, former ones do not come back."""

from collections import Counter
from itertools import pairwise

from loadtests.mixes.turnover import MONTHS, STAYS_MONTHS, Turnover, shuffled, there_in
from loadtests.population import Population

PEOPLE = 2_100
POSTS = 4_200
LENGTH = 18_000


def population() -> Population:
    """People and posts, all with tokens."""
    handles = [f"user{number}" for number in range(PEOPLE)]
    tokens = dict.fromkeys(handles, "token")
    return Population(handles, [1] * PEOPLE, list(range(POSTS)), [1] * POSTS, tokens)


def test_every_month_as_many_arrive_as_leave() -> None:
    """A quarter is new, a quarter was there for the last time, and all are there at some time."""
    months = [there_in(population(), month) for month in range(MONTHS)]
    sizes = {len(month.handles) for month in months} | {len(month.posts) // 2 for month in months}
    assert {400} == sizes
    for before, after in pairwise(months):
        assert 100 == len(set(after.handles) - set(before.handles))
        assert 100 == len(set(before.handles) - set(after.handles))
    assert PEOPLE == len({handle for month in months for handle in month.handles})


def test_who_has_left_does_not_come_back() -> None:
    """The months in which somebody is there are at most four, one after the other."""
    there: dict[str, list[int]] = {}
    for month in range(MONTHS):
        for handle in there_in(population(), month).handles:
            there.setdefault(handle, []).append(month)
    assert STAYS_MONTHS == max(map(len, there.values()))
    assert all(months[-1] - months[0] == len(months) - 1 for months in there.values())


def test_weights_stay_with_their_owners() -> None:
    """A slice of handles is a slice of their followers."""
    people = population()
    weighted = Population(
        people.handles, list(range(PEOPLE)), people.posts, list(range(POSTS)), people.tokens
    )
    mixed = shuffled(weighted, seed=1)
    assert mixed.handles != weighted.handles
    month = there_in(mixed, 5)
    assert [f"user{weight}" for weight in month.followers] == month.handles
    assert month.upvotes == month.posts


def test_a_trace_goes_through_all_months_in_order() -> None:
    """Each has its share of the requests, about nobody else than who is there."""
    mix = Turnover(population(), seed=1)
    trace = mix.trace("lapse", LENGTH)
    assert LENGTH == len(trace)
    mixed = shuffled(population(), seed=1)
    for month in range(MONTHS):
        there = there_in(mixed, month)
        part = trace[month * LENGTH // MONTHS : (month + 1) * LENGTH // MONTHS]
        posts = {r.path.split("/")[3] for r in part if r.path.startswith("/v1/posts/")}
        assert posts <= set(map(str, there.posts))
        assert {request.user for request in part if request.user} <= set(there.handles)


def test_the_same_seed_and_label_give_the_same_trace() -> None:
    """All subjects are asked the same."""
    traces = [Turnover(population(), seed=1).trace("lapse", 900) for _ in range(2)]
    assert traces[0] == traces[1]
    assert traces[0] != Turnover(population(), seed=2).trace("lapse", 900)


def test_most_is_read_again_within_its_month_and_nothing_after_it() -> None:
    """What a cache without TTLs keeps is therefore read by nobody."""
    trace = Turnover(population(), seed=1).trace("lapse", LENGTH)
    last: dict[str, int] = {}
    for at, request in enumerate(trace):
        if request.kind == "post":
            last[request.path] = at * MONTHS // LENGTH
    by_month = Counter(last.values())
    assert all(by_month[month] > 0 for month in range(MONTHS))


def test_a_population_smaller_than_the_months_still_has_somebody_in_each() -> None:
    """Twelve people, as in tests."""
    few = Population([f"user{n}" for n in range(12)], [1] * 12, [1, 2, 3], [1] * 3, {})
    assert all(there_in(few, month).handles for month in range(MONTHS))
    assert 36 == len(Turnover(few, seed=1).trace("lapse", 36))

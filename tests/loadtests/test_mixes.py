"""One seed gives one trace, with the shares and the skew that it promises."""

import random
from collections import Counter

import pytest

from loadtests.mixes.browse import SHARES, browse
from loadtests.mixes.request import WRITES
from loadtests.popularity import Zipf, order_by_weight
from loadtests.population import Population

HANDLES = [f"user{number}" for number in range(300)]
PEOPLE = Population(
    handles=HANDLES,
    followers=[number % 7 for number in range(300)],
    posts=list(range(1_000, 4_000)),
    upvotes=[number % 50 for number in range(3_000)],
    tokens={handle: f"token of {handle}" for handle in HANDLES},
)


def test_shares_are_those_of_the_table() -> None:
    """They add up to one, and a long trace keeps them."""
    assert sum(SHARES.values()) == pytest.approx(1.0)
    counts = Counter(request.kind for request in browse(PEOPLE, 1).trace("warm", 40_000))
    for kind, share in SHARES.items():
        assert counts[kind] / 40_000 == pytest.approx(share, rel=0.25)


def test_every_strategy_gets_the_same_trace() -> None:
    """Whoever draws it, whenever: seed and label decide."""
    assert browse(PEOPLE, 5).trace("low", 500) == browse(PEOPLE, 5).trace("low", 500)


def test_another_seed_or_label_gives_another_trace() -> None:
    """Phases must not replay each other."""
    trace = browse(PEOPLE, 5).trace("low", 500)
    assert trace != browse(PEOPLE, 5).trace("high", 500)
    assert trace != browse(PEOPLE, 6).trace("low", 500)


def test_labels_share_what_is_popular() -> None:
    """A warm trace would be no use if other posts were hot afterwards."""
    mix = browse(PEOPLE, 5)
    hottest = [
        Counter(r.path for r in mix.trace(label, 20_000) if r.kind == "post").most_common(3)
        for label in ("warm", "low")
    ]
    assert {path for path, _ in hottest[0]} & {path for path, _ in hottest[1]}


def test_feeds_and_writes_are_signed_and_half_of_the_post_reads() -> None:
    """Nobody has a feed without being somebody."""
    trace = browse(PEOPLE, 1).trace("warm", 20_000)
    assert all(r.user in PEOPLE.tokens for r in trace if r.kind in WRITES | {"feed"})
    reads = [r.user is not None for r in trace if r.kind in {"post", "comments"}]
    assert sum(reads) / len(reads) == pytest.approx(0.5, abs=0.03)


def test_without_tokens_only_reads_by_nobody_are_drawn() -> None:
    """So that plain `locust` works on a service whose users it does not know."""
    strangers = Population(HANDLES, [1] * 300, [1, 2, 3], [1, 1, 1], {})
    trace = browse(strangers, 1).trace("warm", 2_000)
    assert not {r.kind for r in trace} & (WRITES | {"feed"})
    assert {None} == {r.user for r in trace}


def test_nobody_follows_themselves() -> None:
    """The service would refuse, and the refusal would count as an error."""
    follows = [r for r in browse(PEOPLE, 1).trace("warm", 40_000) if r.kind == "follow"]
    assert follows
    assert all(r.path != f"/v1/users/{r.user}/follow" for r in follows)


def test_a_compact_trace_leaves_a_cache_as_the_whole_one_does() -> None:
    """The same entries, in the same order of last use, through every write in between."""
    mix = browse(PEOPLE, 1)
    whole, compact = mix.trace("warm", 5_000), mix.compact_trace("warm", 5_000)
    assert len(compact) < len(whole) / 2

    def last_uses(trace: list[object]) -> list[object]:
        return list(dict.fromkeys(reversed(trace)))[::-1]

    def steps(trace: list[object]) -> list[object]:
        return [step.cached_as if step.kind not in WRITES else step for step in trace]  # type: ignore[attr-defined]

    assert last_uses(steps([*whole])) == last_uses(steps([*compact]))


def test_zipf_gives_the_first_its_share() -> None:
    """With alpha 1.1 over 100 items the first has 24 % and the tenth a twelfth of that."""
    rng = random.Random(1)
    zipf = Zipf(range(100))
    counts = Counter(zipf.draw(rng) for _ in range(50_000))
    total = sum((rank + 1) ** -1.1 for rank in range(100))
    assert counts[0] / 50_000 == pytest.approx(1 / total, rel=0.05)
    assert counts[9] / counts[0] == pytest.approx(10**-1.1, rel=0.15)


def test_heavy_items_tend_to_come_first() -> None:
    """Not always: the order is drawn, not sorted."""
    weights = [0.0] * 500 + [50.0] * 500
    order = order_by_weight(range(1_000), weights, random.Random(1))
    heavy_in_front = sum(item >= 500 for item in order[:500])
    assert 450 < heavy_in_front < 500

"""Names and lives of keys, as one table."""

import re
from itertools import combinations
from pathlib import Path

import pytest

from service.keys import DEFAULT_TTL_S, KINDS, LIMITS, NEGATIVE_TTL_S, Kind, parse_entry

HOUR_S, MINUTE_S = 3600, 60
# The article's table, and what was added to it.
LIVES_S = {
    "post": HOUR_S,
    "comments": 10 * MINUTE_S,
    "profile": 24 * HOUR_S,
    "feed": HOUR_S,
    "trending": 5 * MINUTE_S,
    "top": 10 * MINUTE_S,
    "reputation": HOUR_S,
    "page": 7 * 24 * HOUR_S,
}


def test_every_kind_has_a_life() -> None:
    """None is for ever; those that the article names live as long as it says."""
    for kind in KINDS.values():
        assert 0 < kind.ttl_s <= 30 * 24 * HOUR_S
    assert LIVES_S == {name: KINDS[name].ttl_s for name in LIVES_S}
    assert (DEFAULT_TTL_S, NEGATIVE_TTL_S) == (HOUR_S, 30)


def test_a_soft_life_ends_before_the_hard_one() -> None:
    """The best of a window is refreshed after a minute, and gone after ten."""
    assert KINDS["top"].fresh_s == MINUTE_S
    for kind in KINDS.values():
        assert kind.fresh_s is None or kind.fresh_s < kind.ttl_s


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_key_has_one_hash_tag(kind: Kind) -> None:
    """All keys of one entry lie in one cluster slot, and no two entries share a tag needlessly."""
    key = kind.key(42)
    assert re.findall(r"{(.*?)}", key) == ["42"]
    assert key.count("{") == key.count("}") == 1
    assert kind.key(42) != kind.key(43)
    assert kind.holds
    assert KINDS[kind.name] is kind


def test_limits_have_a_life_and_a_page() -> None:
    """Their keys are no entries: none can be dropped by name; `docs/keys.md` has a row for each."""
    page = (Path(__file__).parents[1] / "docs" / "keys.md").read_text(encoding="utf-8")
    for name, kind in LIMITS.items():
        assert 0 < kind.ttl_s <= 30 * 24 * HOUR_S
        assert re.findall(r"{(.*?)}", kind.key(42)) == ["42"]
        assert name == kind.name
        assert name not in KINDS
        assert f"| `{kind.key('ID')}` |" in page


def test_no_two_kinds_share_a_key() -> None:
    """Nor does the key of one look like another's with a layer's suffix or prefix."""
    for one, other in combinations(KINDS.values(), 2):
        assert one.key(42) != other.key(42)
    for kind in KINDS.values():
        assert not kind.key(42).endswith((":v", ":l"))
        assert not kind.key(42).startswith("lock:")


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_is_named_by_its_kind(kind: str) -> None:
    """`top:day` is the entry `day` of kind `top`; what follows the first colon is the entry's."""
    assert parse_entry(f"{kind}:day") == (KINDS[kind], "day")
    assert parse_entry(f"{kind}:a:b") == (KINDS[kind], "a:b")


@pytest.mark.parametrize("name", ["", "top", "top:", ":day", "nothing:1", "TOP:day", " top:day"])
def test_what_is_no_entry_is_refused(name: str) -> None:
    """With the names that there are."""
    with pytest.raises(ValueError, match=r"is not an entry; write one of post, counts, "):
        parse_entry(name)

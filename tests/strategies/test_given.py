"""Plans of somebody's own: changed by name, or taken from a file."""

from dataclasses import replace
from pathlib import Path

import pytest

from service import keys
from service.embedded.servers import Servers
from service.keys import KINDS
from service.strategies import slots
from service.strategies.given import LIVES, plan_of
from service.strategies.layered import LAYERED
from service.strategies.pieces import PIECES
from service.strategies.records import SERVED
from tests.strategies.service import on_copy
from tests.strategies.test_other_plans import TOGETHER
from tests.world import Databases

MINE = """
from dataclasses import replace

from service.strategies import slots
from service.strategies.layered import LAYERED

PLAN = replace(LAYERED, near=slots.nothing_near)
OTHER = 5
"""


def test_a_field_is_changed_by_the_name_of_a_piece() -> None:
    """One after the other; the name tells of all of it."""
    plan = plan_of("layered", None, ["shared=polling_lock", "near = nothing_near"])
    assert plan.name == "layered, shared=polling_lock, near=nothing_near"
    wanted = replace(LAYERED, shared=slots.polling_lock, near=slots.nothing_near)
    assert plan == replace(wanted, name=plan.name)


def test_without_a_change_it_is_the_strategy() -> None:
    """Itself, not a copy of it."""
    assert plan_of("layered", None, []) is LAYERED


def test_every_piece_can_be_named() -> None:
    """All that there are; what does not go alone says what it needs, and goes with that."""
    for field, pieces in PIECES.items():
        for piece in pieces:
            changes = [f"{field}={piece}"]
            if changes[0] in TOGETHER:
                with pytest.raises(ValueError, match=r"from the outbox|add shared=empty"):
                    plan_of("layered", None, changes)
                changes.append(TOGETHER[changes[0]])
            assert getattr(plan_of("layered", None, changes), field) is pieces[piece]


def test_one_life_is_another() -> None:
    """With the jitter of the plan, and no other kind's; the soft life has a name of its own."""
    plan = plan_of("layered", None, ["ttl.feed_s=60", "ttl.top_fresh_s=5"])
    lives_s = {plan.ttl(keys.FEED)(()) for _ in range(50)}
    assert all(life_s is not None and 54 <= life_s <= 60 for life_s in lives_s)
    assert len(lives_s) > 1
    for kind in (keys.POST, keys.TOP):
        life_s = plan.ttl(kind)(())
        assert life_s is not None
        assert kind.ttl_s * 0.9 <= life_s <= kind.ttl_s
    soft_s = plan.ttl(replace(keys.TOP, name="top_fresh", ttl_s=60))(())
    assert soft_s is not None
    assert 4.5 <= soft_s <= 5


def test_a_life_ends_what_was_kept_for_ever() -> None:
    """The kind that is named, and the others stay."""
    plan = plan_of("naive", None, ["ttl.feed_s=60"])
    assert plan.ttl(keys.FEED)(()) == 60
    assert plan.ttl(keys.POST)(()) is None


async def test_lives_are_what_redis_is_told(databases: Databases, servers: Servers) -> None:
    """Through settings, as a load test gives them; and the service says which plan it serves."""
    changes = "ttl.page_s=100,ttl.top_s=50,ttl.top_fresh_s=7"
    async with on_copy("layered", "corral_test_world", databases, servers, set=changes) as service:
        await service.client.get("/v1/pages/about")
        for _ in range(2):  # what was loaded for an answer says no life yet
            answer = await service.client.send("GET", "/v1/posts?window=day")
        ttls = await service.ttls()
        assert 85_000 < (ttls["page:{about}:v"] or 0) <= 100_000
        assert 42_000 < (ttls["top:{day}:v"] or 0) <= 50_000
        fresh_s = int(answer.headers["cache-status"].rpartition("ttl=")[2])
        assert 5 <= fresh_s <= 7
        told = (await service.client.stats())["strategy"]
        assert told == f"layered, {changes.replace(',', ', ')}"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("shared", "write FIELD=PIECE"),
        ("share=polling_lock", "there is no field 'share' in a plan (is shared meant?)"),
        ("name=x", "there is no field 'name'"),
        ("shared=polling-lock", "no piece 'polling-lock' for shared (is polling_lock meant?)"),
        ("shared=x", "choose from empty, cache_aside, polling_lock, fenced_lease"),
        ("ttl.feeds_s=60", "no life 'feeds_s' in the plan's ttl (is feed_s meant?)"),
        ("ttl.timeline_s=60", "no life 'timeline_s'"),
        ("ttl.feed_s=soon", "from 0.1 to 31536000, not 'soon'"),
        ("ttl.feed_s=0", "not '0'"),
        ("ttl.feed_s=nan", "not 'nan'"),
        ("ttl.feed_s=1e9", "not '1e9'"),
    ],
)
def test_a_wrong_change_is_told(change: str, told: str) -> None:
    """With what can be chosen."""
    with pytest.raises(ValueError, match=r".") as refused:
        plan_of("layered", None, [change])
    assert told in str(refused.value)


def test_every_life_of_a_plan_can_be_set() -> None:
    """Of each kind that a stack keeps; soft ones where there are any."""
    for kind in KINDS.values():
        assert (f"{kind.name}_s" in LIVES) == (
            kind not in SERVED or "lease" in SERVED[kind].by or kind is keys.COUNTS
        ), kind.name
        assert (f"{kind.name}_fresh_s" in LIVES) == (kind.fresh_s is not None)


def test_a_plan_comes_from_a_file(tmp_path: Path) -> None:
    """By its name there; changes go on top of it."""
    (tmp_path / "mine.py").write_text(MINE)
    plan = plan_of("naive", f"{tmp_path}/mine.py:PLAN", ["flight=empty"])
    assert plan.name == "mine.py:PLAN, flight=empty"
    assert (plan.near, plan.flight, plan.shared) == (
        slots.nothing_near,
        slots.empty,
        slots.fenced_lease,
    )


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("mine.py", "write FILE:NAME"),
        ("mine.py:", "write FILE:NAME"),
        ("nowhere.py:PLAN", "there is no file nowhere.py"),
        ("mine.py:OTHER", "OTHER is no Plan in mine.py; its plans are LAYERED, PLAN"),
        ("mine.py:MINE", "MINE is not there in mine.py; its plans are LAYERED, PLAN"),
        ("mine.txt:PLAN", "must end in .py"),
        ("broken.py:PLAN", "broken.py cannot be run: SyntaxError"),
        ("empty.py:PLAN", "PLAN is not there in empty.py; it has none"),
        ("halved.py:PLAN", "from the outbox"),
    ],
)
def test_a_file_without_the_plan_is_told(
    file: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong with it, and what it has instead."""
    monkeypatch.chdir(tmp_path)
    halved = MINE.replace("near=slots.nothing_near", "invalidation=AfterCommit")
    for name, text in {
        "mine.py": MINE,
        "mine.txt": MINE,
        "broken.py": "def",
        "empty.py": "",
        "halved.py": f"from service.strategies.invalidation import AfterCommit\n{halved}",
    }.items():
        Path(name).write_text(text)
    with pytest.raises(ValueError, match=r".") as refused:
        plan_of("layered", file, [])
    assert told in str(refused.value)

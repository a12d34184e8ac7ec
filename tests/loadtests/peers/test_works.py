"""Each work on real processes: loads are counted right, and what is to go wrong does go wrong."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from loadtests.errors import LoadTestError
from loadtests.peers.cache_killed import CACHE_KILLED
from loadtests.peers.checking import checked, difference, same_answers
from loadtests.peers.contenders import CONSTANT, Contender
from loadtests.peers.expiry import EXPIRY, FRESH_S
from loadtests.peers.lab import Lab
from loadtests.peers.loader_killed import LOADER_KILLED
from loadtests.peers.result import OneWeight
from loadtests.peers.rounds import rounds
from loadtests.peers.rows import empty_side
from loadtests.peers.stampede import STAMPEDE
from loadtests.peers.tally import Tally
from loadtests.peers.warm import WarmHits
from loadtests.peers.weight import WEIGHT
from loadtests.peers.work import SpoiltError, Work, attempted
from loadtests.services import Server
from tests.loadtests.peers.lab import BY_KEY

LAYERED, FAR, REDIS_PY = BY_KEY["layered"], BY_KEY["layered_far"], BY_KEY["redis_py"]
CASHEWS, CORRAL = BY_KEY["cashews"], BY_KEY["corral"]
BROKEN = Contender("broken", "broken", "nowhere", is_peer=False)


async def one_of(lab: Lab, work: Work[Any], one: Contender) -> Any:
    """The result of one trial."""
    attempt = await attempted(lab, work, one, 0, Tally())
    assert attempt.found is not None, attempt.why
    return work.together([attempt.found])


async def test_sides_answer_alike_and_who_cannot_start_says_why(lab: Lab) -> None:
    """The same bytes, cold and warm; one that does not start keeps nobody else away."""
    contenders = [CONSTANT, CASHEWS, BROKEN, FAR, REDIS_PY, CORRAL]
    sides = {one.key: empty_side(one) for one in contenders}
    await same_answers(lab, contenders, sides)
    assert {"cashews", "broken"} == {key for key, side in sides.items() if side["cannot"]}
    assert "is not installed" in sides["cashews"]["cannot"]["start"]
    assert "No module named 'loadtests.peers.sides.nowhere'" in sides["broken"]["cannot"]["start"]
    assert "redis" in sides["redis_py"]["versions"]


def test_another_answer_is_told_from_the_same() -> None:
    """Views may differ, as Corral counts them; nothing else may."""
    post = b'{"id":1,"counts":{"score":2,"views":3}}'
    assert "" == difference(post, post, post.replace(b'"views":3', b'"views":12'))
    assert "otherwise" in difference(post, post, post.replace(b'"score":2', b'"score":3'))


async def test_warm_windows_stand_between_two_of_the_constant_route(lab: Lab) -> None:
    """A ratio, CPU and p99 for each side and kind; one that cannot start is named."""
    hits = WarmHits(lab)
    found = await hits.measure([LAYERED, BROKEN])
    assert {"constant", "layered"} == set(found)
    assert "No module named" in hits.cannot["broken"]
    for kind in ("hot", "zipf"):
        warm = found["layered"][kind]
        assert (1, 1, 0) == (warm["made"], warm["kept"], warm["errors"])
        assert warm["ratio"] is not None
        assert warm["p99_ratio"] is not None
        assert warm["cpu_us"] is not None
    assert (await checked(lab))["bare_per_s"] > 0


async def test_a_stampede_is_one_load_with_a_lease_and_many_without(lab: Lab) -> None:
    """Both counts of the database agree, and all are answered."""
    guarded, bare = await one_of(lab, STAMPEDE, LAYERED), await one_of(lab, STAMPEDE, REDIS_PY)
    assert ([1], [1]) == (guarded["loads"], guarded["loads_done"])
    assert bare["loads"] == bare["loads_done"]
    assert bare["loads"][0] > 2
    assert [lab.sizes.herd] == guarded["answered"] == bare["answered"]
    assert guarded["load_ms"][0] > 0


async def test_a_killed_loader_costs_a_second_load(lab: Lab) -> None:
    """It was loading, it died, it never answered; those who waited are answered all the same."""
    found = await one_of(lab, LOADER_KILLED, LAYERED)
    assert ["killed by signal 9 with 1 at work, before it answered"] == found["faults"]
    assert [2] == found["loads"]
    assert [lab.sizes.waiters] == found["answered"]


async def test_a_loader_that_is_killed_too_late_is_no_fault(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: it had answered before, and no figure comes of it."""
    monkeypatch.setattr(lab, "newest", 1)
    tally = Tally()
    assert (await attempted(lab, LOADER_KILLED, LAYERED, 0, tally)).found is None
    assert (2, 0) == (tally.made, tally.kept)
    assert {True} == {"it had answered 'HTTP/1.1 200 OK'" in why for why in tally.why}


async def test_a_killed_cache_is_away_and_comes_back(lab: Lab) -> None:
    """Until then nothing is loaded; meanwhile its port refuses, and loads take its place."""
    found = await one_of(lab, CACHE_KILLED, FAR)
    assert found["refused"]
    assert found["down_s"] >= lab.sizes.outage_s
    assert 0 == found["loads_before"]
    assert found["loads_down"] > 0
    assert 0 == found["down_errors"] + found["after_errors"]
    assert await lab.valkey.is_up()


async def test_a_cache_that_does_not_go_away_is_no_outage(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: nobody is killed, and no figure comes of it."""

    async def nobody() -> None:
        """Kill nobody."""

    monkeypatch.setattr(lab.valkey, "kill", nobody)
    attempt = await attempted(lab, CACHE_KILLED, FAR, 0, Tally())
    assert "somebody answered on its port" in attempt.why


async def test_expiry_is_counted_by_windows_with_ages(lab: Lab) -> None:
    """Each life of a value costs loads that the database saw; an answer says how old it is."""
    found = await one_of(lab, EXPIRY, LAYERED)
    assert found["loads"] > 0
    assert found["windows"] <= lab.sizes.expiry_s / FRESH_S * 2
    assert found["stale_ms"] is not None
    assert {} == found["errors"]


async def test_a_post_is_weighed_with_all_its_keys(lab: Lab) -> None:
    """Bytes are the server's own, and more than none."""
    found = await one_of(lab, WEIGHT, REDIS_PY)
    assert (lab.sizes.weighed, lab.sizes.weighed) == (found["posts"], found["keys"])
    assert found["bytes_per_post"] > found["json_bytes"] > 0


async def test_what_others_disturb_is_left_out(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody may be at work but us, nothing is kept, and the tally says why."""
    monkeypatch.setattr(lab, "sizes", replace(lab.sizes, others_cpu=-1.0))
    tally = Tally()
    assert (await attempted(lab, STAMPEDE, LAYERED, 0, tally)).found is None
    assert (2, 0) == (tally.made, tally.kept)
    assert "others were at work" in tally.why[0]


@asynccontextmanager
async def nobody_serves(*_: object) -> AsyncIterator[list[Server]]:
    """Nothing is started."""
    yield []


@pytest.mark.parametrize(
    ("wrong", "failed"),
    [
        ((LoadTestError("it ended"), LoadTestError("it ended")), True),
        ((SpoiltError("too late"), LoadTestError("it ended")), False),
        ((LoadTestError("it ended"), SpoiltError("too late")), False),
        ((SpoiltError("too late"), SpoiltError("too late")), False),
    ],
)
async def test_only_who_fails_in_every_try_has_failed(
    wrong: tuple[LoadTestError, ...], failed: bool, lab: Lab
) -> None:
    """What others spoilt is no failure of the side, whether it came first or last."""
    errors = iter(wrong)

    async def measure(*_: object) -> OneWeight:
        raise next(errors)

    work = replace(WEIGHT, serving=nobody_serves, measure=measure)
    attempt = await attempted(lab, work, REDIS_PY, 0, Tally())
    assert failed is attempt.failed
    assert {str(one) for one in wrong} == set(attempt.why.split("; "))


@pytest.mark.parametrize("work", [EXPIRY, CACHE_KILLED])
async def test_a_client_that_begins_late_spoils_a_trial_at_a_steady_rate(
    work: Work[Any], lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a burst: its delay would be the side's in every latency."""

    async def measure(*_: object) -> dict[str, float]:
        return {"lateness_ms": 21.0}

    monkeypatch.setattr(lab, "sizes", replace(lab.sizes, late_ms=20.0))
    made = replace(work, serving=nobody_serves, measure=measure)
    attempt = await attempted(lab, made, REDIS_PY, 0, Tally())
    assert (False, "the client began late: p99 21 ms") == (attempt.failed, attempt.why)
    monkeypatch.setattr(lab, "sizes", replace(lab.sizes, late_ms=22.0))
    assert (await attempted(lab, made, REDIS_PY, 0, Tally())).found is not None


@pytest.mark.parametrize(("failures", "kept"), [(1, True), (2, False)])
async def test_who_fails_is_tried_once_more_and_then_told(
    failures: int, kept: bool, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As who was disturbed; after two failures it is not asked again, and its row says why."""
    wrong = iter([LoadTestError("the service could not be asked")] * failures)

    async def measure(*_: object) -> OneWeight:
        for error in wrong:
            raise error
        return {"posts": 1, "json_bytes": 1.0, "keys": 1, "bytes_per_post": 1.0}

    work = replace(WEIGHT, serving=nobody_serves, measure=measure, repeats=lambda *_: 3)
    monkeypatch.setattr("loadtests.peers.rounds.WORKS", {"weight": work})
    sides, tally = {"redis_py": empty_side(REDIS_PY)}, Tally()
    await rounds(lab, ("weight",), [REDIS_PY], sides, tally)
    side = sides["redis_py"]
    said = "trial 1 failed twice: the service could not be asked"
    assert side["cannot"] == ({} if kept else {"weight": said})
    assert (tally.made, tally.kept) == ((4, 3) if kept else (2, 0))
    assert (side["weight"] is not None) is kept

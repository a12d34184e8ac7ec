"""A small ladder from its template to its goals, on real servers of its own."""

import os
from contextlib import AbstractAsyncContextManager
from io import StringIO
from pathlib import Path
from statistics import median

import pytest
from rich.console import Console

from loadtests.commands.ladder import SIZES
from loadtests.scenarios.browse_low import BROWSE_LOW
from loadtests.scenarios.equal_budget import EQUAL_BUDGET
from loadtests.scenarios.memory import MEMORY
from loadtests.sql import connected
from loadtests.trials.course import Course, play_all, run
from loadtests.trials.goals import ladder_goals
from loadtests.trials.ground import Stores, prepared
from loadtests.trials.offer import offered
from loadtests.trials.schema import Rates
from loadtests.trials.standing import Standing
from service.embedded.servers import Servers

IS_PROOF = os.environ.get("CORRAL_PROOF") == "1"
pytestmark = pytest.mark.skipif(not IS_PROOF, reason="takes a minute; CORRAL_PROOF=1 runs it")
SECRET = "the secret of a ladder, 32 bytes or more"


async def test_two_rungs_from_the_template_to_the_goals(
    servers: Servers, world_database: str, tmp_path: Path
) -> None:
    """Weighed, measured, and cut to the budget in a turn of its own."""
    env = {**os.environ, "CORRAL_SECRET": SECRET}
    offer = await offered(env)
    subjects = offer.subjects(["naive", "layered"])
    redis_urls = {name: servers.redis_urls[name] for name in ("naive", "layered")}
    stores = Stores(world_database, redis_urls, shared=False)
    course = Course(
        kind="ladder",
        subjects=subjects,
        scenarios=[MEMORY, BROWSE_LOW, EQUAL_BUDGET],
        repeats=1,
        seed=1,
        quick=True,
        command="a test",
        given_rates=Rates(low=20.0, high=20.0, rule="given"),
        own_sizes=SIZES[True],
    )
    standing: AbstractAsyncContextManager[Standing] = prepared(
        stores, subjects, work=tmp_path, env=env
    )
    trials = await run(course, standing, play_all, Console(file=StringIO(), width=100))
    async with connected(world_database) as template:
        for name in ("naive", "layered", "naive__warm", "layered__warm", "pristine"):
            await template.execute(f'drop database "corral_{name}" with (force)')
    figures = {(one["scenario"], one["subject"]): one["figures"] for one in trials["trials"]}
    assert 0 < figures["memory", "layered"]["keys"]
    assert 0 == figures["memory", "layered"]["keys_without_ttl"]
    assert 0 < figures["memory", "naive"]["keys_without_ttl"]
    assert figures["memory", "naive"]["cache_bytes"] > 0
    weighed = [one for one in trials["trials"] if one["figures"].get("cache_bytes")]
    naives = [one for one in weighed if one["subject"] == "naive"]
    counted = [one for one in naives if one["valid"]] or naives
    budget = round(9 / 32 * median(one["figures"]["cache_bytes"] for one in counted))
    assert budget == figures["equal-budget", "layered"]["budget_bytes"]
    for name in ("naive", "layered"):
        assert 0 <= figures["equal-budget", name]["hit_rate"] <= 1
        assert figures["browse-low", name]["sql_per_request"] > 0
    assert figures["equal-budget", "naive"]["evicted_keys"] > 0
    goals = {goal["id"]: goal for goal in ladder_goals(trials)}
    assert goals["knee"]["why"] == "no verdict: layered was not played in knee"
    assert goals["duration"]["met"] is True

"""Reactions: put and dropped, counted exactly, shown as counts alone."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from service.queries.writes import reactions
from tests.clients import Client
from tests.http.problems import problem
from tests.world import PEOPLE


async def publish(client: Client) -> str:
    """The path of a new post."""
    answer = await client.send("POST", "/v1/posts", by="ada", json={"title": "t", "body": "b"})
    assert answer.status_code == 201, answer.text
    path: str = answer.headers["location"]
    return path


async def react(client: Client, path: str, kind: str, *, by: str, method: str = "PUT") -> Any:
    """The reactions that are counted after one."""
    answer = await client.send(method, f"{path}/reactions/{kind}", by=by)
    assert answer.status_code == 200, answer.text
    return answer.json()["reactions"]


async def test_a_reaction_is_what_shall_be(client: Client) -> None:
    """Put twice it counts once, dropped twice it is not there; each kind for itself."""
    path = await publish(client)
    assert {"heart": 1} == await react(client, path, "heart", by="ada")
    assert {"heart": 1} == await react(client, path, "heart", by="ada")
    assert {"heart": 2} == await react(client, path, "heart", by="grace")
    assert {"fire": 1, "heart": 2} == await react(client, path, "fire", by="ada")
    assert {"fire": 1, "heart": 1} == await react(client, path, "heart", by="ada", method="DELETE")
    assert {"fire": 1, "heart": 1} == await react(client, path, "heart", by="ada", method="DELETE")
    shown = await client.get(path, by="ada")
    assert {"fire": 1, "heart": 1} == shown["counts"]["reactions"]
    assert {"vote", "follows_author"} == shown["viewer"].keys()
    assert {"fire": 1} == await react(client, path, "heart", by="grace", method="DELETE")
    assert {} == await react(client, path, "fire", by="ada", method="DELETE")


async def test_a_reaction_answers_all_counts(client: Client) -> None:
    """Those of the post, as a vote does; warm or cold they are shown alike."""
    path = await publish(client)
    await client.send("PUT", f"{path}/vote", by="grace", json={"value": 1})
    await client.get(path)
    answered = (await client.send("PUT", f"{path}/reactions/wow", by="ada")).json()
    assert answered == (await client.get(path))["counts"]
    assert (1, {"wow": 1}) == (answered["score"], answered["reactions"])
    await client.expire(f"counts:{path.rpartition('/')[2]}")
    assert answered == (await client.get(path))["counts"]


async def test_a_warm_count_follows_without_a_load(client: Client) -> None:
    """The step is added to what is cached; nothing is asked of the database again."""
    path = await publish(client)
    await client.get(path)
    before = (await client.stats())["loads_total"]
    await react(client, path, "laugh", by="ada")
    assert {"laugh": 1} == (await client.get(path))["counts"]["reactions"]
    assert before == (await client.stats())["loads_total"]


async def test_reactions_at_once_are_counted_exactly(client: Client) -> None:
    """Everybody's, three kinds each, put and dropped and put: no step is lost."""
    path = await publish(client)
    for method in ("PUT", "DELETE", "PUT"):
        await asyncio.gather(
            *(
                react(client, path, kind, by=by, method=method)
                for by in PEOPLE
                for kind in ("sad", "wow", "fire")
            )
        )
        await client.get(path)
    expected = {"sad": 12, "wow": 12, "fire": 12}
    assert expected == (await client.get(path))["counts"]["reactions"]
    await client.expire(f"counts:{path.rpartition('/')[2]}")
    assert expected == (await client.get(path))["counts"]["reactions"]


async def test_without_its_key_a_reaction_would_be_counted_twice(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counting can fail: with its own row forgotten, a repeated reaction counts again."""
    path = await publish(client)
    again = "on conflict (post_id, user_id, kind) do update set created_at = now() returning 1"
    mutant = reactions.REACT.text.replace("on conflict do nothing returning 1", again)
    monkeypatch.setattr(reactions, "REACT", text(mutant))
    for expected in (1, 2):
        assert {"heart": expected} == await react(client, path, "heart", by="ada")


async def test_a_reaction_to_nothing_is_404(client: Client) -> None:
    """A post that nobody wrote."""
    for method in ("PUT", "DELETE"):
        answer = await client.send(method, "/v1/posts/77/reactions/heart", by="ada")
        assert answer.status_code == 404
        problem(answer)


async def test_only_five_reactions_are_known(client: Client) -> None:
    """422 for another, as the document says which there are."""
    path = await publish(client)
    for kind in ("love", "HEART", "heart "):
        answer = await client.send("PUT", f"{path}/reactions/{kind}", by="ada")
        assert answer.status_code == 422
        problem(answer)
    assert {} == (await client.get(path))["counts"]["reactions"]


async def test_nobody_reacts_without_signing_in(client: Client) -> None:
    """401; nor with a token that outlived its user."""
    path = await publish(client)
    client.ids = {**client.ids, "ghost": 77}
    for by in (None, "ghost"):
        for method in ("PUT", "DELETE"):
            answer = await client.send(method, f"{path}/reactions/heart", by=by)
            assert answer.status_code == 401
            problem(answer)

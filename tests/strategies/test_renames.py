"""A new name stands everywhere at once, however many copies a strategy keeps of the old one."""

from collections.abc import Sequence
from typing import Any

import pytest

from service import keys
from service.embedded.servers import Servers
from service.feed.changes import Change
from service.strategies import invalidation
from service.strategies.outdated import FeedsOfFollowers, Outdated, outdated_by
from tests.strategies.service import Service, on_copy
from tests.world import Databases

READS = (
    "/v1/users/barbara",
    "/v1/users/barbara/posts",
    "/v1/posts/{post}",
    "/v1/posts?ids={post}",
    "/v1/posts/{commented}/comments?limit=100",
    "/v1/comments/{said}",
    "/v1/feed?limit=100",
    "/v1/posts?sort=top&window=all&limit=100",
    "/v1/posts?sort=top&window=day&limit=100",
    "/v1/posts?sort=new&limit=100",
    "/v1/posts?sort=hot&limit=100",
    "/v1/trending/posts?limit=100",
    "/v1/leaderboards/reputation",
    "/v1/users/ada/following",
    "/v1/users/ada/followers",
)


@pytest.fixture
def service(untouched: Service) -> Service:
    """Each test changes who is shown."""
    return untouched


async def shown(service: Service) -> dict[str, set[str]]:
    """Under which names barbara is shown, by what is read."""
    posts = (await service.client.get("/v1/users/barbara/posts?limit=1"))["items"]
    commented = await service.rows(
        "select post_id, c.id from comments c join users u on u.id = c.author_id"
        " where handle = 'barbara' and post_id not in"
        " (select id from posts where author_id = u.id) limit 1"
    )
    [[post_id, said]] = commented
    places = {"post": posts[0]["id"], "commented": post_id, "said": said}
    found = {}
    for path in READS:
        answer = await service.client.send("GET", path.format(**places), by="ada")
        if answer.status_code == 200:
            found[path] = set(_names(answer.json()))
    return found


def _names(content: Any) -> list[str]:
    """Every name beside her handle, at any depth."""
    if isinstance(content, list):
        return [name for item in content for name in _names(item)]
    if not isinstance(content, dict):
        return []
    own = (
        [content["display_name"]]
        if content.get("handle") == "barbara" and ("display_name" in content)
        else []
    )
    return own + [name for item in content.values() for name in _names(item)]


async def rename(service: Service) -> None:
    """Everything is read twice, and then the name is another one."""
    for _ in range(2):
        before = await shown(service)
    assert {"Barbara"} == set().union(*before.values())
    named = {path for path, names in before.items() if names}
    assert set(READS[:8]) <= named
    answer = await service.client.send(
        "PATCH",
        "/v1/me",
        by="barbara",
        json={"display_name": "Barb"},
        headers={"If-Match": "*"},
    )
    assert answer.status_code == 200, answer.text


async def test_a_new_name_stands_wherever_the_old_one_stood(service: Service) -> None:
    """Her posts, her comments under others' posts, feeds and rankings."""
    await rename(service)
    after = await shown(service)
    assert {"Barb"} == set().union(*after.values()), after


async def test_who_left_is_named_nowhere(service: Service) -> None:
    """Neither beside what they wrote nor in any list."""
    await shown(service)
    await shown(service)
    assert (await service.client.send("DELETE", "/v1/me", by="barbara")).status_code == 204
    posts = await service.rows(
        "select p.id from posts p join users u on u.id = author_id where handle = 'barbara'"
    )
    author = (await service.client.get(f"/v1/posts/{posts[0]['id']}"))["author"]
    assert author["display_name"] == "deleted user"
    for path in READS[6:]:
        answer = await service.client.send("GET", path, by="ada")
        if answer.status_code == 200:
            assert set(_names(answer.json())) <= {"deleted user"}, path


@pytest.mark.parametrize("name", ["naive", "article", "layered"])
async def test_control_with_the_page_alone_the_old_name_stays(
    name: str, databases: Databases, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: without its card, and so without the copies, the table of changes is wrong."""

    def without_card(change: Change) -> Sequence[Outdated | FeedsOfFollowers]:
        return [
            entry
            for entry in outdated_by(change)
            if not (isinstance(entry, Outdated) and entry.kind is keys.CARD)
        ]

    monkeypatch.setattr(invalidation, "outdated_by", without_card)
    async with on_copy(name, "corral_test_world", databases, servers) as service:
        await rename(service)
        after = await shown(service)
    assert after["/v1/users/barbara"] == {"Barb"}
    assert "Barbara" in set().union(*after.values())

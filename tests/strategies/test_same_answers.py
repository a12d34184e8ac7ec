"""Every strategy gives one client the same answers: cold, warm, and after each write."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from service.embedded.servers import Servers
from service.queries.unit_of_work import Commit
from service.strategies import STRATEGIES
from service.strategies.invalidation import Drops
from tests.clients import Client, serving
from tests.strategies.normal import Names
from tests.world import Databases

STRANGER, READER, AUTHOR = None, "ada", "barbara"


@dataclass(frozen=True)
class Step:
    """One request. `{post}` and `{comment}` stand for what an earlier step made."""

    method: str
    path: str
    by: str | None = READER
    body: dict[str, Any] | None = None
    makes: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


READS = [
    Step("GET", "/v1/feed"),
    Step("GET", "/v1/feed?limit=3"),
    Step("GET", "/v1/feed", by=AUTHOR),
    Step("GET", "/v1/posts/{old}"),
    Step("GET", "/v1/posts/{old}", by=STRANGER),
    Step("GET", "/v1/posts/{old}/comments?limit=2"),
    Step("GET", "/v1/posts/{old}/comments"),
    Step("GET", "/v1/posts/{old}/comments?sort=best", by=STRANGER),
    Step("GET", "/v1/users/barbara"),
    Step("GET", "/v1/users/ada"),
    Step("GET", "/v1/me"),
    Step("GET", "/v1/users/edsger"),
    Step("GET", "/v1/users/newcomer"),
    Step("GET", "/v1/users/barbara/posts?limit=2"),
    Step("GET", "/v1/users/barbara/posts", by=STRANGER),
    Step("GET", "/v1/users/barbara/reputation"),
    Step("GET", "/v1/users/claude/reputation"),
    Step("GET", "/v1/posts/77"),
    Step("GET", "/v1/posts?ids=77,{old}"),
    Step("GET", "/v1/pages/about"),
    Step("GET", "/v1/pages/nothing"),
    Step("GET", "/v1/posts?sort=new&limit=5"),
    Step("GET", "/v1/posts?sort=new&tag=caching", by=STRANGER),
    Step("GET", "/v1/posts?sort=new&tag=nothing"),
    Step("GET", "/v1/tags/caching"),
    Step("GET", "/v1/tags/other"),
    Step("GET", "/v1/tags/other/posts"),
    Step("GET", "/v1/posts?sort=hot&tag=other"),
    Step("GET", "/v1/posts?sort=top&window=all&tag=other"),
    Step("GET", "/v1/tags/new/posts"),
    Step("GET", "/v1/users/barbara/followers?limit=3"),
    Step("GET", "/v1/users/ada/following"),
    Step("GET", "/v1/users/nobody/followers"),
    Step("GET", "/v1/posts/77/comments"),
    Step("GET", "/v1/users/nobody"),
    Step("GET", "/v1/users/nobody/posts"),
    Step("GET", "/v1/users/nobody/reputation"),
]
TIME_DRIVEN = [
    Step("GET", "/v1/posts?sort=top&window=day"),
    Step("GET", "/v1/posts?sort=top&window=all&limit=5", by=STRANGER),
    Step("GET", "/v1/trending/posts"),
    Step("GET", "/v1/trending/tags"),
    Step("GET", "/v1/posts?sort=hot&limit=7"),
    Step("GET", "/v1/posts?sort=hot&tag=caching", by=STRANGER),
    Step("GET", "/v1/posts?sort=top&window=week&tag=databases"),
    Step("GET", "/v1/tags?limit=1"),
    Step("GET", "/v1/leaderboards/reputation?limit=5", by=STRANGER),
    Step("GET", "/v1/leaderboards/reputation?period=week"),
    Step("GET", "/v1/leaderboards/reputation/me?period=month"),
]
WRITES = [
    Step("PUT", "/v1/posts/{old}/vote", body={"value": -1}),
    Step("PUT", "/v1/posts/{old}/vote", body={"value": 1}),
    Step("POST", "/v1/posts/{old}/comments", body={"body": "Well said."}, makes="comment"),
    Step(
        "POST",
        "/v1/posts/{old}/comments",
        by=AUTHOR,
        body={"body": "Thank you.", "parent_id": "{comment}"},
    ),
    Step("POST", "/v1/users", by=STRANGER, body={"handle": "newcomer", "password": "eight-or"}),
    Step("POST", "/v1/users", by=STRANGER, body={"handle": "newcomer", "password": "eight-or"}),
    Step("PATCH", "/v1/me", body={"display_name": "A.", "bio": "?"}, headers={"If-Match": '"v1"'}),
    Step("PATCH", "/v1/me", body={"bio": "!"}, headers={"If-Match": '"v1"'}),
    Step("PATCH", "/v1/me", by=AUTHOR, body={"display_name": "B."}, headers={"If-Match": "*"}),
    Step("DELETE", "/v1/me", by="edsger"),
    Step("DELETE", "/v1/users/barbara/follow"),
    Step("PUT", "/v1/users/barbara/follow"),
    Step(
        "POST",
        "/v1/posts",
        by=AUTHOR,
        body={"title": "New", "body": "Fresh.", "tags": ["caching", "new"]},
        makes="post",
    ),
    Step("PUT", "/v1/posts/{post}/vote", body={"value": 1}),
    Step("POST", "/v1/posts/{post}/comments", body={"body": "First."}),
    Step("PUT", "/v1/posts/{post}/vote", body={"value": 0}),
    Step("PUT", "/v1/posts/77/vote", body={"value": 1}),
    Step("PUT", "/v1/posts/{old}/vote", by=AUTHOR, body={"value": 1}),
    Step("DELETE", "/v1/posts/{old}/vote", by=AUTHOR),
    Step("DELETE", "/v1/posts/{old}/vote", by=AUTHOR),
    Step("DELETE", "/v1/posts/77/vote"),
    Step("PUT", "/v1/posts/{old}/reactions/fire"),
    Step("PUT", "/v1/posts/{old}/reactions/heart"),
    Step("PUT", "/v1/posts/{old}/reactions/heart", by=AUTHOR),
    Step("DELETE", "/v1/posts/{old}/reactions/fire"),
    Step(
        "PATCH",
        "/v1/posts/{old}",
        by=AUTHOR,
        body={"title": "Other", "tags": ["caching", "other"]},
        headers={"If-Match": '"v1"'},
    ),
    Step("PATCH", "/v1/posts/{old}", by=AUTHOR, body={"body": "?"}, headers={"If-Match": '"v1"'}),
    Step("DELETE", "/v1/posts/{old}", headers={"If-Match": "*"}),
    Step("DELETE", "/v1/posts/{old}", by=AUTHOR, headers={"If-Match": "*"}),
    Step("PUT", "/v1/posts/{old}/vote", body={"value": 1}),
]
NEW_READS = [Step("GET", "/v1/posts/{post}"), Step("GET", "/v1/posts/{post}/comments")]


class Session:
    """One client's way through the steps, with what it made on the way."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._names = Names()
        self._made: dict[str, int] = {}

    async def begin(self) -> None:
        """Find the old post that the steps are about: the newest of the author's."""
        posts = await self._client.get("/v1/users/barbara/posts?limit=1")
        self._made["old"] = posts["items"][0]["id"]

    async def expire(self, entry: str) -> None:
        """Drop an entry, named as in a step."""
        await self._client.expire(entry.format(**self._made))

    async def take(self, step: Step) -> tuple[int, str | None, Any]:
        """Send one request: status, kind of body, and the body in names that all clients share."""
        body = step.body and {
            key: self._made[value[1:-1]] if isinstance(value, str) and value[0] == "{" else value
            for key, value in step.body.items()
        }
        answer = await self._client.send(
            step.method, step.path.format(**self._made), by=step.by, json=body, headers=step.headers
        )
        content = answer.json() if answer.content else None
        if step.makes:
            self._made[step.makes] = answer.json()["id"]
        return answer.status_code, answer.headers.get("content-type"), self._names.of(content)


class DropNothing:
    """The mutant: no entry is ever dropped."""

    def __init__(self, caches: Drops) -> None:
        """Know the caches, and leave them alone."""

    async def before_commit(self, commit: Commit) -> None:
        """Drop nothing."""

    async def after_commit(self, commit: Commit) -> None:
        """Drop nothing."""


@pytest.fixture
async def sessions(databases: Databases, servers: Servers) -> AsyncIterator[dict[str, Session]]:
    """A session per strategy, each on its own copy of the world."""
    async with AsyncExitStack() as stack:
        yield await open_sessions(stack, databases, servers, STRATEGIES)


async def open_sessions(
    stack: AsyncExitStack, databases: Databases, servers: Servers, names: Iterable[str]
) -> dict[str, Session]:
    """A session for each strategy."""
    made = {}
    for name in names:
        url = await stack.enter_async_context(databases.copy_of("corral_test_world"))
        client = await stack.enter_async_context(serving(name, url, servers.redis_urls[name]))
        made[name] = Session(client)
        await made[name].begin()
    return made


async def compare(sessions: dict[str, Session], steps: list[Step]) -> None:
    """Take each step in every session; all must answer as the uncached one does."""
    for step in steps:
        expected = await sessions["no_cache"].take(step)
        for name, session in sessions.items():
            if name != "no_cache":
                assert expected == await session.take(step), f"{name}: {step}"


async def test_all_strategies_answer_alike_cold_and_warm(sessions: dict[str, Session]) -> None:
    """Twice the same reads: the second time from whatever was cached."""
    await compare(sessions, READS + TIME_DRIVEN)
    await compare(sessions, READS)


async def test_all_strategies_answer_alike_after_each_write(sessions: dict[str, Session]) -> None:
    """Everything is read again after every single write, warm caches and all."""
    await compare(sessions, READS)
    for write in WRITES:
        await compare(sessions, [write])
        await compare(sessions, READS)
    await compare(sessions, NEW_READS)
    await compare(sessions, NEW_READS)


@pytest.mark.parametrize("name", ["naive", "article", "layered"])
async def test_a_strategy_that_drops_nothing_is_told_apart(
    name: str, databases: Databases, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison can fail: without its invalidation each strategy answers differently."""
    monkeypatch.setitem(STRATEGIES, name, replace(STRATEGIES[name], invalidation=DropNothing))
    async with AsyncExitStack() as stack:
        sessions = await open_sessions(stack, databases, servers, ["no_cache", name])
        await compare(sessions, READS)
        steps = [step for write in WRITES for step in (write, *READS)]
        with pytest.raises(AssertionError, match=name):
            await compare(sessions, steps)

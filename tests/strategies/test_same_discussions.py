"""Every strategy tells a discussion in the same words: in both orders, after each change of it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from service.embedded.servers import Servers
from service.strategies import STRATEGIES
from tests.strategies.test_same_answers import (
    AUTHOR,
    STRANGER,
    DropNothing,
    Session,
    Step,
    compare,
    open_sessions,
)
from tests.world import Databases

THREAD = "/v1/posts/{old}/comments"
ANY = {"If-Match": "*"}


def said(body: str, makes: str, parent: str | None = None, by: str = "ada") -> Step:
    """A new comment."""
    sent = {"body": body} if parent is None else {"body": body, "parent_id": f"{{{parent}}}"}
    return Step("POST", THREAD, by=by, body=sent, makes=makes)


TALK = [
    said("First.", "first"),
    said("Second.", "second", by="claude"),
    said("Re first.", "reply", "first", by="claude"),
    said("Re re first.", "deep", "reply"),
    said("Re first again.", "other", "first", by=AUTHOR),
    said("Re second.", "last", "second"),
]
READS = [
    Step("GET", THREAD),
    Step("GET", THREAD, by=STRANGER),
    Step("GET", f"{THREAD}?sort=best"),
    Step("GET", f"{THREAD}?depth=1", by="claude"),
    Step("GET", f"{THREAD}?depth=2&limit=3&sort=best", by=STRANGER),
    Step("GET", f"{THREAD}?limit=100"),
    *(
        Step("GET", f"/v1/comments/{{{name}}}{part}", by=by)
        for name in ("first", "second", "reply", "deep")
        for part, by in (
            ("", "ada"), ("", STRANGER),
            ("/replies", "ada"), ("/replies?sort=best&limit=1", STRANGER),
        )
    ),
    Step("GET", "/v1/comments/77"),
    Step("GET", "/v1/comments/77/replies"),
    Step("GET", "/v1/users/claude/reputation"),
    Step("GET", "/v1/posts/{old}"),
]  # fmt: skip
CHANGES = [
    Step("PUT", "/v1/comments/{reply}/vote", by="ada", body={"value": 1}),
    Step("PUT", "/v1/comments/{reply}/vote", by=AUTHOR, body={"value": -1}),
    Step("DELETE", "/v1/comments/{reply}/vote", by=AUTHOR),
    Step("PATCH", "/v1/comments/{first}", body={"body": "Better."}, headers={"If-Match": '"v1"'}),
    Step("PATCH", "/v1/comments/{first}", body={"body": "Late."}, headers={"If-Match": '"v1"'}),
    Step("PATCH", "/v1/comments/{first}", by="claude", body={"body": "Not his."}, headers=ANY),
    Step("DELETE", "/v1/comments/{first}", by="claude", headers=ANY),
    Step("DELETE", "/v1/comments/{first}", headers=ANY),
    Step("POST", THREAD, body={"body": "Re nobody.", "parent_id": "{first}"}),
    Step("PUT", "/v1/comments/{first}/vote", by="claude", body={"value": 1}),
    Step("DELETE", "/v1/comments/{reply}", by="claude", headers=ANY),
    Step("DELETE", "/v1/comments/{other}", by=AUTHOR, headers=ANY),
    Step("DELETE", "/v1/comments/{deep}", headers=ANY),
    Step("DELETE", "/v1/comments/{last}", headers=ANY),
    Step("PATCH", "/v1/me", by="claude", body={"display_name": "Monet"}, headers=ANY),
    Step("DELETE", "/v1/posts/{old}", by=AUTHOR, headers=ANY),
]


@pytest.fixture
async def sessions(databases: Databases, servers: Servers) -> AsyncIterator[dict[str, Session]]:
    """A session per strategy, each on its own copy of the world."""
    async with AsyncExitStack() as stack:
        yield await open_sessions(stack, databases, servers, STRATEGIES)


async def test_a_discussion_is_the_same_under_every_strategy(sessions: dict[str, Session]) -> None:
    """Everything is read again after every single change, warm caches and all."""
    await compare(sessions, TALK)
    await compare(sessions, [*READS, *READS])
    for change in CHANGES:
        await compare(sessions, [change])
        if change.path.endswith("/vote"):  # the order by votes may be a minute old
            for session in sessions.values():
                await session.expire("comments:{old}")
        await compare(sessions, READS)


@pytest.mark.parametrize("name", ["naive", "article", "layered"])
async def test_a_strategy_that_drops_nothing_is_told_apart(
    name: str, databases: Databases, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison can fail: without its invalidation each strategy answers differently."""
    monkeypatch.setitem(STRATEGIES, name, replace(STRATEGIES[name], invalidation=DropNothing))
    async with AsyncExitStack() as stack:
        sessions = await open_sessions(stack, databases, servers, ["no_cache", name])
        await compare(sessions, TALK)
        await compare(sessions, READS)
        with pytest.raises(AssertionError, match=name):
            await compare(sessions, [step for change in CHANGES for step in (change, *READS)])

"""Replies and deletions at the same moment: nothing is said under what is gone."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from service.embedded.servers import Servers
from service.queries.writes import SqlWrites, statements
from tests.http.discussing import new_post, say, try_to_say
from tests.strategies.service import Service, on_copy
from tests.waiting import PATIENCE_S, until
from tests.world import Databases


@pytest.fixture(scope="module")
async def service(databases: Databases, servers: Servers) -> AsyncIterator[Service]:
    """One service on a copy."""
    async with on_copy("layered", "corral_test_world", databases, servers) as service:
        yield service


async def reply_during(deletion: str, service: Service, monkeypatch: pytest.MonkeyPatch) -> int:
    """Reply to what another request has deleted and not yet committed; the reply's status."""
    deleted, go_on = asyncio.Event(), asyncio.Event()
    delete = getattr(SqlWrites, deletion)

    async def delete_and_stay(self: SqlWrites, *of: Any) -> Any:
        change = await delete(self, *of)
        deleted.set()
        await go_on.wait()
        return change

    monkeypatch.setattr(SqlWrites, deletion, delete_and_stay)
    client, post_id = service.client, await new_post(service.client)
    comment_id = await say(client, post_id, by="barbara")
    path, parent_id = f"/v1/posts/{post_id}", None
    if deletion == "delete_comment":
        path, parent_id = f"/v1/comments/{comment_id}", comment_id

    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as both:
        any_version = {"If-Match": "*"}
        deleting = both.create_task(client.send("DELETE", path, by="barbara", headers=any_version))
        await deleted.wait()
        replying = both.create_task(try_to_say(client, post_id, parent_id))
        await until(service.waiting)
        go_on.set()
    assert deleting.result().status_code == 204
    found: int = replying.result().status_code
    return found


@pytest.mark.parametrize("deletion", ["delete_post", "delete_comment"])
async def test_a_reply_waits_for_a_deletion_and_is_told(
    deletion: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the post, or of the comment that it answers: 410."""
    assert await reply_during(deletion, service, monkeypatch) == 410


@pytest.mark.parametrize("deletion", ["delete_post", "delete_comment"])
async def test_control_without_the_lock_it_stands_under_what_is_gone(
    deletion: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: whoever looks before the commit finds everything there, and is answered 201."""
    unlocked = statements.LOCK_POST.text.replace("for update", "")
    assert unlocked != statements.LOCK_POST.text
    monkeypatch.setattr(statements, "LOCK_POST", text(unlocked))
    assert await reply_during(deletion, service, monkeypatch) == 201

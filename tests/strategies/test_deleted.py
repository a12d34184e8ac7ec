"""What was deleted: told apart from what never was, at once and without asking twice."""

from typing import Any

import pytest

from service.strategies.deleted import DeletedThings
from tests.strategies.service import Service


async def publish(service: Service) -> int:
    """A new post."""
    sent = {"title": "t", "body": "b"}
    answer = await service.client.send("POST", "/v1/posts", by="ada", json=sent)
    assert answer.status_code == 201, answer.text
    made: int = answer.json()["id"]
    return made


def deleted_of(service: Service) -> DeletedThings:
    """The part of the service."""
    found = service.client.app.state.feed.deleted
    assert isinstance(found, DeletedThings)
    return found


async def delete(service: Service, post_id: int) -> None:
    """Delete a post as its author."""
    answer = await service.client.send(
        "DELETE", f"/v1/posts/{post_id}", by="ada", headers={"If-Match": "*"}
    )
    assert answer.status_code == 204


async def test_a_deletion_is_known_at_once(service: Service) -> None:
    """Also where it was asked before, and the absence of a deletion is remembered."""
    post_id = await publish(service)
    deleted = deleted_of(service)
    for _ in range(2):
        assert not await deleted.was_deleted("post", post_id)
    await delete(service, post_id)
    for _ in range(2):
        assert await deleted.was_deleted("post", post_id)
    assert not await deleted.was_deleted("post", 77)
    assert not await deleted.was_deleted("comment", post_id)


async def test_what_is_not_dropped_is_not_known(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The drop matters where absences are remembered: without it a deletion is overlooked."""
    post_id = await publish(service)
    deleted = deleted_of(service)
    monkeypatch.setattr(deleted, "_tells", {})  # no entry of the post itself tells
    await deleted.was_deleted("post", post_id)

    async def nothing(*_: Any) -> None:
        """Drop nothing."""

    monkeypatch.setattr(DeletedThings, "drop", nothing)
    await delete(service, post_id)
    assert (service.name != "layered") == await deleted.was_deleted("post", post_id)


async def test_a_deletion_is_asked_for_once(service: Service) -> None:
    """Nothing comes back, so it is remembered like anything that is there."""
    post_id = await publish(service)
    await delete(service, post_id)

    async def ask() -> None:
        assert (await service.client.send("GET", f"/v1/posts/{post_id}")).status_code == 410

    await ask()
    spent = await service.client.statements(ask)
    expected = {"no_cache": 2, "naive": 1, "article": 1, "layered": 0}
    assert expected[service.name] == spent


async def test_comments_go_with_their_post(service: Service) -> None:
    """A comment under a deleted post was deleted with it; the users stay."""
    post_id = await publish(service)
    answer = await service.client.send(
        "POST", f"/v1/posts/{post_id}/comments", by="grace", json={"body": "Well."}
    )
    comment_id = answer.json()["id"]
    await delete(service, post_id)
    deleted = deleted_of(service)
    assert await deleted.was_deleted("comment", comment_id)
    assert not await deleted.was_deleted("user", "ada")


async def test_a_deleted_user_is_known_by_handle(service: Service) -> None:
    """As the row says."""
    await service.rows("update users set deleted_at = now() where handle = 'leslie'")
    assert await deleted_of(service).was_deleted("user", "leslie")

"""Dropping one entry by name: the same cold start under every strategy."""

import pytest

from service.keys import KINDS
from tests.http.problems import problem
from tests.strategies.every_endpoint import post_of
from tests.strategies.service import Service

READ_OF = {
    "post": ("post:{post}", "/v1/posts/{post}", None),
    "counts": ("counts:{post}", "/v1/posts/{post}", None),
    "comments": ("comments:{post}", "/v1/posts/{post}/comments", None),
    "profile": ("profile:barbara", "/v1/users/barbara", None),
    "author": ("author:{user}", "/v1/users/barbara/posts", None),
    "feed": ("feed:{reader}", "/v1/feed", "ada"),
    "top": ("top:day", "/v1/posts?window=day", None),
    "trending": ("trending:posts", "/v1/trending/posts", None),
    "page": ("page:about", "/v1/pages/about", None),
    "reputation": ("reputation:{user}", "/v1/users/barbara/reputation", None),
}
MISS, HIT = "corral; fwd=miss", "corral; hit"


async def status(service: Service, path: str, by: str | None) -> str:
    """What the caches did for a read."""
    answer = await service.client.send("GET", path, by=by)
    assert answer.status_code == 200
    found: str = answer.headers["cache-status"].partition("; ttl")[0]
    return found


@pytest.mark.parametrize("kind", READ_OF)
async def test_an_entry_is_dropped(service: Service, kind: str) -> None:
    """The next read misses, and the one after it hits again."""
    ids = service.client.ids
    names = {
        "post": await post_of(service.client), "user": ids["barbara"], "reader": ids["ada"]
    }  # fmt: skip
    entry, path, by = (part and part.format(**names) for part in READ_OF[kind])
    assert entry is not None
    assert path is not None
    again = MISS if service.name == "no_cache" else HIT
    await status(service, path, by)
    assert again == await status(service, path, by)
    await service.client.expire(entry)
    assert MISS == await status(service, path, by)
    assert again == await status(service, path, by)


async def test_a_name_is_dropped_where_it_is_an_entry(service: Service) -> None:
    """Only ids-first pages keep an author's name apart from what he wrote."""
    path = f"/v1/posts/{await post_of(service.client)}"
    for _ in range(2):
        await status(service, path, None)
    await service.client.expire(f"card:{service.client.ids['barbara']}")
    expected = HIT if service.name in {"naive", "article"} else MISS
    assert expected == await status(service, path, None)


async def test_nothing_else_is_dropped(service: Service) -> None:
    """Another window's list stays warm."""
    again = MISS if service.name == "no_cache" else HIT
    for _ in range(2):
        await status(service, "/v1/posts?window=week", None)
    await service.client.expire("top:day")
    assert again == await status(service, "/v1/posts?window=week", None)


async def test_an_absent_entry_can_be_dropped(service: Service) -> None:
    """Whether it was there is nobody's business."""
    await service.client.expire("post:77")
    await service.client.expire("top:day")


@pytest.mark.parametrize(
    "name", ["top", "top:", ":day", "junk:1", "Top:day", "post", "lock:top:1", ""]
)
async def test_an_unknown_entry_is_refused(service: Service, name: str) -> None:
    """422, with the names that there are."""
    answer = await service.client.send(
        "POST", "/v1/admin/cache/expire", by="ada", operator=True, json={"entry": name}
    )
    assert answer.status_code == 422
    said = problem(answer)
    if name:
        assert all(kind in said["detail"] for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_names_no_number_is_not_shown_again(service: Service, kind: str) -> None:
    """Dropped, or refused with a sentence of ours: never a text of Python's, or the input."""
    answer = await service.client.send(
        "POST", "/v1/admin/cache/expire", by="ada", operator=True, json={"entry": f"{kind}:seven"}
    )
    if answer.status_code != 204:
        assert "entries of this kind are named by a number" == problem(answer)["detail"]
        assert answer.status_code == 422

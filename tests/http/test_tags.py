"""Tags: how many posts they have, which are used most, which are trending."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from service.embedded.servers import Servers
from service.queries import tags
from tests.http.problems import problem
from tests.strategies.service import Service, on_copy
from tests.world import Databases


@pytest.fixture(scope="module")
async def service(databases: Databases, servers: Servers) -> AsyncIterator[Service]:
    """Layered, with tags of zero to nine posts, some of equally many."""
    async with on_copy("layered", "corral_test_world", databases, servers) as service:
        await service.rows(
            "insert into tags (name) select 'tag-' || i from generate_series(0, 9) i"
        )
        await service.rows("""
            insert into post_tags select p.id, t.id
            from (select id, row_number() over (order by id) as n from posts) p
            join tags t on t.name like 'tag-%' and p.n <= split_part(t.name, '-', 2)::int / 2
        """)
        yield service


async def counted(service: Service) -> list[tuple[str, int]]:
    """Name and posts of every tag in use, most used first, the newer of two alike."""
    rows = await service.rows("""
        select t.name, count(*) as posts from tags t join post_tags on tag_id = t.id
        join posts p on p.id = post_id where p.deleted_at is null
        group by t.id, t.name order by 2 desc, t.id desc
    """)
    return [(row["name"], row["posts"]) for row in rows]


def shown(page: Any) -> list[tuple[str, int]]:
    """The same of an answer."""
    return [(each["name"], each["posts"]) for each in page["items"]]


@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_the_most_used_come_first(service: Service, limit: int) -> None:
    """Ties to the newer; page by page, with none lost among equals."""
    await service.client.expire("tags:used")
    expected = await counted(service)
    found: list[tuple[str, int]] = []
    path: str | None = f"/v1/tags?limit={limit}"
    while path is not None and len(found) <= len(expected):
        answer = await service.client.send("GET", path)
        found += shown(answer.json())
        path = answer.links["next"]["url"] if "next" in answer.links else None
    assert expected == found
    assert "tag-0" not in dict(found)


async def test_a_tag_says_how_many_posts_it_has(service: Service) -> None:
    """Kept, and right at once when a post comes or goes."""
    path = "/v1/tags/counted"
    assert (await service.client.send("GET", path)).status_code == 404
    made = []
    for number in (1, 2):
        sent = {"title": "New", "body": "Text", "tags": ["counted"]}
        answer = await service.client.send("POST", "/v1/posts", by="ada", json=sent)
        made.append(answer.json()["id"])
        assert {"name": "counted", "posts": number} == await service.client.get(path)
    path_of_first = f"/v1/posts/{made[0]}"
    await service.client.send("DELETE", path_of_first, by="ada", headers={"If-Match": "*"})
    assert {"name": "counted", "posts": 1} == await service.client.get(path)
    assert await service.client.statements(lambda: service.client.get(path)) == 0


@pytest.mark.parametrize("path", ["/v1/tags/nothing", "/v1/tags/nothing/posts"])
async def test_an_unknown_tag_is_404(service: Service, path: str) -> None:
    """And one that cannot be is 422; no list is kept of either."""
    answer = await service.client.send("GET", path)
    assert answer.status_code == 404
    problem(answer)
    await service.client.get("/v1/posts?sort=new&tag=nothing")
    await service.client.get("/v1/posts?sort=hot&tag=nothing")
    assert not [key for key in await service.ttls() if "nothing" in key and "tag:" not in key]
    answer = await service.client.send("GET", path.replace("nothing", "Not%20one"))
    assert answer.status_code == 422


async def vote(service: Service, by: str, *post_ids: int) -> None:
    """Up, each of them."""
    for post_id in post_ids:
        path = f"/v1/posts/{post_id}/vote"
        answer = await service.client.send("PUT", path, by=by, json={"value": 1})
        assert answer.status_code == 200


async def publish(service: Service, tag: str, number: int) -> list[int]:
    """Posts of ivan's with one tag."""
    sent = {"title": "New", "body": "Text", "tags": [tag]}
    answers = [
        await service.client.send("POST", "/v1/posts", by="ivan", json=sent) for _ in range(number)
    ]
    return [answer.json()["id"] for answer in answers]


async def test_one_person_cannot_make_a_tag_trend(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Votes of three people outweigh ten votes of one; the switch counts every vote."""
    loud, many = await publish(service, "loud", 10), await publish(service, "many", 1)
    await vote(service, "ada", *loud)
    for by in ("ada", "barbara", "claude"):
        await vote(service, by, *many)

    async def order() -> list[str]:
        await service.client.expire("tags:trending")
        names = [name for name, _ in shown(await service.client.get("/v1/trending/tags"))]
        return [name for name in names if name in ("loud", "many")]

    assert await order() == ["many", "loud"]
    each = tags.TRENDING.text.replace(
        "group by pt.tag_id, h.actor_id, h.weight",
        "group by pt.tag_id, h.post_id, h.actor_id, h.weight",
    )
    assert each != tags.TRENDING.text
    monkeypatch.setattr(tags, "TRENDING", text(each))
    assert await order() == ["loud", "many"]


async def test_an_old_vote_counts_less(service: Service) -> None:
    """Half after four hours: of two tags with three voters the one of now is first."""
    [old] = await publish(service, "older", 1)
    [new] = await publish(service, "newer", 1)
    for by in ("ada", "barbara"):
        await vote(service, by, old, new)
    await vote(service, "claude", old)
    await service.rows(
        "update post_votes set created_at = now() - interval '5 hours' where post_id = $1", old
    )
    await service.client.expire("tags:trending")
    names = [name for name, _ in shown(await service.client.get("/v1/trending/tags"))]
    assert names.index("newer") < names.index("older")

"""What goes between the reading of its id and of its text ends no list: ids say what comes next."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import asyncpg
import pytest

from service.embedded.servers import Servers
from service.queries import comments, lists
from service.strategies import STRATEGIES, comment_pages, kept
from service.strategies.kept import LIST_KEPT
from tests.strategies.held import Held
from tests.strategies.service import Service, on_copy
from tests.world import Databases

LIMIT = 20  # a whole page of what `article` keeps
# More than any strategy keeps of a list.
MORE = """
insert into posts (author_id, title, body)
select u.id, 'More ' || i, 'Text' from users u, generate_series(1, 115) i
where u.handle = 'barbara' order by i;
insert into comments (post_id, author_id, body)
select p.id, u.id, 'More ' || i
from (select id from posts where title = 'claude on 3') p, users u, generate_series(1, 4) i
order by i, u.id
"""


class Listed(NamedTuple):
    """A list, the query that finds its ids, and the rows as they are."""

    path: str
    ids: tuple[Any, str]
    rows: str
    gone: str  # the address of one of its items
    owner: str  # whose the third of them is
    by: str | None = "ada"


LISTED = {
    "an author's posts": Listed(
        "/v1/users/barbara/posts",
        (lists, "author_ids"),
        "select p.id from posts p join users u on u.id = p.author_id"
        " where u.handle = 'barbara' and p.deleted_at is null order by p.id desc",
        "/v1/posts/{}",
        "barbara",
    ),
    "a home feed": Listed(
        "/v1/feed",
        (lists, "home_ids"),
        "select p.id from posts p join follows f on f.followee_id = p.author_id"
        " join users u on u.id = f.follower_id"
        " where u.handle = 'ada' and p.deleted_at is null order by p.id desc",
        "/v1/posts/{}",
        "barbara",
    ),
    "comments": Listed(
        "/v1/posts/{post}/comments",
        (comments, "knots"),
        "select c.id from comments c join posts p on p.id = c.post_id"
        " where p.title = 'claude on 3' and c.deleted_at is null order by c.id desc",
        "/v1/comments/{}",
        "john",
        by=None,  # whose page is not made up with comments of their own
    ),
}


@pytest.fixture(scope="module")
async def long_world(databases: Databases) -> str:
    """A database with long lists, to be copied."""
    connection = await asyncpg.connect(
        await databases.new("corral_test_vanishing", "corral_test_world")
    )
    await connection.execute(MORE)
    await connection.close()
    return "corral_test_vanishing"


@pytest.fixture
async def serve(databases: Databases, servers: Servers, long_world: str) -> Callable[[str], Any]:
    """Any strategy on long lists of its own."""
    return lambda name: on_copy(name, long_world, databases, servers)


async def shown(service: Service, listed: Listed, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A whole list as it is paged; its third item goes while the first page is read."""
    [post] = await service.rows("select id from posts where title = 'claude on 3'")
    path = f"{listed.path.format(post=post['id'])}?limit={LIMIT}"
    ids = [row["id"] for row in await service.rows(listed.rows)]
    module, name = listed.ids
    held = Held(getattr(module, name))
    monkeypatch.setattr(module, name, held)
    reading = asyncio.create_task(service.client.get(path, by=listed.by))
    await held.has_read()
    gone = await service.client.send(
        "DELETE",
        listed.gone.format(ids[2]),
        by=listed.owner,
        headers={"If-Match": "*"},
    )
    assert gone.status_code == 204, gone.text
    held.gate.set()
    page = await reading
    found = [item["id"] for item in page["items"]]
    while page["next"] is not None:
        page = await service.client.get(f"{path}&cursor={page['next']}", by=listed.by)
        found += [item["id"] for item in page["items"]]
    return found


async def as_it_is(service: Service, listed: Listed) -> list[int]:
    """The same, as the rows have it now."""
    return [row["id"] for row in await service.rows(listed.rows)]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("what", LISTED)
async def test_what_goes_while_a_page_is_read_ends_no_list(
    what: str, strategy: str, serve: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is full, and the rest comes behind it."""
    if (what, strategy) == ("comments", "naive"):
        pytest.skip("one statement reads both")
    listed = LISTED[what]
    async with serve(strategy) as service:
        found = await shown(service, listed, monkeypatch)
        expected = await as_it_is(service, listed)
    assert len(expected) > (LIMIT + 1 if what == "comments" else LIST_KEPT)
    assert expected == found


async def one_round(
    behind: Callable[[Any], Awaitable[Sequence[Any]]],
    show: Callable[[Sequence[Any]], Awaitable[Sequence[Any]]],
    *,
    after: Any,
    limit: int,
    position_of: object,
) -> list[Any]:
    """What stands of the first entries, and no more."""
    return list(await show(await behind(after)))[:limit]


@pytest.mark.parametrize(
    ("what", "strategy", "module"),
    [
        ("an author's posts", "article", kept),
        ("a home feed", "article", kept),
        ("an author's posts", "naive", kept),
        ("a home feed", "naive", kept),
        ("comments", "article", comment_pages),
        ("comments", "no_cache", comment_pages),
    ],
)
async def test_control_where_texts_are_counted_the_list_ends_early(
    what: str,
    strategy: str,
    module: Any,
    serve: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The switch: nothing makes up for the text that is not there."""
    monkeypatch.setattr(module, "filled", one_round)
    listed = LISTED[what]
    async with serve(strategy) as service:
        found = await shown(service, listed, monkeypatch)
        expected = await as_it_is(service, listed)
    assert found == expected[: len(found)]
    assert len(found) < len(expected)

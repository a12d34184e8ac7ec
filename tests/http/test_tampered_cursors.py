"""A cursor that was tampered with is refused, always, and before anything is asked."""

import asyncio
import base64
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from urllib.parse import quote

import httpx
import pytest

from service.embedded.servers import Servers
from service.feed.cursor import Cursors
from service.feed.errors import BadCursor
from tests.clients import Client, serving
from tests.http.problems import problem
from tests.world import Databases

TAMPERED = 10_000
AT_ONCE = 50
ASKED_NOBODY = "db;dur=0.000, redis;dur=0.000, "
# What the parts of a path stand for, where a list has more than one item.
NAMES = {"handle": "barbara", "name": "caching", "period": "all"}


@dataclass(frozen=True)
class Listing:
    """A list, somebody who reads it, and the cursor that they were given."""

    path: str
    by: str | None
    cursor: str


@pytest.fixture(scope="module")
async def client(databases: Databases, servers: Servers) -> AsyncIterator[Client]:
    """A service that is only read."""
    async with (
        databases.copy_of("corral_test_world") as url,
        serving("layered", url, servers.redis_urls["layered"]) as client,
    ):
        yield client


@pytest.fixture(scope="module")
async def listings(client: Client) -> list[Listing]:
    """Every list that has a cursor, as two readers and, where that is allowed, nobody see it."""
    page = await client.get("/v1/users/barbara/posts?limit=3")
    known = NAMES | {"post_id": page["items"][0]["id"]}
    found = []
    for path, methods in client.app.openapi()["paths"].items():
        parameters = {one["name"] for one in methods.get("get", {}).get("parameters", ())}
        if "cursor" not in parameters or "{comment_id}" in path:
            continue
        for sort in ("new", "hot", "top") if "sort" in parameters else ("",):
            for by in (None, "ada", "barbara"):
                url = f"{path.format(**known)}?limit=1" + (f"&sort={sort}" if sort else "")
                answer = await client.send("GET", url, by=by)
                if answer.status_code == 200 and answer.json()["next"]:
                    found.append(Listing(url, by, answer.json()["next"]))
    return found


def flipped(cursor: str, rng: random.Random) -> str:
    """One bit changed."""
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    bit = rng.randrange(len(raw) * 8)
    raw[bit // 8] ^= 1 << bit % 8
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def tampered(listings: list[Listing], rng: random.Random) -> Iterator[tuple[Listing, str]]:
    """A list, and a cursor that is not its own, or no longer."""
    foreign = Cursors(b"another secret")
    while True:
        listing, other = rng.choice(listings), rng.choice(listings)
        cursor = listing.cursor
        cut = rng.randrange(len(cursor))
        yield listing, flipped(cursor, rng)
        yield listing, cursor[:cut] + rng.choice("AQgw_-é \n=") + cursor[cut + 1 :] + "A"
        yield listing, cursor[:cut] or "A"
        yield listing, foreign.encode(listing.path, rng.getrandbits(53))
        yield listing, "".join(chr(rng.randrange(1, 500)) for _ in range(rng.randrange(1, 60)))
        if other.path != listing.path:
            yield listing, other.cursor
            yield listing, flipped(other.cursor, rng)


async def refused(client: Client, listing: Listing, cursor: str) -> httpx.Response:
    """The answer to such a cursor."""
    return await client.send(
        "GET", f"{listing.path}&cursor={quote(cursor, safe='')}", by=listing.by
    )


async def test_ten_thousand_tampered_cursors_are_refused(
    client: Client, listings: list[Listing]
) -> None:
    """Each is 400, and neither the database nor the cache has heard of it."""
    assert len({listing.path for listing in listings}) >= 5
    some = tampered(listings, random.Random(5))
    for _ in range(TAMPERED // AT_ONCE):
        tried = [next(some) for _ in range(AT_ONCE)]
        answers = await asyncio.gather(*(refused(client, *one) for one in tried))
        for (listing, cursor), answer in zip(tried, answers, strict=True):
            assert answer.status_code == 400, (listing, cursor)
            assert answer.headers["server-timing"].startswith(ASKED_NOBODY), listing
    assert problem(answers[-1])["type"] == "/problems/bad-cursor"


async def test_a_cursor_is_of_its_reader_where_the_list_is(
    client: Client, listings: list[Listing]
) -> None:
    """A home feed's is nobody else's; a list that all see alike goes on for all."""
    [ada] = [one for one in listings if one.by == "ada" and one.path.startswith("/v1/feed")]
    assert (await client.send("GET", f"{ada.path}&cursor={ada.cursor}", by="ada")).is_success
    answer = await client.send("GET", f"{ada.path}&cursor={ada.cursor}", by="barbara")
    assert answer.status_code == 400
    assert answer.headers["server-timing"].startswith(ASKED_NOBODY)


async def test_what_was_not_touched_goes_on(client: Client, listings: list[Listing]) -> None:
    """The refusals above are for a reason."""
    for listing in listings:
        path = f"{listing.path}&cursor={listing.cursor}"
        assert (await client.send("GET", path, by=listing.by)).status_code == 200


async def test_without_a_signature_the_same_would_pass(
    client: Client, listings: list[Listing], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: any signature is taken for right."""
    monkeypatch.setattr("service.feed.cursor.hmac.compare_digest", lambda *_: True)
    some = tampered(listings, random.Random(5))
    answers = [await refused(client, *next(some)) for _ in range(100)]
    assert any(answer.status_code == 200 for answer in answers)


def test_signatures_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the function that is made for it."""
    compared: list[bytes] = []

    def compare(a: bytes, b: bytes) -> bool:
        compared.extend((a, b))
        return False

    monkeypatch.setattr("service.feed.cursor.hmac.compare_digest", compare)
    made = Cursors(b"a secret")
    with pytest.raises(BadCursor):
        made.decode("list", made.encode("list", 1), keys=1)
    assert len(compared) == 2

"""Many addresses guess the password of one account, with Redis and without."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import httpx
import pytest

from service.http.deps import Feed
from service.limiting.limits import Limits
from tests.clients import Client, serving
from tests.faults.valkey import Valkey
from tests.http.problems import problem
from tests.http.test_limits import send
from tests.waiting import until

ADDRESSES = 100
SECONDS, PER_S = 4, 50
# The default of ten, but they do not fill again meanwhile: what is counted needs no clock.
BURST = 10
PASSWORD = "correct horse"
HOME = "192.0.2.1"


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """A server that may be killed."""
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    yield server
    server.kill()


@pytest.fixture
async def flooded(world_database: str, valkey: Valkey) -> AsyncIterator[Client]:
    """A service with two accounts; setting them up is not limited."""
    async with serving(
        "layered", world_database, valkey.url, unlimited="10.0.0.0/8", limit_sign_in="10/90000s"
    ) as client:
        for handle in ("owner", "other"):
            new = {"handle": handle, "password": PASSWORD}
            made = await send(client, "10.0.0.1", "POST", "/v1/users", json=new)
            assert made.status_code == 201, made.text
        yield client


class Counting:
    """Passwords, and how many were looked at."""

    def __init__(self, feed: Feed) -> None:
        self._passwords = feed.passwords
        self.hash, self.is_outdated = feed.passwords.hash, feed.passwords.is_outdated
        self.verified = 0

    async def verify(self, kept: str | None, password: str) -> bool:
        """Count it."""
        self.verified += 1
        return await self._passwords.verify(kept, password)


def counting(client: Client) -> Counting:
    """Count from now on."""
    feed = client.app.state.feed
    passwords = Counting(feed)
    client.app.state.feed = replace(feed, passwords=passwords)
    return passwords


async def sign_in(
    client: Client, address: str, handle: str = "owner", password: str = PASSWORD
) -> httpx.Response:
    """An attempt."""
    form = {"username": handle, "password": password}
    return await send(client, address, "POST", "/v1/auth/token", data=form)


async def flood(client: Client) -> Counter[int]:
    """Two hundred wrong passwords from a hundred addresses, fifty at a time; the statuses."""
    seen: Counter[int] = Counter()
    for second in range(SECONDS):
        numbers = (second * PER_S + n for n in range(PER_S))
        answers = await asyncio.gather(
            *(
                sign_in(client, f"198.51.100.{n % ADDRESSES}", password=f"guess {n}")
                for n in numbers
            )
        )
        seen.update(answer.status_code for answer in answers)
    return seen


async def test_no_more_is_verified_than_the_limit_lets(flooded: Client) -> None:
    """Of an account from strange addresses: each has guessed twice, which none would notice."""
    passwords = counting(flooded)
    answers = await flood(flooded)
    assert BURST == answers[401] == passwords.verified
    # A machine at its end may take its own Redis for one that hangs: then nobody signs in either.
    assert SECONDS * PER_S - BURST == answers[429] + answers[503]
    assert answers[429] > answers[503]


async def test_control_without_a_limit_of_the_account_all_are_verified(
    flooded: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch."""

    async def anything(*_: object) -> None:
        """Count nothing."""

    monkeypatch.setattr(Limits, "account", anything)
    passwords = counting(flooded)
    answers = await flood(flooded)
    assert 429 not in answers
    assert BURST < passwords.verified


async def test_others_sign_in_meanwhile(flooded: Client) -> None:
    """From addresses that guessed as well: those have made but two attempts."""
    await flood(flooded)
    for number in range(5):
        answer = await sign_in(flooded, f"198.51.100.{number}", "other")
        assert answer.status_code == 200, answer.text


async def test_its_owner_signs_in_from_where_they_did_before(flooded: Client) -> None:
    """Strangers cannot lock an account up; from a new place its owner has to wait for them."""
    assert (await sign_in(flooded, HOME)).status_code == 200
    await flood(flooded)
    assert (await sign_in(flooded, HOME)).status_code == 200
    answer = await sign_in(flooded, "203.0.113.1")
    assert answer.status_code == 429
    problem(answer)


async def test_an_address_is_limited_over_all_accounts(flooded: Client) -> None:
    """One guess at each of many accounts; whether there are such accounts is not told."""
    passwords = counting(flooded)
    seen = Counter(
        [(await sign_in(flooded, HOME, f"somebody_{n}")).status_code for n in range(BURST + 5)]
    )
    assert {401: BURST, 429: 5} == seen
    assert BURST == passwords.verified


async def test_without_redis_nobody_signs_in_and_everybody_writes(
    flooded: Client, valkey: Valkey
) -> None:
    """503 with Retry-After, and no password is looked at; a write is let through and counted."""
    passwords = counting(flooded)
    valkey.kill()
    try:
        assert {503: SECONDS * PER_S} == await flood(flooded)
        answer = await sign_in(flooded, HOME)
        assert answer.headers["retry-after"] == "1"
        problem(answer)
        assert 0 == passwords.verified
        written = await send(flooded, HOME, "PUT", "/v1/users/barbara/follow", by="ada")
        assert written.status_code == 204
        limits: Limits = flooded.app.state.limits
        assert limits.counts["writes_open"] == 1
        assert limits.counts["sign_ins_closed"] == SECONDS * PER_S + 1
    finally:
        valkey.start()


async def test_a_redis_that_hangs_is_one_that_is_away(flooded: Client, valkey: Valkey) -> None:
    """It accepts, and says nothing."""
    with valkey.frozen():
        assert (await sign_in(flooded, HOME)).status_code == 503
        written = await send(flooded, HOME, "PUT", "/v1/users/barbara/follow", by="ada")
        assert written.status_code == 204


async def test_when_it_is_back_people_sign_in(flooded: Client, valkey: Valkey) -> None:
    """Without a restart."""
    valkey.kill()
    assert (await sign_in(flooded, HOME)).status_code == 503
    valkey.start()

    async def signed_in() -> bool:
        return (await sign_in(flooded, HOME)).status_code == 200

    await until(signed_in)

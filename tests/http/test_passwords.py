"""Passwords: the same work for everybody, in few threads, and never on the event loop."""

import asyncio
import os
import sys
import threading
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

import service.passwords
from service.demo.accounts import PASSWORD, PASSWORD_HASH
from service.feed.errors import Busy, Invalid
from service.passwords import HASHER, Passwords

QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


class Held:
    """A hasher whose work waits at a gate, and is counted."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.working = self.most = 0
        self.threads: set[str] = set()
        self._lock = threading.Lock()
        self._begun = threading.Semaphore(0)

    async def begun(self, number: int) -> None:
        """Return when so many have begun."""
        for _ in range(number):
            await asyncio.to_thread(self._begun.acquire)

    def hash(self, password: str) -> str:
        """Pass the gate."""
        with self._lock:
            self.working += 1
            self.most = max(self.most, self.working)
            self.threads.add(threading.current_thread().name)
        self._begun.release()
        self.gate.wait(20)
        with self._lock:
            self.working -= 1
        return f"hash of {password}"


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    """With little work to do."""
    with Passwords(QUICK) as passwords:
        yield passwords


async def test_a_password_is_known_again(passwords: Passwords) -> None:
    """And no other is."""
    kept = await passwords.hash("correct horse")
    assert kept.startswith("$argon2id$")
    assert await passwords.verify(kept, "correct horse")
    assert not await passwords.verify(kept, "wrong horse")
    assert kept != await passwords.hash("correct horse")


async def test_who_has_no_password_is_refused_whatever_is_said(passwords: Passwords) -> None:
    """Also with the one that the stand-in was made of, and with a hash that is none."""
    for said in ("", "nobody has this password"):
        assert not await passwords.verify(None, said)
    assert not await passwords.verify("no hash at all", "x")


def test_the_parameters_are_owasps_least_or_more() -> None:
    """19 MiB and two passes, argon2id."""
    assert HASHER.memory_cost >= 19 * 1024
    assert HASHER.time_cost >= 2
    assert HASHER.type.name == "ID"


async def test_nobody_costs_as_much_as_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in was made with the parameters of all others."""
    verified: list[str] = []
    verify = PasswordHasher.verify

    def seen(hasher: PasswordHasher, kept: str, password: str) -> bool:
        verified.append(kept.rsplit("$", 2)[0])
        return verify(hasher, kept, password)

    with Passwords(QUICK) as passwords:
        kept = await passwords.hash("correct horse")
        monkeypatch.setattr(PasswordHasher, "verify", seen)
        for whose in (kept, None):
            await passwords.verify(whose, "wrong horse")
    assert verified == ["$argon2id$v=19$m=64,t=1,p=1"] * 2


def test_a_hash_of_other_parameters_is_outdated(passwords: Passwords) -> None:
    """So that it is made anew when its owner signs in."""
    assert passwords.is_outdated(HASHER.hash("x"))
    assert not passwords.is_outdated(QUICK.hash("x"))


async def test_no_more_than_two_work_at_once_and_none_on_the_loop() -> None:
    """The event loop turns while the threads are held, and the others wait for them."""
    held = Held()
    passwords = Passwords(QUICK)
    passwords._hasher = held  # type: ignore[assignment]
    with passwords:
        tasks = [asyncio.create_task(passwords.hash(f"{n}")) for n in range(6)]
        await held.begun(2)
        for _ in range(100):
            await asyncio.sleep(0)
        held.gate.set()
        assert [f"hash of {n}" for n in range(6)] == await asyncio.gather(*tasks)
    assert held.most == 2
    assert all(name.startswith("argon2") for name in held.threads)


async def nices(monkeypatch: pytest.MonkeyPatch, nice: int) -> tuple[int, int]:
    """How far the loop's thread, and one that hashes, stand back."""
    monkeypatch.setattr(service.passwords, "NICE", nice)
    with Passwords(QUICK) as passwords:
        own = os.getpriority(os.PRIO_PROCESS, 0)
        return own, await passwords._in_thread(lambda: os.getpriority(os.PRIO_PROCESS, 0))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere priorities belong to processes")
async def test_hashing_takes_what_the_loop_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """On as many cores as threads hash the loop would wait for its turn; the switch is the step."""
    own, hashing = await nices(monkeypatch, 10)
    assert min(own + 10, 19) == hashing
    own, hashing = await nices(monkeypatch, 0)
    assert own == hashing


async def test_a_request_that_was_given_up_frees_no_thread() -> None:
    """Its thread goes on: the next request waits for it, though there is a place."""
    held = Held()
    passwords = Passwords(QUICK, at_once=1)
    passwords._hasher = held  # type: ignore[assignment]
    with passwords:
        given_up = asyncio.create_task(passwords.hash("a"))
        await held.begun(1)
        given_up.cancel()
        await asyncio.wait([given_up])
        following = asyncio.create_task(passwords.hash("b"))
        for _ in range(100):
            await asyncio.sleep(0)
        assert held.working == 1
        held.gate.set()
        assert await following == "hash of b"
    assert held.most == 1


async def test_who_would_wait_too_long_is_told_to_come_back() -> None:
    """503 and when, instead of a queue without end."""
    held = Held()
    passwords = Passwords(QUICK, at_once=1, wait_s=0.01)
    passwords._hasher = held  # type: ignore[assignment]
    with passwords:
        first = asyncio.create_task(passwords.hash("a"))
        await held.begun(1)
        with pytest.raises(Busy) as refused:
            await passwords.hash("b")
        assert refused.value.retry_after_s >= 1
        held.gate.set()
        assert await first == "hash of a"


async def test_a_password_that_everybody_knows_opens_nothing_where_it_is_refused() -> None:
    """Neither an account that has it, nor may one take it."""
    with Passwords(QUICK, refused=frozenset({PASSWORD})) as strict:
        assert not await strict.verify(PASSWORD_HASH, PASSWORD)
        with pytest.raises(Invalid):
            await strict.hash(PASSWORD)
    with Passwords(QUICK) as lax:
        assert await lax.verify(PASSWORD_HASH, PASSWORD)


def test_the_demo_accounts_hash_is_as_it_would_be_made() -> None:
    """Else every first sign-in would write another one."""
    assert not HASHER.check_needs_rehash(PASSWORD_HASH)

"""Names are folded into patterns that a person would have written."""

import random

import pytest

from service.audit import AuditError, Declared, Options, Registry, registry_of
from service.audit.names.book import Book
from service.audit.names.shapes import folded
from service.audit.reading import KeyFacts
from service.commands.own_keys import own_registry

UUID = "123e4567-e89b-12d3-a456-426614174000"


@pytest.mark.parametrize(
    ("key", "pattern"),
    [
        ("user:42:card", "user:*:card"),
        ("post:{42}:head", "post:{*}:head"),
        (f"celery-task-meta-{UUID}", "celery-task-meta-*"),
        (f"rq:job:{UUID}", "rq:job:*"),
        ("cache/d41d8cd98f00b204e9800998ecf8427e/html", "cache/*/html"),
        ("views.2026-11-23.hits", "views.*.hits"),
        ("session|eyJhbGciOiJIUzI1NiJ9Xy", "session|*"),
        ("mail:ann@example.org", "mail:*"),
        ("limit:203.0.113.9", "limit:*"),
        ("app:v2:user:7", "app:v2:user:*"),
        ("oauth2:s3:config", "oauth2:s3:config"),
        ("thumb:100x200", "thumb:*x*"),
        ("user1234", "user*"),
        ("_kombu.binding.celery", "_kombu.binding.celery"),
        (b"sess:\x80\x04\x95:x:y", "sess:*"),
        (b"\xff\x00", "*"),
        ("profil:é", "profil:é"),
    ],
)
def test_ids_are_folded_and_words_kept(key: str | bytes, pattern: str) -> None:
    """By their looks."""
    assert pattern == folded(key if isinstance(key, bytes) else key.encode())


def patterns(*keys: str, registry: Registry | None = None, most: int = 4000) -> dict[str, int]:
    """Patterns and their numbers of keys, once all keys were seen."""
    book = Book(registry or Registry(), Options(patterns=most), random.Random(1))
    for key in keys:
        fact = KeyFacts(key.encode(), None, "string", -1, "raw", 100)
        book.place_of(fact.key)[1].add(fact, 0, 0.0)
    return {one.name: one.tally.keys for one in book.patterns()}


def word(number: int) -> str:
    """Letters alone, another word for each number."""
    return "".join(chr(97 + int(digit)) for digit in f"{number:06d}")


def test_words_that_are_ids_are_folded() -> None:
    """Handles look like words; that there are so many of them tells."""
    names = [f"profile:{{{word(i)}}}:card" for i in range(300)]
    assert {"profile:{*}:card": 300} == patterns(*names)


def test_words_that_come_back_are_kept() -> None:
    """Sixty applications on one server are sixty patterns."""
    names = [f"{word(i % 60)}:job:{i}" for i in range(6000)]
    assert {f"{word(i)}:job:*": 100 for i in range(60)} == patterns(*names)


def test_short_numbers_join_the_long_ones() -> None:
    """`u7` beside `u1234`; two shards stay two."""
    names = [f"sess:u{i}" for i in range(2000)] + [f"s{i % 2}:queue" for i in range(2000)]
    assert {"sess:u*": 2000, "s0:queue": 1000, "s1:queue": 1000} == patterns(*names)


def test_no_key_is_lost_when_there_are_too_many_patterns() -> None:
    """The place with the most words is folded, whatever they are."""
    names = [f"{word(i)}:{word(i * 7)}:{word(i * 13)}" for i in range(3000)]
    found = patterns(*names, most=50)
    assert 3000 == sum(found.values())
    assert len(found) <= 51


def test_the_registry_comes_first_and_the_longest_pattern_wins() -> None:
    """What nobody declared is learned."""
    registry = Registry([Declared("post:*"), Declared("post:*:head"), Declared("*:lock")])
    keys = ("post:1", "post:x:head", "post:1:2", "a:lock", "other:77")
    assert {"post:*": 2, "post:*:head": 1, "*:lock": 1, "other:*": 1} == patterns(
        *keys, registry=registry
    )


def test_our_own_keys_are_declared() -> None:
    """Every kind, its value under a lease and the lease, by the names that the service builds."""
    found = own_registry()
    for key, role in (
        ("post:{42}:head:v", "cache"),
        ("post:{42}:head", "cache"),
        ("feed:{7}:l", "lock"),
        ("tag_top:{day:c++}:v", "cache"),
        ("ranking:{posts}:z", "index"),
        ("limit:{9}:writes", "limit"),
    ):
        declared = found.find(key)
        assert declared is not None, key
        assert (role, key.count(":")) == (
            declared.role,
            declared.pattern.count(":") + ("c++" in key),
        )
    assert found.find("post:42") is None


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"pattern": "a:*", "tll": 3}, "tll means nothing"),
        ({"pattern": "a:*", "role": "cash"}, "the role is one of"),
        ({"pattern": "a:*", "ttl_s": "1h"}, "ttl_s is a number"),
        ({"pattern": "a:*", "envelope": {"header_bytes": 4}}, "its envelope cannot be read"),
        ({}, 'with a "pattern"'),
    ],
)
def test_a_registry_says_what_is_wrong_with_it(row: dict[str, object], said: str) -> None:
    """Which pattern, and what may stand there."""
    with pytest.raises(AuditError, match=said):
        registry_of({"patterns": [row]})

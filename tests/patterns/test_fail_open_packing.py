"""Packing: hiredis writes what redis-py would have written, and redis-py what hiredis will not."""

from typing import Any

import pytest
from redis.asyncio import Connection
from redis.exceptions import DataError

from service.patterns.fail_open import packing
from service.patterns.fail_open.packing import Packed

COMMANDS: list[tuple[Any, ...]] = [
    ("GET", "post:{42}"),
    ("SET", b"\x00\xff", "é", "PX", 60_000),
    ("EVALSHA", "a" * 40, 1, "key", -1, 2**70, 0.1 + 0.2, 1e22, 1e-7),
    ("CLIENT SETINFO", "LIB-NAME", "corral"),
    (b"GET", "key"),
    ("SET", "key", bytearray(b"value"), memoryview(b"value")),
    ("SET", "key", b"x" * 100_000),
    ("SET", "", ""),
]


class Quick(Packed, Connection):
    """redis-py's connection, with its packing replaced."""


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: str(command[0]))
def test_the_same_bytes_are_sent(command: tuple[Any, ...]) -> None:
    """Byte for byte, whoever packs."""
    assert b"".join(Connection().pack_command(*command)) == b"".join(Quick().pack_command(*command))


def test_a_pipeline_is_one_piece() -> None:
    """And the same bytes."""
    assert [b"".join(Connection().pack_commands(COMMANDS))] == Quick().pack_commands(COMMANDS)


@pytest.mark.parametrize("value", [None, True, object()])
def test_what_is_no_value_is_refused_as_by_redis_py(value: object) -> None:
    """With its error: hiredis alone would raise a TypeError."""
    with pytest.raises(DataError, match="Invalid input of type"):
        Quick().pack_command("SET", "key", value)


def test_text_is_in_the_encoding_asked_for() -> None:
    """Hiredis knows UTF-8 only."""
    command = ("GET", "é")
    assert Connection(encoding="latin-1").pack_command(*command) == Quick(
        encoding="latin-1"
    ).pack_command(*command)


def test_hiredis_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is common; the control for all of the above, which redis-py's own would pass too."""
    monkeypatch.setattr(packing, "_pack", lambda command: b"packed")
    assert [b"packed"] == Quick().pack_command("GET", "key")

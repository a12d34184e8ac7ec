"""The lines of a trace: who did what, and what came of it, in words that can be read aloud."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from redis.exceptions import RedisError

from tests.simulation.keyspace import Argument, Reply

# Who, and what; the words are made only when somebody wants to read them.
Trace: TypeAlias = Callable[[str, Callable[[], str]], None]

# A value's header (service/patterns/lease/envelope.py): not for reading.
HEADER_BYTES = 18


def told(name: str, command: Sequence[Argument], answer: Reply | RedisError) -> str:
    """One command and its answer; nothing for heartbeats and the relay's look at the server."""
    if name == "INFO" or (name == "PUBLISH" and "beat" in str(command[1])):
        return ""
    if command[0] not in {"EVAL", "EVALSHA"}:
        return f"{name} {' '.join(map(_text, command[1:4]))} -> {_outcome(answer)}"
    key = _text(command[3]).removesuffix(":v")
    token = "" if name == "drop" else f" token {_text(command[5])[-6:]}"
    return f"{name} {key}{token} -> {_result(name, answer)}"


def heard(kind: str, data: bytes | int) -> str:
    """One message of a subscription; nothing for heartbeats."""
    if kind == "subscribe":
        return "hears that it is subscribed"
    text = _text(data)
    beats = text.replace(".", "", 1).isdigit() or not text
    return "" if beats else f"hears {text}"


def _result(name: str, answer: Reply | RedisError) -> str:
    if isinstance(answer, list) and name == "claim":
        value, won, left_ms = answer
        if value is not None:
            return f"value {_text(value)}"
        return "won" if won else f"held by another for {_text(left_ms)} ms"
    if isinstance(answer, int):
        return {"fill": ("refused", "stored"), "drop": ("?", "dropped")}.get(
            name, ("no longer ours", "done")
        )[bool(answer)]
    return _outcome(answer)


def _outcome(answer: Reply | RedisError) -> str:
    if isinstance(answer, list):
        return "[" + ", ".join(map(_outcome, answer)) + "]"
    if isinstance(answer, RedisError):
        return str(answer)
    return "nothing" if answer is None else _text(answer)


def _text(argument: object) -> str:
    if isinstance(argument, bytes):
        argument = argument[HEADER_BYTES:] if argument[:1] == b"\xc1" else argument
        argument = argument.decode(errors="replace")
    return str(argument)[:40]

"""Facts: what a server says of itself, as far as it may be asked."""

import time
from dataclasses import dataclass

from redis.exceptions import ResponseError

from .link import Link, reason_of
from .refusals import Refusals

# Memory that is the server's own, or of who is connected; no key accounts for it.
OF_THE_SERVER = (
    "used_memory_startup",
    "mem_clients_normal",
    "mem_clients_slaves",
    "mem_replication_backlog",
    "mem_aof_buffer",
    "mem_cluster_links",
    "used_memory_lua",
    "used_memory_functions",
    "used_memory_scripts",
)


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """One node, before the audit. Unknown is `None`; the reason stands in the refusals."""

    product: str | None  # redis, valkey
    version: str | None
    role: str | None
    policy: str | None
    allocator: str | None
    used_bytes: int | None
    own_bytes: int | None
    fragmentation: float | None
    evicted: int | None
    replicas: int | None
    keys: int | None  # of the database that is audited
    expiring: int | None
    keys_elsewhere: int | None  # in databases that are not
    database: int
    clustered: bool | None
    clock_ahead_s: float  # the server's clock less ours


def facts_of(link: Link, refusals: Refusals) -> ServerFacts:
    """Ask a node; what it refuses is noted as a column of its own."""
    info = _info(link, refusals)
    spaces = {name: value for name, value in info.items() if name[:2] == "db"}
    mine = _pairs(spaces.pop(f"db{link.database}", ""))
    elsewhere = sum(_pairs(value).get("keys", 0) for value in spaces.values())
    is_known = bool(info)
    used = _whole(info, "used_memory")
    return ServerFacts(
        product=("valkey" if "valkey_version" in info else "redis") if is_known else None,
        version=info.get("valkey_version") or info.get("redis_version"),
        role=info.get("role"),
        policy=info.get("maxmemory_policy"),
        allocator=info.get("mem_allocator"),
        used_bytes=used,
        own_bytes=None if used is None else sum(_whole(info, n) or 0 for n in OF_THE_SERVER),
        fragmentation=float(info["mem_fragmentation_ratio"])
        if "mem_fragmentation_ratio" in info
        else None,
        evicted=_whole(info, "evicted_keys"),
        replicas=_whole(info, "connected_slaves"),
        keys=mine.get("keys", 0) if is_known else _size(link, refusals),
        expiring=mine.get("expires", 0) if is_known else None,
        keys_elsewhere=elsewhere if is_known else None,
        database=link.database,
        clustered=info["cluster_enabled"] == "1" if "cluster_enabled" in info else None,
        clock_ahead_s=_clock_ahead_s(link, refusals),
    )


def _info(link: Link, refusals: Refusals) -> dict[str, str]:
    try:
        text = link.ask("INFO")
    except ResponseError as error:
        refusals.note("server", reason_of(error))
        return {}
    lines = text.decode(errors="replace").splitlines()
    pairs = (line.partition(":") for line in lines if line[:1] != "#")
    return {name: value for name, colon, value in pairs if colon}


def _pairs(text: str) -> dict[str, int]:
    """`keys=3,expires=1,...` as numbers."""
    parts = (part.partition("=") for part in text.split(",") if part)
    return {name: int(value) for name, _, value in parts if value.isdigit()}


def _whole(info: dict[str, str], name: str) -> int | None:
    return int(info[name]) if info.get(name, "").isdigit() else None


def _size(link: Link, refusals: Refusals) -> int | None:
    try:
        return int(link.ask("DBSIZE"))
    except ResponseError as error:
        refusals.note("size", reason_of(error))
        return None


def _clock_ahead_s(link: Link, refusals: Refusals) -> float:
    try:
        asked_at_s = time.time()
        seconds, micros = link.ask("TIME")
    except ResponseError as error:
        refusals.note("clock", f"{reason_of(error)}; ours is taken for the server's")
        return 0.0
    return int(seconds) + int(micros) / 1e6 - (asked_at_s + time.time()) / 2

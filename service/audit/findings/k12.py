"""K12, the server as a whole: useful keys evicted while dead ones stay, memory of no key."""

from collections.abc import Iterator

from ..tally.marks import Mark, having
from .finding import EXACT, Context, Finding, Level, amount


def find(context: Context) -> Iterator[Finding]:
    """Evictions beside garbage; memory that no key accounts for; fragmentation."""
    yield from _evicting(context)
    yield from _unattributed(context)
    yield from _fragmented(context)


def _evicting(context: Context) -> Iterator[Finding]:
    evicted = sum(node.evicted or 0 for node in context.nodes)
    dead = sum(one.tally.sum_of(_is_dead)[1] for one in context.patterns)
    if not evicted or not dead:
        return
    yield _server(
        "serious",
        "keys in use are evicted to keep keys that nobody reads",
        [f"{evicted:,} keys evicted since the server began", f"{amount(dead)} are K01 or K02"],
        "mend K01 and K02 first; then see whether evictions go on",
    )


def _unattributed(context: Context) -> Iterator[Finding]:
    used = sum(node.used_bytes or 0 for node in context.nodes)
    rest, limits = context.unattributed, context.limits
    if rest is None or rest < max(limits.unattributed_bytes, limits.unattributed_share * used):
        return
    yield _server(
        "warning",
        f"{amount(rest)} of used memory belong to no key",
        [f"used {amount(used)}, of which keys, tables and the server's own are less"],
        "look at MEMORY STATS and CLIENT LIST: buffers of slow clients, scripts, other databases",
    )


def _fragmented(context: Context) -> Iterator[Finding]:
    limits = context.limits
    for node in context.nodes:
        ratio, used = node.fragmentation or 0.0, node.used_bytes or 0
        if ratio > limits.fragmentation_ratio and used > limits.unattributed_bytes:
            yield _server(
                "info",
                f"the process holds {ratio:.2f} times what it uses",
                [f"mem_fragmentation_ratio {ratio:.2f} with {amount(used)} used"],
                "activedefrag yes (jemalloc), or restart a replica and fail over to it",
            )


def _server(level: Level, says: str, evidence: list[str], advice: str) -> Finding:
    return Finding(
        code="K12",
        pattern=None,
        level=level,
        says=says,
        evidence=evidence,
        keys=None,
        bytes=None,
        confidence=EXACT,
        advice=advice,
    )


def _is_dead(marks: int) -> bool:
    return having(Mark.NO_TTL | Mark.IDLE_PAST_TTL)(marks) or having(Mark.NEVER_READ)(marks)

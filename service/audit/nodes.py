"""Nodes: whom to ask. A server by itself, or every primary of a cluster, each on its own link."""

from collections.abc import Sequence
from typing import Any

from redis.exceptions import ResponseError

from .errors import AuditError
from .link import Link


def open_links(url: str, *, no_touch: bool = True) -> list[Link]:
    """Links to all that hold keys behind an address. Raises AuditError."""
    first = Link(url, no_touch=no_touch)
    if not _is_cluster(first):
        return [first]
    try:
        slots = first.ask("CLUSTER", "SLOTS")
    except ResponseError as error:
        first.close()
        raise AuditError(
            f"a cluster must say where its keys are: grant +cluster|slots ({error})"
        ) from None
    first.close()
    return [
        Link(url, no_touch=no_touch, port=port, **({"host": host} if host else {}))
        for host, port in sorted(primaries(slots))
    ]


def primaries(slots: Sequence[Any]) -> set[tuple[str, int]]:
    """Host and port of each primary in a reply to CLUSTER SLOTS; no host: the one that was asked.

    Raises AuditError where slots are nobody's: their keys would be missing from every figure.
    """
    covered = sum(int(last) - int(first) + 1 for first, last, *_ in slots)
    if covered != 16_384:
        raise AuditError(f"this cluster serves {covered} of 16384 slots: mend it first")
    return {((primary[0] or b"").decode(), int(primary[1])) for _, _, primary, *_ in slots}


def _is_cluster(link: Link) -> bool:
    try:
        info: bytes = link.ask("INFO", "cluster")
    except ResponseError:
        # Without INFO: a server by itself says that it has no cluster support.
        try:
            link.ask("CLUSTER", "SLOTS")
        except ResponseError:
            return False
        return True
    return b"cluster_enabled:1" in info

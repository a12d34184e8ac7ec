"""Corral's own keys, as the audit is told of them."""

from service import keys
from service.audit import Declared, EnvelopeFormat, Registry
from service.audit.names.registry import Role

OURS = "corral"
JITTER = 0.1
# As service/patterns/lease/envelope.py and stale_while_revalidate/ pack them.
LEASED = EnvelopeFormat(18, 2, magic="c1", load_offset=14, codec_offset=1, zlib_codec=1)
STALE = EnvelopeFormat(9, 1, magic="c1")
# A kind's keys beside the lease's own: docs/keys.md.
PARTS = {"": STALE, ":v": LEASED, ":h": None, ":d": None, ":b": None, ":z": None}
SLIDING = {keys.TIMELINE.name, keys.VIEWS.name, keys.RANKING.name}
# Kept for other reasons than to spare a load: nobody need read them.
ROLES: dict[str, Role] = {
    keys.TIMELINE.name: "index",
    keys.RANKING.name: "index",
    keys.VIEWS.name: "counter",
    keys.VIEWED.name: "counter",
    keys.OWED.name: "index",
}


def own_registry() -> Registry:
    """What `service/keys.py` says: each entry as it is, under a lease, and the lease itself."""
    declared: list[Declared] = []
    for kind in keys.KINDS.values():
        change = f"service/keys.py: {kind.name}; the strategy's field `ttl`"
        pattern, role = kind.key("*"), ROLES.get(kind.name, "cache")
        slides = kind.name in SLIDING
        declared += [
            Declared(pattern + end, OURS, role, kind.ttl_s, JITTER, slides, head, change)
            for end, head in PARTS.items()
        ]
        declared.append(Declared(f"{pattern}:l", OURS, "lock"))
    declared += [Declared(one.key("*"), OURS, "limit", one.ttl_s) for one in keys.LIMITS.values()]
    return Registry(declared)

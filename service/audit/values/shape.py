"""Shape of a value: how deep, how wide, and which parts of it other values may hold as well."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

LEAST_PART_BYTES = 64  # smaller parts come back by chance
MOST_PARTS = 32


@dataclass(frozen=True, slots=True)
class Shape:
    """`depth` of a scalar is 0, of a flat object 1; `fields` counts names at all depths."""

    depth: int
    fields: int
    parts: frozenset[int]


def parsed(raw: bytes) -> tuple[Any] | None:
    """`(value,)` of JSON text; `None` for anything else."""
    if raw[:1] not in b'{["-0123456789tfn \t\r\n' or not raw:
        return None
    try:
        return (json.loads(raw),)
    except (ValueError, RecursionError):
        return None


def shape_of(value: Any) -> Shape:
    """How a value is built."""
    # json.loads has bounded the depth: it would have raised before this can.
    containers = list(_containers(value, 1))
    depth = max((at for at, _ in containers), default=0)
    fields = sum(len(one) for _, one in containers if isinstance(one, dict))
    parts: set[int] = set()
    for at, one in containers:
        if at > 1 and isinstance(one, dict) and len(one) > 1 and len(parts) < MOST_PARTS:
            text = json.dumps(one, sort_keys=True)
            if len(text) >= LEAST_PART_BYTES:
                parts.add(hash(text))
    return Shape(depth, fields, frozenset(parts))


def _containers(value: Any, depth: int) -> Iterator[tuple[int, Any]]:
    waiting = [(depth, value)]
    while waiting:
        at, one = waiting.pop()
        if isinstance(one, dict | list):
            yield at, one
            inside = one.values() if isinstance(one, dict) else one
            waiting.extend((at + 1, part) for part in inside)

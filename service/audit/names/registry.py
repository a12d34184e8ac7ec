"""Registry: what a team says of its own keys. A small JSON document, or these classes."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from ..errors import AuditError
from ..values.envelope import EnvelopeFormat

Role = Literal[
    "cache", "lock", "counter", "queue", "index", "session", "negative", "limit", "other"
]
_SEPARATORS = ":/.|"


@dataclass(frozen=True, slots=True)
class Declared:
    """One pattern: `*` stands for what differs from key to key, as in `post:{*}:head`."""

    pattern: str
    owner: str | None = None
    role: Role = "cache"
    ttl_s: float | None = None
    jitter: float = 0.0  # share of the TTL that is added or taken at random
    slides: bool = False  # each read begins the TTL anew
    envelope: EnvelopeFormat | None = None
    change: str | None = None  # the code line or setting that decides about these keys

    def longest_ttl_s(self) -> float | None:
        """The most that an entry may live."""
        return None if self.ttl_s is None else self.ttl_s * (1 + self.jitter)


class Registry:
    """Finds the declared pattern of a key; the one with more letters of its own wins."""

    def __init__(self, declared: Iterable[Declared] = ()) -> None:
        self.declared = tuple(declared)
        self._by_first: dict[str, list[tuple[re.Pattern[str], Declared]]] = {}
        for one in sorted(self.declared, key=lambda each: -len(each.pattern.replace("*", ""))):
            first = _first(one.pattern)
            # Whose first word is not fixed may be meant by any key.
            name = "*" if "*" in first else first
            self._by_first.setdefault(name, []).append((_expression(one.pattern), one))

    def __bool__(self) -> bool:
        return bool(self.declared)

    def find(self, name: str) -> Declared | None:
        """The declaration of a key, by its name as text."""
        for first in (_first(name), "*"):
            for expression, declared in self._by_first.get(first, ()):
                if expression.fullmatch(name):
                    return declared
        return None


def registry_of(document: Mapping[str, Any]) -> Registry:
    """A registry from `{"patterns": [{"pattern": "feed:*", "ttl_s": 3600}]}`. Raises AuditError."""
    rows = document.get("patterns")
    if not isinstance(rows, list):
        raise AuditError('a registry is an object with a list "patterns"')
    return Registry(_declared(row) for row in rows)


def _declared(row: Any) -> Declared:
    known = {field.name for field in fields(Declared)}
    if not isinstance(row, dict) or not isinstance(row.get("pattern"), str):
        raise AuditError(f'each pattern of a registry is an object with a "pattern": {row!r}')
    name = row["pattern"]
    if extra := sorted(set(row) - known):
        raise AuditError(
            f"{name}: {', '.join(extra)} means nothing; known: {', '.join(sorted(known))}"
        )
    if row.get("role", "cache") not in get_args(Role):
        raise AuditError(f"{name}: the role is one of {', '.join(get_args(Role))}")
    for number in ("ttl_s", "jitter"):
        if not isinstance(row.get(number) or 0, int | float):
            raise AuditError(f"{name}: {number} is a number")
    envelope = row.get("envelope")
    try:
        made = EnvelopeFormat.of(envelope) if envelope else None
    except (TypeError, ValueError) as error:
        raise AuditError(f"{name}: its envelope cannot be read: {error}") from None
    return Declared(**{**row, "envelope": made})


def _first(name: str) -> str:
    for place, letter in enumerate(name):
        if letter in _SEPARATORS:
            return name[:place]
    return name


def _expression(pattern: str) -> re.Pattern[str]:
    # What is in braces has no brace in it; all else that differs may hold any letter.
    text = re.escape(pattern).replace(r"\{\*\}", r"\{[^}]*\}").replace(r"\*", ".+")
    return re.compile(text, re.DOTALL)

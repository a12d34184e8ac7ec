"""Book: every pattern of an audit with its tally, the registry's own and the learned."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

from ..options import Options
from ..tally.tally import Tally
from .registry import Declared, Registry, Role
from .roles import role_by_name
from .shapes import folded, text_of
from .tree import Tree


@dataclass(frozen=True, slots=True)
class Pattern:
    """What the keys that look like `name` are, and what was seen of them."""

    name: str
    declared: Declared | None
    role: Role | None  # `None`: nobody has said, and the name says nothing
    tally: Tally


class Book:
    """Which tally a key counts into. Tallies of declared patterns stay; learned ones may merge."""

    def __init__(self, registry: Registry, options: Options, rand: random.Random) -> None:
        self.registry = registry
        self._options = options
        self._rand = rand
        self._numbers = itertools.count()
        self._declared: dict[Declared, Tally] = {}
        self._learned: Tree[Tally] = Tree(self._new, options.patterns)

    def place_of(self, key: bytes) -> tuple[Declared | None, Tally, Role | None]:
        """Declaration, tally and role of a key; count into the tally at once, it may be merged."""
        if self.registry:
            name, is_text = text_of(key)
            if (
                not is_text
            ):  # letters of one byte each: what stands around the id is found all the same
                name = key.decode("latin-1")
            declared = self.registry.find(name)
            if declared is not None:
                return declared, self._tally_of(declared), declared.role
        shape = folded(key)
        return None, self._learned.tally_of(shape), role_by_name(shape)

    def patterns(self) -> list[Pattern]:
        """All of them, the largest first. The scan is over."""
        found = [Pattern(one.pattern, one, one.role, seen) for one, seen in self._declared.items()]
        found += [
            Pattern(name, None, role_by_name(name), tally) for name, tally in self._same_names()
        ]
        return sorted(found, key=lambda one: (-one.tally.bytes.total, -one.tally.keys, one.name))

    def ttl_s(self, declared: Declared | None, role: Role | None) -> float:
        """How long an entry should live: as declared, else what is assumed of its role."""
        if declared is not None and declared.ttl_s is not None:
            return declared.longest_ttl_s() or 0.0
        limits = self._options.thresholds
        return limits.lock_ttl_s if role == "lock" else limits.assumed_ttl_s

    def _tally_of(self, declared: Declared) -> Tally:
        tally = self._declared.get(declared)
        if tally is None:
            tally = self._declared[declared] = self._new()
        return tally

    def _same_names(self) -> Iterator[tuple[str, Tally]]:
        """Learned patterns; what reads the same after folding is one."""
        named: dict[str, Tally] = {}
        for name, tally in self._learned.settled():
            if name in named:
                named[name].merge(tally)
            else:
                named[name] = tally
        yield from named.items()

    def _new(self) -> Tally:
        return Tally(self._options.values_per_pattern, self._rand, next(self._numbers))

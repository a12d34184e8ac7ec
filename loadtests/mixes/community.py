"""The community mix: a site where people talk. Reads and writes stand 90 to 10."""

from loadtests.mixes.browse import SHARES as BROWSE
from loadtests.mixes.drawn import DrawnMix
from loadtests.mixes.request import WRITES
from loadtests.population import Population

_WRITES = 0.10


def _shares() -> dict[str, float]:
    written = sum(share for kind, share in BROWSE.items() if kind in WRITES)
    more, less = _WRITES / written, (1 - _WRITES) / (1 - written)
    return {kind: share * (more if kind in WRITES else less) for kind, share in BROWSE.items()}


SHARES = _shares()


def community(population: Population, seed: int) -> DrawnMix:
    """People who talk, over this population."""
    return DrawnMix(population, seed, SHARES)

"""The plan: lines for `redis-cli`, in batches, one group for each pattern and action.

Nothing is sent. What is said about a batch is an ECHO: `redis-cli` knows no comments.
"""

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..audited import Audited
from ..findings.finding import Action, Finding, Saving
from ..options import Thresholds
from ..savings import first
from .ledger import Ledger
from .quoting import quoted

BATCH = 500
DEFAULTS = Thresholds()
SURE = ("exact", "lower bound", "assumed")


class _Deed(NamedTuple):
    """What happens to keys of one pattern, and by which finding."""

    finding: Finding
    ttl_s: int


class _Group(NamedTuple):
    deed: _Deed
    keys: list[bytes]


def plan_of(audited: Audited, ledger: Ledger, limits: Thresholds = DEFAULTS) -> Iterator[str]:
    """The lines. Keys that differ from batch to batch are named; a share of a sample is not."""
    yield from _preface(audited)
    deeds = _deeds(audited, limits.assumed_ttl_s)
    together = BATCH if all(node.clustered is False for node in audited.nodes) else 1
    rand = random.Random(1)
    waiting: dict[tuple[str, Action], _Group] = {}
    for tally, marks, key in ledger:
        choices = deeds.get(tally, ())
        saving = first([one.finding.saving for one in choices if one.finding.saving], marks)
        if saving is None:
            continue
        deed = next(one for one in choices if one.finding.saving is saving)
        place = (deed.finding.pattern or "", saving.action)
        group = waiting.setdefault(place, _Group(deed, []))
        group.keys.append(key)
        if len(group.keys) == BATCH:
            yield from _batch(waiting.pop(place), together, rand)
    for group in waiting.values():
        yield from _batch(group, together, rand)


def _preface(audited: Audited) -> Iterator[str]:
    yield _echo("Read this, then run it soon: redis-cli [-c] < plan. Keys written since go as well")
    if audited.coverage.partial:
        yield _echo(f"Not all keys are named: {audited.coverage.partial}")
    for one in audited.findings:
        if one.saving and not _names_keys(one):
            yield _echo(f"{one.code} {one.pattern}: no commands for it: {one.advice}")
    if database := max((node.database for node in audited.nodes), default=0):
        yield f"SELECT {database}"


def _deeds(audited: Audited, assumed_ttl_s: float) -> dict[int, Sequence[_Deed]]:
    """By number of a tally: what may happen to its keys."""
    deeds: dict[int, Sequence[_Deed]] = {}
    for pattern in audited.patterns:
        declared = pattern.declared
        ttl_s = declared.ttl_s if declared and declared.ttl_s else assumed_ttl_s
        mine = [
            _Deed(one, max(1, int(ttl_s)))
            for one in audited.findings
            if one.pattern == pattern.name and _names_keys(one)
        ]
        deeds.update(dict.fromkeys(pattern.tally.numbers, mine))
    return deeds


def _names_keys(finding: Finding) -> bool:
    # A share of a sample says how many keys, not which; unknown evidence frees nothing.
    saving: Saving | None = finding.saving
    is_named = saving is not None and saving.share == 1.0 and saving.action != "re-encode"
    return is_named and finding.confidence.kind in SURE


def _batch(group: _Group, together: int, rand: random.Random) -> Iterator[str]:
    finding, ttl_s = group.deed
    sure = " ".join(filter(None, finding.confidence))
    yield _echo(f"{finding.code} {finding.pattern}: {len(group.keys)} keys, {sure}")
    if finding.saving and finding.saving.action == "expire":
        # Spread over a TTL: they shall not go in one second. NX: who has a TTL by now keeps it.
        for key in group.keys:
            yield f"EXPIRE {quoted(key)} {rand.randint(1, ttl_s)} NX"
        return
    for begin in range(0, len(group.keys), together):
        yield f"UNLINK {' '.join(map(quoted, group.keys[begin : begin + together]))}"


def _echo(text: str) -> str:
    return f"ECHO {quoted(text.encode(errors='backslashreplace'))}"

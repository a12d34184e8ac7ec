"""K07, stale patterns: an old version, keys of nobody, keys unused for a week."""

import re
from collections.abc import Iterator, Mapping

from ..names.book import Pattern
from ..tally.marks import Mark, having
from .finding import EXACT, Confidence, Context, Finding, Saving, amount, change_of, span
from .k06 import EVERY

_VERSION = re.compile(r"(?<![0-9A-Za-z])[vV](\d{1,4})(?![0-9A-Za-z])")
# Nobody reads these as a cache is read: that they rest is no fault of theirs.
_MAY_REST = ("lock", "queue", "limit")


def find(context: Context) -> Iterator[Finding]:
    """The first reason that holds, of the three; a pattern is stale once."""
    newest = _newest(context)
    for pattern in context.patterns:
        if (newer := _newer(pattern, newest)) is not None:
            yield _found(
                context,
                pattern,
                f"version v{newer} of the same keys is in use",
                context.sure("idle") if "idle" not in context.unknown else EXACT,
            )
        elif _is_unused(context, pattern):
            yield _found(
                context,
                pattern,
                f"no key was used for {span(context.limits.unused_s)}",
                context.sure("idle"),
            )
        elif context.has_registry and pattern.declared is None:
            yield _unregistered(context, pattern)


def _found(context: Context, pattern: Pattern, why: str, sure: Confidence) -> Finding:
    tally = pattern.tally
    youngest = tally.idle.quantile(0.0)
    evidence = [f"{tally.keys:,} keys, {amount(tally.bytes.total)}: {why}"]
    if youngest is not None:
        evidence.append(f"the key used last is idle for {span(youngest)}")
    return Finding(
        code="K07",
        pattern=pattern.name,
        level="warning",
        says=why,
        evidence=evidence,
        keys=tally.keys,
        bytes=None if "bytes" in context.unknown else tally.bytes.total,
        confidence=sure,
        advice=f"make sure that nothing writes {pattern.name} any more, then UNLINK its "
        f"{tally.keys:,} keys, 500 at a time",
        saving=Saving("delete", EVERY),
        change=change_of(pattern),
    )


def _unregistered(context: Context, pattern: Pattern) -> Finding:
    tally = pattern.tally
    return Finding(
        code="K07",
        pattern=pattern.name,
        level="info",
        says="keys that are in no registry",
        evidence=[f"{tally.keys:,} keys, {amount(tally.bytes.total)}: nobody declared them"],
        keys=tally.keys,
        bytes=None,
        confidence=context.sure(whole=False),
        advice="declare the pattern with its owner and TTL, or find out who writes it",
    )


def _is_unused(context: Context, pattern: Pattern) -> bool:
    tally = pattern.tally
    if pattern.role in _MAY_REST or "idle" in context.unknown or not context.is_whole:
        return False
    return tally.keys > 1 and tally.sum_of(having(Mark.UNUSED))[0] == tally.keys


def _newest(context: Context) -> dict[str, int]:
    """Highest version of each pattern that has one."""
    newest: dict[str, int] = {}
    for pattern in context.patterns:
        if found := _VERSION.search(pattern.name):
            family = _family(pattern.name)
            newest[family] = max(newest.get(family, 0), int(found.group(1)))
    return newest


def _newer(pattern: Pattern, newest: Mapping[str, int]) -> int | None:
    found = _VERSION.search(pattern.name)
    if found is None:
        return None
    highest = newest[_family(pattern.name)]
    return highest if highest > int(found.group(1)) else None


def _family(name: str) -> str:
    return _VERSION.sub("v*", name, count=1)

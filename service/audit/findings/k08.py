"""K08, heavy names: keys whose names take a third of what their values do."""

from collections.abc import Iterator

from ..tally.marks import having
from .finding import Context, Finding, Saving, amount, change_of

EVERY = having(0)


def find(context: Context) -> Iterator[Finding]:
    """Patterns of many keys with long names and little behind them."""
    limits = context.limits
    for pattern in context.patterns:
        tally = pattern.tally
        values = tally.bytes.total - tally.name_bytes
        if tally.keys < limits.least_keys or values <= 0:
            continue
        mean = tally.name_bytes / tally.keys
        ratio = tally.name_bytes / values
        if ratio <= limits.name_share or mean < limits.name_floor_bytes:
            continue
        saved = round(tally.name_bytes - limits.short_name_bytes * tally.keys)
        yield Finding(
            code="K08",
            pattern=pattern.name,
            level="info",
            says=f"names take {ratio:.0%} of what their values take",
            evidence=[
                f"a name has {mean:.0f} bytes on average, a value with its object "
                f"{values / tally.keys:.0f}",
                f"all names together {amount(tally.name_bytes)}",
            ],
            keys=tally.keys,
            bytes=saved,
            confidence=context.sure("bytes"),
            advice=f"shorten the names (counted here: to {limits.short_name_bytes} bytes), or put "
            "a hundred of these values in one hash, whose fields cost a few bytes each",
            saving=Saving("re-encode", EVERY, saved / tally.bytes.total),
            change=change_of(pattern),
        )

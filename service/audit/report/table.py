"""The report for a terminal, at most 100 columns wide, in plain text."""

from collections.abc import Iterator
from textwrap import wrap

from ..findings.finding import amount, span
from .schema import FindingRow, PatternRow, Report
from .since import lines_of

WIDTH = 100
MOST_ROWS = 30
_NAME = 32


def table_of(report: Report) -> str:
    """All of it, as one text."""
    return "\n".join(
        [
            *_patterns(report),
            "",
            *_findings(report),
            "",
            *(line for said in lines_of(report) for line in _folded(said)),
            *_savings(report),
            *_memory(report),
            *_unknown(report),
            *_coverage(report),
        ]
    )


def _patterns(report: Report) -> Iterator[str]:
    rows = report["patterns"]
    yield _row("pattern", "keys", "bytes", "share", "mean", "no TTL", "idle p50", "read", "found")
    for one in rows[:MOST_ROWS]:
        yield _pattern(one)
    if len(rows) > MOST_ROWS:
        rest = sum(one["keys"] for one in rows[MOST_ROWS:])
        yield f"and {len(rows) - MOST_ROWS:,} more patterns with {rest:,} keys (see --json)"


def _pattern(one: PatternRow) -> str:
    idle = one["idle_p50_s"]
    mean, size = one["bytes_mean"], one["bytes"]
    return _row(
        clipped(one["pattern"], _NAME),
        f"{one['keys']:,}",
        "?" if size is None else amount(size),
        _share(one["share"]),
        "?" if mean is None else amount(mean),
        _share(one["no_ttl_share"]),
        "?" if idle is None else span(idle),
        _share(one["read_share"]),
        ",".join(sorted(set(one["findings"]))),
    ).rstrip()


def _row(name: str, *cells: str) -> str:
    widths = (10, 9, 5, 9, 6, 9, 5)
    numbers = " ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=False))
    return clipped(f"{name.ljust(_NAME)} {numbers} {cells[-1]}", WIDTH)


def _findings(report: Report) -> Iterator[str]:
    if not report["findings"]:
        yield "no findings"
    for one in report["findings"]:
        yield from _finding(one)
    for code, why in report["not_evaluated"].items():
        yield from _folded(f"{code} not evaluated: {why}")


def _finding(one: FindingRow) -> Iterator[str]:
    size = "" if one["bytes"] is None else f"  {amount(one['bytes'])}"
    money = "" if one["dollars_month"] is None else f"  ${one['dollars_month']:,.2f} a month"
    where = clipped(one["pattern"] or "server", 50)
    yield from _folded(f"{one['code']} {one['level']}  {where}: {one['says']}{size}{money}")
    for said in one["evidence"]:
        yield from _folded(said, 4)
    why = one["confidence_why"]
    yield from _folded(f"{one['confidence']}{f' ({why})' if why else ''}; {one['advice']}", 4)
    if one["change"]:
        yield from _folded(f"where: {one['change']}", 4)


def _savings(report: Report) -> Iterator[str]:
    saved, price = report["savings"], report["price"]
    money = saved["dollars_month"] or 0.0
    yield from _folded(
        f"together, each key once: {amount(saved['total_bytes'])}, ${money:,.2f} a month (delete "
        f"{amount(saved['delete_bytes'])}, expire {amount(saved['expire_bytes'])}, re-encode "
        f"{amount(saved['re_encode_bytes'])}) at ${price['dollars_per_gb_month']:g} a GB "
        f"({price['source']}); gross until a smaller node will do"
    )


def _memory(report: Report) -> Iterator[str]:
    memory = report["memory"]
    parts = [
        f"{name} {'?' if size is None else _signed(size)}"
        for name, size in (
            ("keys", memory["keys_bytes"]),
            ("tables (modelled)", memory["tables_bytes"]),
            ("the server's own", memory["own_bytes"]),
            ("not attributable", memory["rest_bytes"]),
        )
    ]
    used = memory["used_bytes"]
    if used is not None:
        yield from _folded(f"used memory {amount(used)} = {' + '.join(parts)}")


def _unknown(report: Report) -> Iterator[str]:
    for column, why in report["unknown"].items():
        yield from _folded(f"unknown: {column}: {why}")


def _coverage(report: Report) -> Iterator[str]:
    seen = report["coverage"]
    total = "?" if seen["total"] is None else f"{seen['total']:,}"
    said = f"saw {seen['scanned']:,} of {total} keys in {seen['took_s']:.1f} s"
    if seen["partial"]:
        said += f"; PARTIAL: {seen['partial']}"
    for count, words in (
        (seen["vanished"], "vanished meanwhile"),
        (seen["hidden"], "may not be seen by this user"),
        (seen["touched"], "values read on a link that resets idle times"),
    ):
        said += f"; {count:,} {words}" if count else ""
    policies = sorted({node["policy"] or "?" for node in report["nodes"]})
    yield from _folded(f"{said}; policy {', '.join(policies)}")
    elsewhere = sum(node["keys_elsewhere"] or 0 for node in report["nodes"])
    if elsewhere:
        yield from _folded(f"{elsewhere:,} keys in other databases were not looked at")


def clipped(text: str, width: int) -> str:
    """A text of at most so many letters; control characters, which names may hold, as dots."""
    plain = "".join(letter if letter.isprintable() else "." for letter in text)
    return plain if len(plain) <= width else f"{plain[: width - 1]}…"


def _folded(text: str, indent: int = 0) -> list[str]:
    plain = clipped(text, 10_000)
    first, rest = " " * indent, " " * (indent + 2)
    return wrap(plain, WIDTH, initial_indent=first, subsequent_indent=rest)


def _share(share: float | None) -> str:
    return "?" if share is None else f"{share:.0%}"


def _signed(size: int) -> str:
    return f"-{amount(-size)}" if size < 0 else amount(size)

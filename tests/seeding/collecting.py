"""Rows of a data set in memory, as dicts."""

import gzip
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service.seeding.loading import prepare
from service.seeding.rows import COLUMNS
from service.seeding.sources import Size, Source

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
TINY = Size("tiny", users=80, posts=300, comments=1_800, votes=6_000)
SHARED_DATA = Path(__file__).parents[3] / "shared" / "data"

Tables = dict[str, list[dict[str, Any]]]


def collected(source: Source, *, seed: int = 1, now: datetime = NOW) -> Tables:
    """All rows of a source by table."""
    tables: Tables = {table: [] for table in COLUMNS}
    for batch in prepare(source, seed=seed, now=now).batches:
        for table, rows in batch.items():
            tables[table] += [dict(zip(COLUMNS[table], row, strict=True)) for row in rows]
    return tables


def users_of(source: Source) -> list[dict[str, Any]]:
    """The rows of `users` alone; later batches are not made."""
    for batch in prepare(source, seed=1, now=NOW).batches:
        if "users" in batch:
            return [dict(zip(COLUMNS["users"], row, strict=True)) for row in batch["users"]]
    return []


def notes(source: Source) -> dict[str, str]:
    """What a source says beside its statistics."""
    return dict(prepare(source, seed=1, now=NOW).notes)


def write_lines(path: Path, objects: Sequence[Mapping[str, Any] | str]) -> None:
    """A file of JSON lines, packed when its name says so; a text is written as it stands."""
    lines = [each if isinstance(each, str) else json.dumps(each) for each in objects]
    content = "".join(line + "\n" for line in lines).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)

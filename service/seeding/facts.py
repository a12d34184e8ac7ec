"""What a database was filled with, and how old that is by now."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256

from service.seeding.connection import Connection, connected, is_migrated
from service.seeding.sources import Generated, Source

LABEL = "corral_seed"
COUNTS = """
    select (select count(*) from users) as users,
           (select count(*) from posts) as posts,
           (select count(*) from comments) as comments,
           (select count(*) from post_votes) + (select count(*) from comment_votes) as votes,
           (select count(*) from follows) as follows,
           (select count(*) from reactions) as reactions
"""
NEWEST = """
    select greatest((select max(created_at) from posts), (select max(created_at) from comments),
                    (select max(created_at) from post_votes)) as at, clock_timestamp() as now
"""
COMMENT = "select obj_description('users'::regclass, 'pg_class')"
SET_COMMENT = "select format('comment on table users is %L', $1::text)"


@dataclass(frozen=True)
class RowCounts:
    """Rows by table; `votes` are those on posts and on comments."""

    users: int
    posts: int
    comments: int
    votes: int
    follows: int
    reactions: int


@dataclass(frozen=True)
class Stamp:
    """What was seeded and when; `size` only where the data was generated."""

    source: str
    seed: int
    size: str | None
    files_sha256: str
    seeded_at: str


@dataclass(frozen=True)
class DatasetFacts:
    """What is in a database. `stamp` is None when it was filled by other means."""

    counts: RowCounts
    newest_at: datetime | None
    newest_age_s: float | None
    stamp: Stamp | None

    def holds(self, source: Source, seed: int) -> bool:
        """Whether seeding from this source, its files as they are now, would put the same there."""
        made = self.stamp
        return made is not None and (made.source, made.seed, made.files_sha256) == (
            *(str(source), seed, _digest(source)),
        )


async def describe(database_url: str) -> DatasetFacts | None:
    """Counts, origin and age of what is there; None where there are no tables or no users."""
    async with connected(database_url) as connection:
        if not await is_migrated(connection):
            return None
        counts = await count_rows(connection)
        if counts.users == 0:
            return None
        newest = await connection.fetchrow(NEWEST)
        age = newest["now"] - newest["at"] if newest["at"] else None
        return DatasetFacts(
            counts=counts,
            newest_at=newest["at"],
            newest_age_s=age.total_seconds() if age is not None else None,
            stamp=_parsed(await connection.fetchval(COMMENT)),
        )


async def count_rows(connection: Connection) -> RowCounts:
    """Exact numbers of rows."""
    return RowCounts(**await connection.fetchrow(COUNTS))


async def stamp(connection: Connection, source: Source, seed: int, now: datetime) -> None:
    """Write down, in the database itself, what it is filled with."""
    size = source.size.name if isinstance(source, Generated) else None
    made = Stamp(str(source), seed, size, _digest(source), now.isoformat())
    text = json.dumps({LABEL: asdict(made)})
    await connection.execute(await connection.fetchval(SET_COMMENT, text))


def _digest(source: Source) -> str:
    """Of the files of a source; a missing one counts as empty, seeding will say so."""
    digest = sha256()
    for path in source.files:
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _parsed(comment: str | None) -> Stamp | None:
    try:
        return Stamp(**json.loads(comment or "")[LABEL])
    except (ValueError, TypeError, KeyError):
        return None

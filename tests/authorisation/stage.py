"""People and things made for one cell of the matrix, behind the service's back: nothing is cached.

Every cell has its own, so that a cell that deletes something spoils no other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

import asyncpg
from argon2 import PasswordHasher

from service.http.tokens import Tokens
from tests.clients import SECRET

PRESENT, DELETED, UNKNOWN = "present", "deleted", "unknown"
NOBODY, BROKEN, EXPIRED, GONE = "nobody", "broken token", "expired token", "deleted user"
OTHER, OWNER, ADMIN, FORMER = "other user", "owner", "admin", "former admin"
ACTORS = (NOBODY, BROKEN, EXPIRED, GONE, OTHER, OWNER, ADMIN, FORMER)
NAMES = ("gone", "other", "owner", "admin", "former", "friend", "gone_friend")
PASSWORD = "correct horse battery staple"
HASH = PasswordHasher().hash(PASSWORD)
MISSING_ID = 2**50
# What a path can name, and which of it can have been deleted.
THINGS = {"post_id": True, "comment_id": True, "handle": True, "name": False, "slug": False}

USERS = """
insert into users (handle, display_name, is_admin, password_hash, deleted_at)
select handle, handle, handle like 'admin%', $2, case when handle like 'gone%' then now() end
from unnest($1::text[]) as handle returning handle, id
"""
POST = """
insert into posts (author_id, title, body, deleted_at)
values ($1, 'a', 'b', case when $2 then now() end) returning id
"""
COMMENT = """
insert into comments (post_id, author_id, body, deleted_at)
values ($1, $2, 'c', case when $3 then now() end) returning id
"""
TAG = "insert into tags (name) values ($1)"
TAGGED = "insert into post_tags select $1, id from tags where name = $2"
PAGE = "insert into pages (slug, title, body) values ($1, 'a', 'b')"

_numbers = count(1)
_tokens = Tokens(SECRET.encode())


@dataclass(frozen=True)
class Stage:
    """What one cell is played on."""

    number: int
    headers: Mapping[str, Mapping[str, str]]  # by actor
    parameters: Mapping[str, str]  # of the path
    owner: str


def states_of(path: str) -> list[str]:
    """In which states the thing can be that a path is about."""
    named = [can_be_deleted for name, can_be_deleted in THINGS.items() if f"{{{name}}}" in path]
    return [PRESENT, *([DELETED] if any(named) else []), *([UNKNOWN] if named else [])]


async def set_stage(connection: asyncpg.Connection, state: str) -> Stage:
    """Make people, and one of each thing in a state."""
    number = next(_numbers)
    handles = [f"{name}_{number}" for name in NAMES]
    made = {row["handle"]: row["id"] for row in await connection.fetch(USERS, handles, HASH)}
    owner, friend, former = f"owner_{number}", f"friend_{number}", f"gone_friend_{number}"
    kept = await connection.fetchval(POST, made[owner], False)
    deleted = await connection.fetchval(POST, made[owner], True)
    comment = await connection.fetchval(COMMENT, kept, made[owner], state == DELETED)
    await connection.execute(TAG, f"tag-{number}")
    await connection.execute(TAGGED, kept, f"tag-{number}")
    await connection.execute(PAGE, f"page-{number}")
    things = {
        PRESENT: (kept, comment, friend, f"tag-{number}", f"page-{number}"),
        DELETED: (deleted, comment, former, f"tag-{number}", f"page-{number}"),
        UNKNOWN: (MISSING_ID, MISSING_ID, f"nobody_{number}", "no-such-tag", "no-such-page"),
    }
    parameters = dict(zip(THINGS, map(str, things[state]), strict=True))
    return Stage(number, _headers(made, handles), parameters | {"kind": "heart"}, owner)


def _headers(made: Mapping[str, int], handles: list[str]) -> dict[str, Mapping[str, str]]:
    gone, other, owner, admin, former = handles[:5]
    right = _tokens.make(made[owner], owner)
    tokens = {
        BROKEN: right[:-6] + ("AAAAAA" if not right.endswith("AAAAAA") else "BBBBBB"),
        EXPIRED: _tokens.make(made[owner], owner, ttl_s=-1),
        GONE: _tokens.make(made[gone], gone),
        OTHER: _tokens.make(made[other], other),
        OWNER: right,
        ADMIN: _tokens.make(made[admin], admin, is_admin=True),
        FORMER: _tokens.make(made[former], former, is_admin=True),  # as it was when it was made
    }
    return {NOBODY: {}} | {
        name: {"Authorization": f"Bearer {token}"} for name, token in tokens.items()
    }

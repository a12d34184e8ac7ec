"""Tokens from the command line, for trying things out and for load tests."""

import json

from service.http.tokens import Tokens
from service.queries import users
from service.queries.databases import refuse_without_tables
from service.queries.engine import connect
from service.settings import Settings


async def print_tokens(
    settings: Settings, handle: str | None, *, everyone: bool, is_admin: bool, ttl_s: int
) -> None:
    """Print one user's token, or everybody's as JSON. Raises ValueError."""
    if (handle is None) == (not everyone):
        raise ValueError("name one user with --user, or take all with --everyone")
    await refuse_without_tables(settings.database_url)
    engine = connect(settings.database_url, lambda: None)
    try:
        ids = await users.handles(engine)
    finally:
        await engine.dispose()
    tokens = Tokens(settings.signing_secret())
    if handle is None:
        made = {
            name: tokens.make(user_id, name, is_admin=is_admin, ttl_s=ttl_s)
            for name, user_id in ids.items()
        }
        print(json.dumps(made))
    elif handle not in ids:
        raise ValueError(f"there is no user {handle!r}")
    else:
        print(tokens.make(ids[handle], handle, is_admin=is_admin, ttl_s=ttl_s))

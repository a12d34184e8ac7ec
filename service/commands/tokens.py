"""Tokens from the command line, for trying things out and for load tests."""

import json

from service.feed.identity import Account
from service.http.tokens import Tokens
from service.queries.accounts import everyone as accounts_of
from service.queries.databases import refuse_without_tables
from service.queries.engine import connect
from service.settings import Settings


async def print_tokens(
    settings: Settings, handle: str | None, *, everyone: bool, is_operator: bool, ttl_s: int
) -> None:
    """Print one user's token, or everybody's as JSON. Raises ValueError."""
    if (handle is None) == (not everyone):
        raise ValueError("name one user with --user, or take all with --everyone")
    await refuse_without_tables(settings.database_url)
    engine = connect(settings.database_url)
    try:
        accounts = await accounts_of(engine)
    finally:
        await engine.dispose()
    tokens = Tokens(settings.signing_secret())

    def token_of(account: Account) -> str:
        """An administrator's token says so; any may be made an operator's."""
        return tokens.make(
            account.user_id,
            account.handle,
            is_admin=account.is_admin,
            is_operator=is_operator,
            ttl_s=ttl_s,
        )

    if handle is None:
        print(json.dumps({name: token_of(account) for name, account in accounts.items()}))
    elif handle not in accounts:
        hint = "" if accounts else "; the database has none: `corral seed` makes some"
        raise ValueError(f"there is no user {handle!r}{hint}")
    else:
        print(token_of(accounts[handle]))

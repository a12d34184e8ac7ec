"""`corral token` and `corral admin`: who may do what, from the command line."""

import asyncio
from typing import Annotated

import typer

from service.commands.ending import or_exit
from service.commands.options import NO_REDIS, settings_or_exit


def token(
    user: Annotated[str | None, typer.Option(help="Handle of the user.")] = None,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="All users, as one JSON object: handle -> token.")
    ] = False,
    admin: Annotated[
        bool, typer.Option("--admin", help="May use /v1/admin until it ends, whoever it is.")
    ] = False,
    ttl_s: Annotated[int, typer.Option(help="Seconds that it holds.", min=1)] = 900,
) -> None:
    """Print a bearer token for a user of DATABASE_URL."""
    from service.commands.tokens import print_tokens

    settings = settings_or_exit(redis_url=NO_REDIS)
    or_exit(
        lambda: asyncio.run(
            print_tokens(settings, user, everyone=everyone, is_operator=admin, ttl_s=ttl_s)
        )
    )


def admin(
    handle: Annotated[str, typer.Argument(help="Handle of the user.")],
    create: Annotated[
        bool, typer.Option("--create", help="Make the account; its password is asked for.")
    ] = False,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Take the right away again, at once.")
    ] = False,
) -> None:
    """Make a user of DATABASE_URL an administrator, the first one or another, or none."""
    from service.commands.admin import make_admin, revoke_admin

    if create and revoke:
        raise typer.BadParameter("--create makes an administrator, --revoke makes none")
    url = settings_or_exit(redis_url=NO_REDIS).database_url
    if revoke:
        or_exit(lambda: asyncio.run(revoke_admin(url, handle)))
    else:
        or_exit(lambda: asyncio.run(make_admin(url, handle, create=create)))

"""`corral …`: thin, each command calls one function elsewhere."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from service.commands.accounts import admin, token
from service.commands.audit import audit_
from service.commands.drift import drift
from service.commands.ending import or_exit
from service.commands.options import (
    NO_REDIS,
    Changes,
    Directed,
    EndWithParent,
    GraphFile,
    Home,
    PlanFile,
    Seed,
    Site,
    SizeName,
    Strategy,
    chosen,
    console,
    or_else,
    settings_or_exit,
    watch_parent,
)
from service.commands.patterns import app as patterns
from service.commands.strategies import strategies

app = typer.Typer(
    name="corral",
    help="A social feed whose caches are there to be run, broken and copied from.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
environment = typer.Typer(
    help="Embedded servers: PostgreSQL and Valkey from wheels.", no_args_is_help=True
)
app.add_typer(environment, name="env")
app.add_typer(patterns, name="patterns")
app.command()(token)
app.command()(admin)
app.command()(drift)
app.command("audit")(audit_)
app.command()(strategies)


@app.command()
def serve(
    strategy: Strategy = None,
    plan: PlanFile = None,
    changes: Changes = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on.", show_default=or_else("host"))
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(help="Port to listen on.", min=0, max=65535, show_default=or_else("port")),
    ] = None,
    end_with_parent: EndWithParent = False,
) -> None:
    """Serve the API. Needs DATABASE_URL and REDIS_URL."""
    from service.serving.serve import serve as run

    watch_parent(end_with_parent)
    given = {"host": host, "port": port}
    settings = settings_or_exit(
        **chosen(strategy, plan, changes),
        **{name: value for name, value in given.items() if value is not None},
    )
    or_exit(lambda: run(settings))


@app.command()
def worker(
    strategy: Strategy = None,
    plan: PlanFile = None,
    changes: Changes = None,
    end_with_parent: EndWithParent = False,
) -> None:
    """Work through the outbox beside services. Needs DATABASE_URL and REDIS_URL."""
    from service.worker import work as run

    watch_parent(end_with_parent)
    settings = settings_or_exit(**chosen(strategy, plan, changes))
    or_exit(lambda: run(settings))


@app.command()
def migrate(
    revision: Annotated[str, typer.Argument(help="head, base, or a revision.")] = "head",
) -> None:
    """Upgrade the schema of DATABASE_URL; `base` removes it."""
    from service.queries.migrate import migrate as run

    url = settings_or_exit(redis_url=NO_REDIS).database_url
    or_exit(lambda: print(f"database is at {run(url, revision)}"))


@app.command()
def seed(
    size: SizeName = "small",
    seed: Seed = 1,
    graph: GraphFile = None,
    directed: Directed = False,
    stackexchange: Site = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Remove what is in the database first; caches keep it.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Do nothing where the same lies since six hours or less.")
    ] = False,
) -> None:
    """Fill the migrated database of DATABASE_URL, all or nothing."""
    from service import seeding

    url = settings_or_exit(redis_url=NO_REDIS).database_url
    now = datetime.now(UTC)
    fill = seeding.seed_unless_there if keep else seeding.seed
    or_exit(
        lambda: asyncio.run(
            fill(
                url,
                seeding.source_of(size, graph, stackexchange, directed=directed),
                seed=seed,
                now=now,
                replace=yes,
                console=console,
            )
        )
    )


@app.command()
def demo(
    exit_: Annotated[bool, typer.Option("--exit", help="End after the report.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Shorter, with rougher figures.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Use DATABASE_URL and REDIS_URL even if not empty.")
    ] = False,
    size: SizeName = "small",
    seed: Seed = 1,
    graph: GraphFile = None,
    directed: Directed = False,
    stackexchange: Site = None,
    end_with_parent: EndWithParent = False,
) -> None:
    """Measure before and after on real servers, then keep a service up to try."""
    from service.demo.running import demo as run
    from service.seeding import source_of

    watch_parent(end_with_parent)
    or_exit(
        lambda: run(
            source_of(size, graph, stackexchange, directed=directed),
            seed,
            stays=not exit_,
            is_quick=quick,
            may_overwrite=yes,
            console=console,
        )
    )


@environment.command("up")
def env_up(
    home: Home = Path(".corral/env"),
    valkey: Annotated[list[str] | None, typer.Option(help="A name; may be repeated.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Start servers, print their addresses, stay until Ctrl-C or the end of stdin."""
    from service.embedded.env import env_up as run

    or_exit(lambda: run(home, valkey or ["default"], as_json))


def main() -> None:
    """Entry of the console script."""
    app()


if __name__ == "__main__":
    main()

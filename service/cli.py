"""`corral …`: thin, each command calls one function elsewhere."""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console

from service.embedded.errors import EmbeddedError
from service.seeding.errors import SeedError
from service.settings import Settings

app = typer.Typer(
    name="corral",
    help="A social feed whose caches are there to be run, broken and copied from.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
environment = typer.Typer(help="Embedded servers: PostgreSQL and Valkey from wheels.")
app.add_typer(environment, name="env")
console = Console(width=min(Console().width, 100))

EndWithParent = Annotated[
    bool, typer.Option("--end-with-parent", help="End when the process that started this does.")
]
SizeName = Annotated[str, typer.Option(help="small, medium or large.")]
Seed = Annotated[int, typer.Option(help="Same number, same data.")]
GraphFile = Annotated[
    Path | None, typer.Option(help="Edge list for users and follows: `a b` a line, # comments.")
]
Directed = Annotated[
    bool, typer.Option("--directed", help="In --graph, `a b` means only that a follows b.")
]
Site = Annotated[
    Path | None, typer.Option(help="Folder with users, posts, comments, votes .jsonl.gz.")
]
Home = Annotated[Path, typer.Option(help="Where the servers keep their data.")]


@app.command()
def serve(
    strategy: Annotated[str | None, typer.Option(help="See `corral strategies`.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=0, max=65535)] = None,
    end_with_parent: EndWithParent = False,
) -> None:
    """Serve the API. Needs DATABASE_URL and REDIS_URL."""
    from service.serve import serve as run

    _watch_parent(end_with_parent)
    given = {"strategy": strategy, "host": host, "port": port}
    settings = _settings(**{name: value for name, value in given.items() if value is not None})
    _or_exit(lambda: run(settings))


@app.command()
def strategies() -> None:
    """List the strategies."""
    from service.strategies import STRATEGIES

    for plan in STRATEGIES.values():
        console.print(f"[bold]{plan.name:<10}[/] {plan.summary}")


@app.command()
def migrate(
    revision: Annotated[str, typer.Argument(help="head, base, or a revision.")] = "head",
) -> None:
    """Bring the schema of DATABASE_URL to a revision."""
    from service.queries.migrate import migrate as run

    run(_settings(redis_url="none").database_url, revision)


@app.command()
def token(
    user: Annotated[str | None, typer.Option(help="Handle of the user.")] = None,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="All users, as one JSON object: handle -> token.")
    ] = False,
    admin: Annotated[bool, typer.Option("--admin", help="May use /v1/admin.")] = False,
    ttl_s: Annotated[int, typer.Option(help="Seconds that it holds.", min=1)] = 900,
) -> None:
    """Print a bearer token for a user of DATABASE_URL."""
    from service.tokens_cli import print_tokens

    settings = _settings(redis_url="none")
    _or_exit(
        lambda: asyncio.run(
            print_tokens(settings, user, everyone=everyone, is_admin=admin, ttl_s=ttl_s)
        )
    )


@app.command()
def seed(
    size: SizeName = "small",
    seed: Seed = 1,
    graph: GraphFile = None,
    directed: Directed = False,
    stackexchange: Site = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Remove what is in the database first.")
    ] = False,
) -> None:
    """Fill the migrated database of DATABASE_URL, all or nothing."""
    from service import seeding

    url = _settings(redis_url="none").database_url
    now = datetime.now(UTC)
    _or_exit(
        lambda: asyncio.run(
            seeding.seed(
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
    from service.demo import demo as run
    from service.seeding import source_of

    _watch_parent(end_with_parent)
    _or_exit(
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

    _or_exit(lambda: run(home, valkey or ["default"], as_json))


def _settings(**given: Any) -> Settings:
    """Settings from the environment, or a sentence that says which one is missing."""
    try:
        return Settings(**given)
    except ValidationError as error:
        for fault in error.errors():
            console.print(f"[red]{'.'.join(map(str, fault['loc']))}[/]: {fault['msg']}")
        raise typer.Exit(2) from None


def _watch_parent(wanted: bool) -> None:
    if wanted:
        from service.embedded.lifeline import end_with_parent

        end_with_parent()


def _or_exit(run: Callable[[], object]) -> None:
    """Run a command and pass its exit code on; a fault it explains is one line and code 1."""
    try:
        code = run()
    except (ValueError, EmbeddedError, SeedError) as error:
        print(f"corral: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    if isinstance(code, int) and code:
        raise typer.Exit(code)


def main() -> None:
    """Entry of the console script."""
    app()


if __name__ == "__main__":
    main()

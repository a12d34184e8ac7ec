"""`corral audit`: what is in a Redis or Valkey, what of it is dead, what it costs."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service import keys
from service.audit import (
    LEVELS,
    PRESETS,
    Audited,
    AuditError,
    Declared,
    EnvelopeFormat,
    Level,
    Options,
    Price,
    Registry,
    audit,
    own,
    registry_of,
    report_of,
    table_of,
)
from service.audit.ending import UNUSABLE, exit_code
from service.audit.names.registry import Role

OURS = "corral"
JITTER = 0.1
DUTY = Options().duty
# As service/patterns/lease/envelope.py and stale_while_revalidate/ pack them.
LEASED = EnvelopeFormat(18, 2, magic="c1", load_offset=14, codec_offset=1, zlib_codec=1)
STALE = EnvelopeFormat(9, 1, magic="c1")
# A kind's keys beside the lease's own: docs/keys.md.
PARTS = {"": STALE, ":v": LEASED, ":h": None, ":d": None, ":b": None, ":z": None}
SLIDING = {keys.TIMELINE.name, keys.VIEWS.name, keys.RANKING.name}
# Kept for other reasons than to spare a load: nobody need read them.
ROLES: dict[str, Role] = {
    keys.TIMELINE.name: "index",
    keys.RANKING.name: "index",
    keys.VIEWS.name: "counter",
    keys.VIEWED.name: "counter",
    keys.OWED.name: "index",
}


Url = Annotated[
    str | None, typer.Option(help="redis://user:password@host:6379/0", show_default="REDIS_URL")
]
RegistryFile = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help=f"JSON that says what the keys are; {OURS}: this service's own.",
        show_default=f"{OURS} without --url",
    ),
]
Budget = Annotated[float | None, typer.Option(help="Most seconds to scan.", min=0)]
Sample = Annotated[int | None, typer.Option(help="Most keys to look at.", min=1)]
Duty = Annotated[
    float, typer.Option(help="Share of its time that the server may give us.", min=0.01, max=1)
]
Values = Annotated[bool, typer.Option(help="Look into a sample of the values.")]
PriceName = Annotated[str, typer.Option(help=f"{', '.join(PRESETS)}, or dollars a GB and month.")]
FailOn = Annotated[str, typer.Option(help=f"{', '.join(LEVELS)}: exit code 1.")]
ShowKeys = Annotated[bool, typer.Option("--show-keys", help="Example keys with their ids.")]
AsJson = Annotated[bool, typer.Option("--json", help="The whole report.")]


def audit_(
    url: Url = None,
    registry: RegistryFile = None,
    budget: Budget = None,
    sample: Sample = None,
    duty: Duty = DUTY,
    values: Values = True,
    price: PriceName = "article",
    fail_on: FailOn = "warning",
    show_keys: ShowKeys = False,
    as_json: AsJson = False,
) -> None:
    """Look at every key, touch none. Exit code 0: clean, 1: findings, 2: no audit, 3: partial."""
    options = Options(duty=duty, budget_s=budget, most_keys=sample, reads_values=values)
    try:
        paid = _price(price)
        level = _level(fail_on)
        known = _registry(registry or ("" if url else OURS))
        audited = _watched(url or _own_url(), known, options)
    except (AuditError, OSError) as error:
        print(f"corral: {error}", file=sys.stderr)
        raise typer.Exit(UNUSABLE) from None
    report = report_of(audited, paid, shows_keys=show_keys)
    print(json.dumps(report, indent=1) if as_json else table_of(report))
    raise typer.Exit(exit_code(report, level))


def own_registry() -> Registry:
    """What `service/keys.py` says: each entry as it is, under a lease, and the lease itself."""
    declared: list[Declared] = []
    for kind in keys.KINDS.values():
        change = f"service/keys.py: {kind.name}; the strategy's field `ttl`"
        pattern, role = kind.key("*"), ROLES.get(kind.name, "cache")
        slides = kind.name in SLIDING
        declared += [
            Declared(pattern + end, OURS, role, kind.ttl_s, JITTER, slides, head, change)
            for end, head in PARTS.items()
        ]
        declared.append(Declared(f"{pattern}:l", OURS, "lock"))
    declared += [Declared(one.key("*"), OURS, "limit", one.ttl_s) for one in keys.LIMITS.values()]
    return Registry(declared)


def _watched(url: str, registry: Registry, options: Options) -> Audited:
    parts = (TextColumn("keys"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # On the error channel: what is printed may be read by a program.
    with Progress(*parts, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        return audit(
            url,
            registry,
            options,
            watch=lambda seen, total: bar.update(task, completed=seen, total=total),
        )


def _registry(name: str) -> Registry:
    if name == OURS:
        return own_registry()
    if not name:
        return Registry()
    try:
        return registry_of(json.loads(Path(name).read_text()))
    except ValueError as error:
        raise AuditError(f"{name}: {error}") from None


def _price(name: str) -> Price:
    if name in PRESETS:
        return PRESETS[name]
    try:
        return own(float(name))
    except ValueError:
        raise AuditError(f"--price is a number or one of {', '.join(PRESETS)}") from None


def _level(name: str) -> Level:
    for level in LEVELS:
        if level == name:
            return level
    raise AuditError(f"--fail-on is one of {', '.join(LEVELS)}")


def _own_url() -> str:
    url = os.environ.get("REDIS_URL")
    if not url:
        raise AuditError("say which server: --url redis://localhost:6379, or set REDIS_URL")
    return url

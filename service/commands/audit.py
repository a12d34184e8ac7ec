"""`corral audit`: what is in a Redis or Valkey, what of it is dead, what it costs."""

import json
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service.audit import (
    LEVELS,
    PRESETS,
    Audited,
    AuditError,
    Budget,
    Earlier,
    Ledger,
    Level,
    Options,
    Price,
    Registry,
    Report,
    audit,
    budget_of,
    earlier_of,
    own,
    plan_of,
    registry_of,
    report_of,
    table_of,
)
from service.audit.ending import UNUSABLE, exit_code
from service.commands.own_keys import OURS, own_registry

DUTY = Options().duty


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
Seconds = Annotated[float | None, typer.Option(help="Most seconds to scan.", min=0)]
Sample = Annotated[int | None, typer.Option(help="Most keys to look at.", min=1)]
Duty = Annotated[
    float, typer.Option(help="Share of its time that the server may give us.", min=0.01, max=1)
]
Values = Annotated[bool, typer.Option(help="Look into a sample of the values.")]
PriceName = Annotated[str, typer.Option(help=f"{', '.join(PRESETS)}, or dollars a GB and month.")]
FailOn = Annotated[str, typer.Option(help=f"{', '.join(LEVELS)}: exit code 1.")]
ShowKeys = Annotated[bool, typer.Option("--show-keys", help="Example keys with their ids.")]
BaselineFile = Annotated[
    str | None, typer.Option(metavar="FILE", help="An earlier --json: what is new, gone, grown.")
]
MaxBytes = Annotated[
    list[str] | None, typer.Option(metavar="NAME=SIZE", help="Exit code 1 beyond: feed=200MB.")
]
MaxNoTtl = Annotated[
    list[str] | None,
    typer.Option(metavar="[NAME=]SHARE", help="Keys without a TTL, exit code 1 beyond: 0."),
]
MinRead = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=SHARE", help="Keys read since written, 1 below: user=0.3."),
]
AsPlan = Annotated[
    bool, typer.Option("--plan", help="UNLINK and EXPIRE lines for redis-cli; none is run.")
]
AsJson = Annotated[bool, typer.Option("--json", help="The whole report.")]


def audit_(
    url: Url = None,
    registry: RegistryFile = None,
    budget: Seconds = None,
    sample: Sample = None,
    duty: Duty = DUTY,
    values: Values = True,
    price: PriceName = "article",
    fail_on: FailOn = "warning",
    show_keys: ShowKeys = False,
    as_json: AsJson = False,
    baseline: BaselineFile = None,
    max_bytes: MaxBytes = None,
    max_no_ttl_share: MaxNoTtl = None,
    min_read_ratio: MinRead = None,
    plan: AsPlan = False,
) -> None:
    """Look at every key, touch none. Exit code 0: clean, 1: findings, 2: no audit, 3: partial."""
    options = Options(duty=duty, budget_s=budget, most_keys=sample, reads_values=values)
    try:
        paid, level, earlier = _price(price), _level(fail_on), _earlier(baseline)
        budgets = _budgets(max_bytes, max_no_ttl_share, min_read_ratio)
        known = _registry(registry or ("" if url else OURS))
        with _ledger(plan, as_json) as ledger:
            audited = _watched(url or _own_url(), known, options, earlier, ledger)
            report = report_of(audited, paid, shows_keys=show_keys, budgets=budgets)
            _print(report, as_json, audited, ledger)
    except (AuditError, OSError) as error:
        print(f"corral: {error}", file=sys.stderr)
        raise typer.Exit(UNUSABLE) from None
    raise typer.Exit(exit_code(report, level))


def _print(report: Report, as_json: bool, audited: Audited, ledger: Ledger | None) -> None:
    written = json.dumps(report, indent=1) if as_json else table_of(report)
    for line in (written,) if ledger is None else plan_of(audited, ledger):
        print(line)


def _watched(
    url: str,
    registry: Registry,
    options: Options,
    earlier: Earlier | None,
    ledger: Ledger | None,
) -> Audited:
    parts = (TextColumn("keys"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # On the error channel: what is printed may be read by a program.
    with Progress(*parts, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        return audit(
            url,
            registry,
            options,
            watch=lambda seen, total: bar.update(task, completed=seen, total=total),
            earlier=earlier,
            ledger=ledger,
        )


def _registry(name: str) -> Registry:
    if name == OURS:
        return own_registry()
    if not name:
        return Registry()
    return registry_of(_document(name))


def _ledger(is_wanted: bool, as_json: bool) -> AbstractContextManager[Ledger | None]:
    if is_wanted and as_json:
        raise AuditError("--plan and --json are two outputs: ask for one")
    return Ledger() if is_wanted else nullcontext()


def _earlier(name: str | None) -> Earlier | None:
    return earlier_of(_document(name)) if name else None


def _document(name: str) -> Any:
    try:
        return json.loads(Path(name).read_text())
    except ValueError as error:
        raise AuditError(f"{name}: {error}") from None


def _budgets(
    most_bytes: list[str] | None, most_endless: list[str] | None, least_read: list[str] | None
) -> list[Budget]:
    return [
        *(budget_of("max-bytes", text) for text in most_bytes or ()),
        *(budget_of("max-no-ttl-share", text) for text in most_endless or ()),
        *(budget_of("min-read-ratio", text) for text in least_read or ()),
    ]


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

"""`python -m audit`: for who copied the folder. Corral's own command is `corral audit`."""

import argparse
import json
import sys
from pathlib import Path

from . import PRESETS, AuditError, Options, Registry, audit, registry_of, report_of, table_of
from .ending import UNUSABLE, exit_code


def main() -> int:
    """Audit a server; see --help."""
    ask = argparse.ArgumentParser(prog="audit", description=__doc__)
    ask.add_argument("--url", required=True, help="redis://user:password@host:6379/0")
    ask.add_argument("--registry", type=Path, help="JSON: what you know of your keys")
    ask.add_argument("--json", action="store_true", help="the whole report")
    ask.add_argument("--show-keys", action="store_true", help="examples with their ids")
    ask.add_argument("--duty", type=float, default=Options().duty, help="most share of its time")
    ask.add_argument("--budget", type=float, default=None, help="seconds")
    given = ask.parse_args()
    try:
        text = given.registry.read_text() if given.registry else None
        registry = registry_of(json.loads(text)) if text is not None else Registry()
        audited = audit(given.url, registry, Options(duty=given.duty, budget_s=given.budget))
    except (AuditError, OSError, ValueError) as error:
        print(f"audit: {error}", file=sys.stderr)
        return UNUSABLE
    report = report_of(audited, PRESETS["article"], shows_keys=given.show_keys)
    print(json.dumps(report, indent=1) if given.json else table_of(report))
    return exit_code(report)


if __name__ == "__main__":
    sys.exit(main())

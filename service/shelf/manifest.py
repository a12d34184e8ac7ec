"""What was copied, kept beside the copies: where each file came from, and its sum at that time."""

import hashlib
import json
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from service.shelf.errors import ShelfError

NAME = "corral-patterns.json"


@dataclass(frozen=True, slots=True)
class Origin:
    """Of one copied file: its source, the version of Corral then, and the sum of the copy."""

    source: str
    version: str
    sha256: str


@dataclass(slots=True)
class Manifest:
    """The copies in one folder; file names are relative to it."""

    package: str
    patterns: set[str] = field(default_factory=set)
    files: dict[str, Origin] = field(default_factory=dict)

    def text(self) -> str:
        """As it is stored: sorted, a file a line, so that it can be reviewed."""
        files = ",\n".join(
            f"    {json.dumps(name)}: "
            + json.dumps({"from": o.source, "version": o.version, "sha256": o.sha256})
            for name, o in sorted(self.files.items())
        )
        head = f'  "package": {json.dumps(self.package)},\n'
        head += f'  "patterns": {json.dumps(sorted(self.patterns))},\n'
        return f'{{\n{head}  "files": {{\n{files}\n  }}\n}}\n'


def read(folder: Path) -> Manifest | None:
    """The manifest of a folder, if it has one. Raises ShelfError for one that is broken."""
    path = folder / NAME
    if not path.exists():
        return None
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        files = {
            str(name): Origin(str(one["from"]), str(one["version"]), str(one["sha256"]))
            for name, one in found["files"].items()
        }
        return Manifest(str(found["package"]), set(found["patterns"]), files)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ShelfError(f"{path} cannot be read: restore it, or remove it and copy anew") from None


def sum_of(raw: bytes) -> str:
    """The sum by which a copy is known to be unchanged."""
    return hashlib.sha256(raw).hexdigest()


def corral_version() -> str:
    """The version of this installation."""
    try:
        return version("corral")
    except PackageNotFoundError:
        return "unknown"

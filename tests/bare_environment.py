"""A Python with a few packages of this one and nothing else, without a network."""

import re
import subprocess
import sys
import sysconfig
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement


def bare_python(home: Path, *names: str) -> Path:
    """Make a virtual environment of these packages and what they require; return its Python.

    They are linked, not copied, from where this Python has them: the versions are those of
    requirements.txt, and neither pip nor an index is asked.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    python = home / "bin" / "python"
    [site] = home.glob("lib/python*/site-packages")
    source = Path(sysconfig.get_path("purelib"))
    for found in _with_requirements(names):
        for part in _top_level(found):
            target = site / part
            if not target.exists() and (source / part).exists():
                target.symlink_to(source / part)
    return python


def _with_requirements(names: tuple[str, ...]) -> list[Distribution]:
    found: dict[str, Distribution] = {}
    waiting = [Requirement(name) for name in names]
    while waiting:
        wanted = waiting.pop()
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        if name in found or not (wanted.marker is None or wanted.marker.evaluate({"extra": ""})):
            continue
        found[name] = distribution(name)
        waiting.extend(Requirement(line) for line in found[name].requires or ())
    return list(found.values())


def _top_level(found: Distribution) -> set[str]:
    """First parts of its files below site-packages; scripts lie elsewhere and are left out."""
    parts = {file.parts[0] for file in found.files or ()}
    return parts - {"..", "__pycache__"}

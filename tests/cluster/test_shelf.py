"""The shelf's own tests, as they are, with a cluster client in place of the other."""

import os
import subprocess
import sys
from pathlib import Path

from service.embedded.servers import Servers

ROOT = Path(__file__).parents[2]
RUN_S = 900
# What looks into one server: two counts of commands, and links cut by name. Those are cut here,
# on a cluster, in test_links.py.
LOOK_INTO_ONE = 6


def test_the_shelf_passes_on_a_cluster(cluster_url: str, servers: Servers, tmp_path: Path) -> None:
    """Every pattern, every race, every control; what is left out says why."""
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/patterns", "-p", "no:cacheprovider"],
        cwd=ROOT,
        env={
            **os.environ,
            "REDIS_CLUSTER_URL": cluster_url,
            "DATABASE_URL": servers.database_url,
            "CORRAL_TEST_HOME": str(tmp_path / "home"),
        },
        capture_output=True,
        text=True,
        timeout=RUN_S,
        check=False,
    )
    said = result.stdout[-10_000:] + result.stderr[-2_000:]
    assert result.returncode == 0, said
    last = result.stdout.strip().splitlines()[-1]
    assert f" {LOOK_INTO_ONE} skipped" in last, said

"""A cluster is audited primary by primary; in the proof only, as one takes seconds to form."""

import os
from pathlib import Path

import pytest
from redis import RedisCluster

from service.audit import audit
from tests.audit.planting import FULL
from tests.audit.servers import valkey
from tests.cluster.formation import cluster


@pytest.mark.skipif(os.environ.get("CORRAL_PROOF") != "1", reason="long: make proof")
def test_every_primary_is_audited(tmp_path: Path) -> None:
    """All keys, once, whichever node was asked first."""
    with cluster(Path(valkey()), tmp_path) as ports:
        client = RedisCluster.from_url(f"redis://127.0.0.1:{ports[0]}")
        for i in range(600):
            client.set(f"user:{i}:card", "x" * 50, ex=3600 + i)
        for port in ports:
            audited = audit(f"redis://127.0.0.1:{port}", options=FULL)
            assert [("user:*:card", 600)] == [
                (one.name, one.tally.keys) for one in audited.patterns
            ]
            assert (3, 600) == (len(audited.nodes), audited.coverage.total)
        client.close()

"""One PostgreSQL store for these tests: making one is the slow part."""

from pathlib import Path

import pytest

from service.embedded.servers import running


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose store exists and whose servers are down."""
    folder = tmp_path_factory.mktemp("embedded") / "home"
    with running(folder):
        pass
    return folder
